-- What the group of that tracker has for training. It links a guest's interaction to the user whom a
-- later event of the visit names, if that one was sent to it as well; else it never will.
SELECT streamed.event_id
FROM streamed
LEFT JOIN (SELECT visit_id, max(ts) AS last_ts FROM streamed WHERE user_id IS NOT NULL
           GROUP BY visit_id) members
  ON streamed.visit_id = members.visit_id
WHERE streamed.user_id IS NOT NULL OR {guests_as_users} = 1 OR members.last_ts >= streamed.ts
