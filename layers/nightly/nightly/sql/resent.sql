-- To which other trackers the interactions of the archive were sent again: copies that a client or a
-- queue repeated after a switch. `stands_for` is the one that the clean layer keeps.
SELECT DISTINCT stands_for AS event_id, tracker, day
FROM settled
WHERE to_send
  AND (tracker IS NULL OR tracker <> 'none')
  AND (outcome = 'duplicate' OR (outcome = 'repeated' AND went_elsewhere = 1))
