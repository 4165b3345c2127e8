-- What becomes of each row of the days asked for, and which interaction stands for it.
SELECT decided.event_id, event_type, event_value, user_id, guest_id, visit_id, item_id, ts,
       arrived_at_ms, recommendation_id, impressions, event_source,
       unique_s, watch_time_s, duration_s, completion, tracker, to_send, went_elsewhere,
       day{context},
       CASE WHEN copies.event_id IS NOT NULL THEN 'duplicate' ELSE outcome END AS outcome,
       COALESCE(copies.stands_for, decided.event_id) AS stands_for
FROM decided
LEFT JOIN copies ON decided.outcome = 'ok' AND decided.event_id = copies.event_id
