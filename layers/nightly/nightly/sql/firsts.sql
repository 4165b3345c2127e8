-- Of what was archived without being sent the day on which it first came. A copy that is sent comes
-- within the lookback and is gone by now; one that is not sent may come months later.
SELECT event_id, min(day) AS first_day
FROM clean
WHERE event_id IN (SELECT event_id FROM clean WHERE tracker = 'none')
GROUP BY event_id
