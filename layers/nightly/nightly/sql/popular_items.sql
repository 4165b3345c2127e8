-- The items with most interactions.
SELECT item_id, counted AS interactions
FROM figures
WHERE item_id IS NOT NULL
ORDER BY counted DESC, item_id
LIMIT {popular}
