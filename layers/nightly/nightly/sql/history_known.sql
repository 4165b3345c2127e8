-- What is in the clean layer already, by all that tells an interaction from another but its value:
-- that of a row here may have been raised after Personalize was given it.
SELECT DISTINCT COALESCE('u' || user_id, 'g' || guest_id, 'v' || visit_id) AS viewer,
       item_id, ts, event_type
FROM clean
