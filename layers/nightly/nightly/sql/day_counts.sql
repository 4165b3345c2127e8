-- How many rows of each day ended how; together they are all rows that were archived.
SELECT day, outcome, count(*) AS counted
FROM settled
GROUP BY day, outcome
