-- How many interactions of each day were archived without being sent.
SELECT day, count(*) AS unsent
FROM clean
WHERE tracker = 'none'
GROUP BY day
