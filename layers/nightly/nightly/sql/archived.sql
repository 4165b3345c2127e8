-- How many rows were archived on each day asked for: what the counts must add up to.
SELECT day, count(*) AS counted
FROM archive
WHERE day BETWEEN {first_day} AND {last_day}
GROUP BY day
