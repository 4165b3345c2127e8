-- What becomes of each row that has its event id for itself: no sort, no window. The columns are
-- those of `rivals`, in the same order.
SELECT event_id, event_type, user_id, guest_id, visit_id, item_id, arrived_at_ms,
       recommendation_id, impressions, event_source, day{context},
       CAST(floor(occurred_at_ms / 1000) AS BIGINT) AS ts,
       event_value, unique_s, watch_time_s, duration_s, completion,
       tracker, to_send, 0 AS went_elsewhere,
       CASE WHEN status <> 'ok' THEN status
            WHEN NOT to_send THEN 'stray_raise'
            ELSE 'ok' END AS outcome
FROM judged
WHERE day BETWEEN {first_day} AND {last_day}
  AND has_rivals = 0
