-- Every checked row with what Personalize said of it, `refused`, else the reason stays; and whether
-- another row has its event id.
SELECT checked.*,
       CASE WHEN checked.reason = 'ok' AND checked.to_send
                 AND refusals.event_id IS NOT NULL
                 AND COALESCE(checked.tracker, '') <> 'none'
            THEN 'refused' ELSE checked.reason END AS status,
       CASE WHEN several.event_id IS NULL THEN 0 ELSE 1 END AS has_rivals
FROM checked
LEFT JOIN several
  ON checked.event_id = several.event_id
LEFT JOIN refusals
  ON checked.event_id = refusals.event_id
 AND checked.arrived_at_ms >= refusals.from_ms
 AND checked.arrived_at_ms <= refusals.until_ms
