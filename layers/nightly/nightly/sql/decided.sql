-- What becomes of each row of the days asked for, but for the copies under another event id: `ok` for
-- the one row that stands for its event id on the day on which it first came, or why not.
--
-- Who, when and how are those of the first row that was sent, because Personalize has those. The
-- value and the totals are those of the highest version that came on the same day: a later day was
-- published without them. Every order ends in columns that tell all rows apart that differ.
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
            WHEN day > first_day
                 OR row_number() OVER (PARTITION BY event_id, status, day
                                       ORDER BY CASE WHEN to_send THEN 0 ELSE 1 END,
                                                arrived_at_ms, {content_order}) > 1
                 THEN 'repeated'
            ELSE 'ok' END AS outcome
FROM (
  SELECT judged.*,
         min(CASE WHEN to_send THEN day END) OVER (PARTITION BY event_id, status) AS first_day,
         min(CASE WHEN to_send THEN COALESCE(tracker, '') END)
           OVER (PARTITION BY event_id, status) AS least_tracker,
         max(CASE WHEN to_send THEN COALESCE(tracker, '') END)
           OVER (PARTITION BY event_id, status) AS most_tracker
  FROM (
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
  ) judged
) dated
WHERE day BETWEEN {first_day} AND {last_day}
WINDOW newest AS (PARTITION BY event_id, status, day
                  ORDER BY version DESC, CASE WHEN to_send THEN 0 ELSE 1 END, arrived_at_ms,
                           {content_order}
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
