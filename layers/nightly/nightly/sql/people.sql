-- Every clean interaction with the user who was signed in. A guest's id in the place of the user's,
-- sent while guests were trained on, is nobody signed in.
SELECT clean.*, CASE WHEN user_id = guest_id THEN NULL ELSE user_id END AS signed_in
FROM clean
