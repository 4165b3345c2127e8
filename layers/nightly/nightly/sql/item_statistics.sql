-- What Personalize asks of the items, and how far the most popular one leads.
SELECT count(*) AS items, COALESCE(max(interactions), 0) AS most
FROM (SELECT item_id, count(*) AS interactions FROM considered WHERE outcome = 'ok'
      GROUP BY item_id) per_item
