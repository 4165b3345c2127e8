-- What becomes of each row that shares its event id with another: `ok` for the one that stands for it
-- on the day on which it first came, or why not.
--
-- Who, when and how are those of the first row that was sent, because Personalize has those. The
-- value and the totals are those of the highest version that came on the same day: a later day was
-- published without them. Every order ends in columns that tell all rows apart that differ. `whole` has
-- the order of `sent` so that both need one sort.
SELECT event_id, event_type, user_id, guest_id, visit_id, item_id, arrived_at_ms,
       recommendation_id, impressions, event_source, day{context},
       CAST(floor(occurred_at_ms / 1000) AS BIGINT) AS ts,
       first_value(event_value) OVER newest AS event_value,
       first_value(unique_s) OVER newest AS unique_s,
       first_value(watch_time_s) OVER newest AS watch_time_s,
       first_value(duration_s) OVER newest AS duration_s,
       first_value(completion) OVER newest AS completion,
       tracker, to_send,
       CASE WHEN least_tracker <> most_tracker THEN 1 ELSE 0 END AS went_elsewhere,
       CASE WHEN status <> 'ok' THEN status
            WHEN first_day IS NULL OR (NOT to_send AND day <> first_day) THEN 'stray_raise'
            WHEN NOT to_send THEN 'raise'
            WHEN place > 1 THEN 'repeated'
            ELSE 'ok' END AS outcome
FROM (
  SELECT judged.*,
         row_number() OVER sent AS place,
         min(CASE WHEN to_send THEN day END) OVER whole AS first_day,
         min(CASE WHEN to_send THEN COALESCE(tracker, '') END) OVER whole AS least_tracker,
         max(CASE WHEN to_send THEN COALESCE(tracker, '') END) OVER whole AS most_tracker
  FROM judged
  WHERE has_rivals = 1
  WINDOW sent AS (PARTITION BY event_id, status
                  ORDER BY CASE WHEN to_send THEN 0 ELSE 1 END, day, arrived_at_ms,
                           {content_order}
                  ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
         whole AS (PARTITION BY event_id, status
                   ORDER BY CASE WHEN to_send THEN 0 ELSE 1 END, day, arrived_at_ms,
                            {content_order}
                   ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
) dated
WHERE day BETWEEN {first_day} AND {last_day}
WINDOW newest AS (PARTITION BY event_id, status, day
                  ORDER BY version DESC, CASE WHEN to_send THEN 0 ELSE 1 END, arrived_at_ms,
                           {content_order}
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
