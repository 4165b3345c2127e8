-- What the tracker with the mark asked for was sent, by whichever copy; nothing without a mark. Rows
-- from before marks were kept have none: whether those count is the question's to say.
SELECT people.event_id, people.user_id, people.visit_id, people.ts
FROM people
LEFT JOIN (
  SELECT DISTINCT event_id FROM resent
  WHERE tracker = '{mark}' OR (tracker IS NULL AND {unmarked_are_delivered} = 1)
) copies ON people.event_id = copies.event_id
WHERE '{mark}' <> ''
  AND (people.tracker = '{mark}' OR copies.event_id IS NOT NULL
       OR (people.tracker IS NULL AND {unmarked_are_delivered} = 1))
