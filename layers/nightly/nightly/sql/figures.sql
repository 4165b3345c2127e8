-- All figures of a build in one pass over what was considered: counts by what is trained on and
-- what is empty in it, by day, by share and by time watched, by user and by item. Each row belongs
-- to one of these, and the columns of the others are NULL in it.
--
-- Interactions that are not trained on count in the first of them alone.
SELECT event_type, outcome{null_names}, day, completion, watch_time_s, user_id, item_id,
       count(*) AS counted, min(ts) AS first_ts, max(ts) AS last_ts
FROM (
  SELECT event_type, outcome, ts{null_flags},
         CASE WHEN outcome = 'ok' THEN CAST(floor(ts / 86400) AS INTEGER) END AS day,
         CASE WHEN outcome = 'ok' AND event_type IN ('Watch', 'Complete')
              THEN CASE WHEN event_value >= 1 THEN {completion_bins} - 1
                        ELSE CAST(floor(event_value * {completion_bins}) AS INTEGER) END
         END AS completion,
         CASE WHEN outcome = 'ok' AND event_type IN ('Watch', 'Complete')
              THEN CASE {watch_time_bins} END END AS watch_time_s,
         CASE WHEN outcome = 'ok' THEN user_id END AS user_id,
         CASE WHEN outcome = 'ok' THEN item_id END AS item_id
  FROM considered
) told
GROUP BY GROUPING SETS (
  (event_type, outcome{null_names}), (day), (completion), (watch_time_s), (user_id), (item_id)
)
