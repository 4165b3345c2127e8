-- The event ids that more than one row has, where any of these rows is of the days asked for. The
-- others need no comparison, and those are most.
SELECT event_id
FROM archive
GROUP BY event_id
HAVING count(*) > 1 AND max(day) >= {first_day}
