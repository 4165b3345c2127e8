-- Of each event id the spans of arrivals that Personalize refused, none of them overlapping: the
-- same message is refused again with every delivery, each time in another batch.
SELECT event_id, min(from_ms) AS from_ms, max(until_ms) AS until_ms
FROM (
  SELECT event_id, from_ms, until_ms,
         sum(begins) OVER (PARTITION BY event_id ORDER BY from_ms, until_ms
                           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS span
  FROM (
    SELECT event_id, from_ms, until_ms,
           CASE WHEN from_ms <= max(until_ms) OVER (PARTITION BY event_id ORDER BY from_ms, until_ms
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                THEN 0 ELSE 1 END AS begins
    FROM refused
    WHERE event_id IS NOT NULL AND from_ms IS NOT NULL AND until_ms IS NOT NULL
  ) begun
) numbered
GROUP BY event_id, span
