-- Every clean interaction with the user who was signed in. A guest's id in the place of the user's,
-- sent while guests were trained on, is nobody signed in. Of what was archived again on a later day
-- the first day stands.
SELECT clean.*, CASE WHEN user_id = guest_id THEN NULL ELSE user_id END AS signed_in
FROM clean
LEFT JOIN firsts ON clean.event_id = firsts.event_id
WHERE firsts.event_id IS NULL OR clean.day = firsts.first_day
