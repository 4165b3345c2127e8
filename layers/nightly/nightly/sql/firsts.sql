-- Of what was archived without being sent, and came on several days, the first of them. A copy that is
-- sent comes within the lookback and is gone by now; one that is not sent may come months later. Few
-- or none are left: then nobody reads the clean layer again for them.
SELECT event_id, min(day) AS first_day
FROM clean
WHERE event_id IN (SELECT event_id FROM clean WHERE tracker = 'none')
GROUP BY event_id
HAVING min(day) < max(day)
