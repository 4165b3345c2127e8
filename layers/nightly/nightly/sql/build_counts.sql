-- How many interactions of each type ended how; together they are all that were considered.
SELECT event_type, outcome, count(*) AS counted, min(ts) AS first_ts, max(ts) AS last_ts
FROM considered
GROUP BY event_type, outcome
