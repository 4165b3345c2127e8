-- The interactions of the days asked for, each once: a day of the clean layer.
SELECT event_id, event_type, event_value, user_id, guest_id, visit_id, item_id, ts, arrived_at_ms,
       recommendation_id, impressions, event_source,
       unique_s, watch_time_s, duration_s, completion, tracker, day{context}
FROM settled
WHERE outcome = 'ok'
