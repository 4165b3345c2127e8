-- What becomes of each row of the files: `ok`, the first rule that it breaks, `left_out` because the
-- mapping says so, `repeated` after the first of its id, `duplicate` of the clean layer.
SELECT judged.*,
       CASE WHEN reason <> 'ok' THEN reason
            WHEN copy > 1 THEN 'repeated'
            WHEN known.viewer IS NOT NULL THEN 'duplicate'
            ELSE 'ok' END AS outcome
FROM (
  SELECT dated.*, row_number() OVER (PARTITION BY event_id, reason ORDER BY version) AS copy
  FROM (
    SELECT checked.* EXCLUDE (reason),
           CAST(floor(occurred_at_ms / 1000) AS BIGINT) AS ts,
           COALESCE('u' || user_id, 'g' || guest_id, 'v' || visit_id) AS viewer,
           CASE WHEN event_type = {left_out} THEN 'left_out' ELSE reason END AS reason
    FROM checked
  ) dated
) judged
LEFT JOIN history_known known
  ON judged.reason = 'ok' AND judged.viewer = known.viewer AND judged.item_id = known.item_id
 AND judged.ts = known.ts AND judged.event_type = known.event_type
