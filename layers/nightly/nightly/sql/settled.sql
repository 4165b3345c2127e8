-- What becomes of each row of the days asked for: `ok` for the one row that stands for its event id
-- on the day on which it first came, or why not.
--
-- Who, when and how are those of the first row that was sent, because Personalize has those. The
-- value and the totals are those of the highest version that came on the same day: a later day was
-- published without them. Every order ends in columns that tell all rows apart that differ.
SELECT event_id, event_type, event_value, user_id, guest_id, visit_id, item_id, ts, arrived_at_ms,
       recommendation_id, impressions, event_source,
       unique_s, watch_time_s, duration_s, completion, tracker, to_send, went_elsewhere,
       day{context},
       CASE WHEN outcome = 'ok' AND copy > 1 THEN 'duplicate' ELSE outcome END AS outcome,
       CASE WHEN outcome = 'ok' THEN first_of_equals ELSE event_id END AS stands_for
FROM (
  SELECT decided.*,
         row_number() OVER equals AS copy,
         first_value(event_id) OVER equals AS first_of_equals
  FROM (
    SELECT event_id, event_type, user_id, guest_id, visit_id, item_id, arrived_at_ms,
           recommendation_id, impressions, event_source, day{context},
           CAST(floor(occurred_at_ms / 1000) AS BIGINT) AS ts,
           last_event_value AS event_value, last_unique_s AS unique_s,
           last_watch_time_s AS watch_time_s, last_duration_s AS duration_s,
           last_completion AS completion, tracker, to_send,
           CASE WHEN least_tracker <> most_tracker THEN 1 ELSE 0 END AS went_elsewhere,
           CASE WHEN status <> 'ok' THEN status
                WHEN first_day IS NULL OR (NOT to_send AND day <> first_day) THEN 'stray_raise'
                WHEN to_send AND (day > first_day OR place > 1) THEN 'repeated'
                WHEN place > 1 THEN 'raise'
                ELSE 'ok' END AS outcome
    FROM (
      SELECT dated.*,
             row_number() OVER (PARTITION BY event_id, status, day
                                ORDER BY CASE WHEN to_send THEN 0 ELSE 1 END, arrived_at_ms,
                                         {content_order}) AS place,
             first_value(event_value) OVER newest AS last_event_value,
             first_value(unique_s) OVER newest AS last_unique_s,
             first_value(watch_time_s) OVER newest AS last_watch_time_s,
             first_value(duration_s) OVER newest AS last_duration_s,
             first_value(completion) OVER newest AS last_completion
      FROM (
        SELECT judged.*,
               min(CASE WHEN to_send THEN day END) OVER (PARTITION BY event_id, status)
                 AS first_day,
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
    ) ranked
  ) decided
  WINDOW equals AS (PARTITION BY outcome, day, user_id,
                                 CASE WHEN user_id IS NULL THEN guest_id END,
                                 CASE WHEN user_id IS NULL THEN visit_id END,
                                 item_id, ts, event_type, event_value,
                                 recommendation_id, impressions, event_source{context}
                    ORDER BY event_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) counted
