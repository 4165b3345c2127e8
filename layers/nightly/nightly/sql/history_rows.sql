-- Somebody else's rows as rows of the archive. The id is made of what the interaction is, so that
-- the same row has the same id whenever and in whatever file it comes; the version is its place.
-- DuckDB only, as all of `history_*`: a file is imported once, on one machine.
SELECT sha256({name} || '|' || COALESCE('u' || user_id, 'g' || guest_id, 'v' || visit_id, '')
              || '|' || COALESCE(item_id, '') || '|'
              || COALESCE(CAST(occurred_at_ms // 1000 AS VARCHAR), '') || '|'
              || COALESCE(event_type, '')) AS event_id,
       place AS version, event_type, event_value, user_id, guest_id, visit_id, item_id,
       occurred_at_ms, CAST({arrived_at_ms} AS BIGINT) AS arrived_at_ms,
       recommendation_id, impressions, event_source, false AS to_send, 'none' AS tracker,
       unique_s, watch_time_s, duration_s, completion, CAST({first_day} AS INTEGER) AS day{context}
FROM (SELECT place,
       {mapped}
      FROM history) mapped
