-- Interactions that equal an earlier one in all that Personalize sees but the event id, each with the
-- one that stands for it. Few have their item and second in common, so only those are compared.
SELECT event_id, stands_for
FROM (
  SELECT event_id,
         row_number() OVER equals AS place,
         first_value(event_id) OVER equals AS stands_for
  FROM (
    SELECT decided.*
    FROM decided
    JOIN (SELECT item_id, ts FROM decided WHERE outcome = 'ok'
          GROUP BY item_id, ts HAVING count(*) > 1) alike
      ON decided.item_id = alike.item_id AND decided.ts = alike.ts
    WHERE outcome = 'ok'
  ) compared
  WINDOW equals AS (PARTITION BY day, user_id,
                                 CASE WHEN user_id IS NULL THEN guest_id END,
                                 CASE WHEN user_id IS NULL THEN visit_id END,
                                 item_id, ts, event_type, event_value,
                                 recommendation_id, impressions, event_source{context}
                    ORDER BY event_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) counted
WHERE place > 1
