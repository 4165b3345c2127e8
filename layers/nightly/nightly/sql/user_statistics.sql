-- What Personalize asks of the users: how many there are, and how many with enough interactions.
SELECT count(*) AS users,
       COALESCE(sum(counted), 0) AS interactions,
       COALESCE(sum(CASE WHEN counted >= 2 THEN 1 ELSE 0 END), 0) AS with_two,
       COALESCE(sum(CASE WHEN counted >= 10 THEN 1 ELSE 0 END), 0) AS with_ten,
       COALESCE(max(counted), 0) AS most
FROM figures
WHERE user_id IS NOT NULL
