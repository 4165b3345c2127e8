-- What Personalize asks of the items, and how far the most popular one leads.
SELECT count(*) AS items, COALESCE(max(counted), 0) AS most
FROM figures
WHERE item_id IS NOT NULL
