-- What Personalize asks of the users: how many there are, and how many with enough interactions.
SELECT count(*) AS users,
       COALESCE(sum(interactions), 0) AS interactions,
       COALESCE(sum(CASE WHEN interactions >= 2 THEN 1 ELSE 0 END), 0) AS with_two,
       COALESCE(sum(CASE WHEN interactions >= 10 THEN 1 ELSE 0 END), 0) AS with_ten,
       COALESCE(max(interactions), 0) AS most
FROM (SELECT user_id, count(*) AS interactions FROM considered WHERE outcome = 'ok'
      GROUP BY user_id) per_user
