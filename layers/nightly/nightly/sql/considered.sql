-- Every interaction of the days asked for, with today's rules applied to its stored totals, and
-- whether a dataset group has got it already: then no import may carry it.
SELECT *
FROM (
  SELECT trained_user AS user_id, item_id, ts, event_type, event_value,
         recommendation_id, impressions, event_source{context}, watch_time_s,
         CASE
           WHEN trained_user IS NULL THEN 'no_user'
           WHEN event_type NOT IN ({event_types}) THEN 'type_left_out'
           WHEN event_type = 'Watch' AND duration_s IS NOT NULL
                AND unique_s < CASE WHEN {watch_ratio} * duration_s < {watch_cap_s}
                                    THEN {watch_ratio} * duration_s ELSE {watch_cap_s} END
                THEN 'below_threshold'
           WHEN event_type = 'Watch' AND duration_s IS NULL
                AND watch_time_s < {watch_unknown_duration_s} THEN 'below_threshold'
           WHEN event_type = 'Complete'
                AND (completion < {complete_ratio}
                     OR (completion IS NULL AND unique_s IS NOT NULL)) THEN 'below_threshold'
           WHEN COALESCE(event_value, CAST('0' AS DOUBLE))
                < CASE event_type WHEN 'Click' THEN {least_click} WHEN 'Watch' THEN {least_watch}
                                  WHEN 'Complete' THEN {least_complete} WHEN 'Like' THEN {least_like}
                                  ELSE {least_dislike} END THEN 'below_value'
           WHEN was_delivered = 1 THEN 'delivered'
           ELSE 'ok'
         END AS outcome
  FROM (
    SELECT people.*,
           CASE WHEN {guests_as_users} = 1 THEN COALESCE(people.signed_in, people.guest_id)
                ELSE COALESCE(people.signed_in, links.user_id) END AS trained_user,
           COALESCE(links.published, people.day) AS published,
           CASE WHEN delivered.event_id IS NULL THEN 0 ELSE 1 END AS was_delivered
    FROM people
    LEFT JOIN links ON people.event_id = links.event_id
    LEFT JOIN delivered ON people.event_id = delivered.event_id
  ) joined
  WHERE published BETWEEN {first_day} AND {last_day}
  UNION ALL
  SELECT user_id, item_id, ts, event_type, event_value,
         recommendation_id, impressions, event_source{context}, watch_time_s,
         'again' AS outcome
  FROM again
  WHERE day BETWEEN {first_day} AND {last_day}
) ended
