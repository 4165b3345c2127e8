-- Of each guest's interaction the user of the next one in the same visit that names a user.
--
-- An interaction is published on the day on which its own row and its user are both known, so a
-- sign-in of the following day is seen by an increment and by a whole build alike. Where several
-- sign-ins could be meant, the one known first decides, and then the nearest in time. The guests
-- stand last because they are fewer: that side is held in memory.
SELECT event_id, user_id, published
FROM (
  SELECT guest.event_id, member.signed_in AS user_id,
         CASE WHEN member.day > guest.day THEN member.day ELSE guest.day END AS published,
         row_number() OVER (
           PARTITION BY guest.event_id
           ORDER BY CASE WHEN member.day > guest.day THEN member.day ELSE guest.day END,
                    member.ts, member.signed_in) AS place
  FROM (SELECT visit_id, ts, signed_in, day FROM people WHERE signed_in IS NOT NULL) member
  JOIN (SELECT event_id, visit_id, ts, day FROM people WHERE signed_in IS NULL) guest
    ON guest.visit_id = member.visit_id
   AND member.ts >= guest.ts
   AND member.day >= guest.day - {link_days}
   AND member.day <= guest.day + {link_days}
  WHERE {guests_as_users} = 0
) candidates
WHERE place = 1
