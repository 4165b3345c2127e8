-- How many interactions of each type ended how; together they are all that were considered.
SELECT event_type, outcome, sum(counted) AS counted,
       min(first_ts) AS first_ts, max(last_ts) AS last_ts
FROM figures
WHERE outcome IS NOT NULL
GROUP BY event_type, outcome
