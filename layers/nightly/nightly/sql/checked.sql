-- Every archived row with the first rule that it breaks, or `ok`.
--
-- An id that passes has only characters of the allow list, so that no field of a file ever needs a
-- quotation mark. Ranges are asked as NOT (a <= x AND x <= b): that is true of NaN as well, and it
-- comes before any cast, because engines disagree on casting NaN. The value is rounded by floor()
-- before anything else sees it: engines disagree on halves. Zero is written anew, to lose its sign.
-- What was archived without being sent (tracker `none`: history, a replay) is never too late.
SELECT event_id, version, event_type,
       floor(event_value * 10000 + CAST('0.5' AS DOUBLE)) / 10000 AS event_value,
       user_id, guest_id, visit_id, item_id, occurred_at_ms, arrived_at_ms,
       recommendation_id, impressions, event_source, to_send, tracker,
       CASE WHEN unique_s = 0 THEN CAST('0' AS DOUBLE) ELSE unique_s END AS unique_s,
       CASE WHEN watch_time_s = 0 THEN CAST('0' AS DOUBLE) ELSE watch_time_s END AS watch_time_s,
       duration_s,
       CASE WHEN completion = 0 THEN CAST('0' AS DOUBLE) ELSE completion END AS completion,
       day{context},
       CASE
         WHEN event_id IS NULL OR event_id = '' THEN 'no_event_id'
         WHEN length(event_id) > 256 THEN 'long_event_id'
         WHEN version IS NULL OR version < 0 OR to_send IS NULL THEN 'incomplete'
         WHEN user_id IS NULL AND guest_id IS NULL AND visit_id IS NULL THEN 'no_viewer'
         WHEN user_id = '' OR regexp_replace(user_id, '{id_pattern}', '') <> ''
              OR lower(user_id) IN ({placeholders}) THEN 'bad_user_id'
         WHEN length(user_id) > 256 THEN 'long_user_id'
         WHEN guest_id = '' OR regexp_replace(guest_id, '{id_pattern}', '') <> ''
              OR lower(guest_id) IN ({placeholders})
              OR length(guest_id) > 256 THEN 'bad_guest_id'
         WHEN visit_id = '' OR regexp_replace(visit_id, '{id_pattern}', '') <> ''
              OR lower(visit_id) IN ({placeholders})
              OR length(visit_id) > 256 THEN 'bad_visit_id'
         WHEN item_id IS NULL OR item_id = '' THEN 'no_item_id'
         WHEN regexp_replace(item_id, '{id_pattern}', '') <> '' THEN 'bad_item_id'
         WHEN length(item_id) > 256 THEN 'long_item_id'
         WHEN event_type IS NULL OR event_type NOT IN ({known_event_types}) THEN 'bad_event_type'
         WHEN event_value IS NOT NULL AND NOT (event_value >= 0 AND event_value <= 1)
              THEN 'bad_event_value'
         WHEN (unique_s IS NOT NULL AND NOT (unique_s >= 0 AND unique_s <= 10000000000))
              OR (watch_time_s IS NOT NULL
                  AND NOT (watch_time_s >= 0 AND watch_time_s <= 10000000000))
              OR (duration_s IS NOT NULL AND NOT (duration_s > 0 AND duration_s <= 10000000000))
              OR (completion IS NOT NULL AND NOT (completion >= 0 AND completion <= 1))
              THEN 'bad_totals'
         WHEN recommendation_id = '' OR regexp_replace(recommendation_id, '{id_pattern}', '') <> ''
              OR length(recommendation_id) > 40 THEN 'bad_recommendation_id'
         WHEN impressions = '' OR regexp_replace(impressions, '{impressions_pattern}', '') <> ''
              OR length(impressions) > 1000 THEN 'bad_impressions'
         WHEN event_source = ''
              OR regexp_replace(translate(event_source, '[]^', '...'), '{source_pattern}', '') <> ''
              OR length(event_source) > 100 THEN 'bad_event_source'
{context_rules}         WHEN occurred_at_ms IS NULL OR arrived_at_ms IS NULL
              OR NOT (occurred_at_ms >= 1000 AND occurred_at_ms <= 99999999999999)
              OR NOT (arrived_at_ms >= 1000 AND arrived_at_ms <= 99999999999999) THEN 'bad_time'
         WHEN tracker = '' OR (tracker <> 'none'
                               AND regexp_replace(tracker, '{mark_pattern}', '') <> '')
              THEN 'bad_tracker'
         WHEN occurred_at_ms < arrived_at_ms - {late_ms}
              AND COALESCE(tracker, '') <> 'none' THEN 'late'
         WHEN occurred_at_ms > arrived_at_ms + {skew_ms} THEN 'skewed'
         ELSE 'ok'
       END AS reason
FROM archive
