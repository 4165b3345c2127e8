-- Histograms: interactions by day, by share and by time watched, users and items by how many
-- interactions they have. A bin is named by its lower end; those of `completion` by their number.
SELECT figure, bin, sum(counted) AS counted
FROM (
  SELECT CASE WHEN user_id IS NOT NULL THEN 'per_user'
              WHEN item_id IS NOT NULL THEN 'per_item'
              WHEN day IS NOT NULL THEN 'day'
              WHEN completion IS NOT NULL THEN 'completion'
              ELSE 'watch_time_s' END AS figure,
         CASE WHEN user_id IS NOT NULL OR item_id IS NOT NULL
              THEN CASE {per_one_bins} END
              ELSE COALESCE(day, completion, watch_time_s) END AS bin,
         CASE WHEN user_id IS NOT NULL OR item_id IS NOT NULL THEN 1 ELSE counted END AS counted
  FROM figures
  WHERE COALESCE(day, completion, watch_time_s) IS NOT NULL
     OR user_id IS NOT NULL OR item_id IS NOT NULL
) drawn
GROUP BY figure, bin
