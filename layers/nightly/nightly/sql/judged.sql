-- Every checked row with what Personalize said of it: `refused`, else the reason stays.
SELECT checked.*,
       CASE WHEN checked.reason = 'ok' AND checked.to_send
                 AND refusals.event_id IS NOT NULL
                 AND COALESCE(checked.tracker, '') <> 'none'
            THEN 'refused' ELSE checked.reason END AS status
FROM checked
LEFT JOIN refusals
  ON checked.event_id = refusals.event_id
 AND checked.arrived_at_ms >= refusals.from_ms
 AND checked.arrived_at_ms <= refusals.until_ms
