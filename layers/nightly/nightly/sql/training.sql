-- The rows of the file, in the order of the interactions schema.
SELECT {columns}
FROM considered
WHERE outcome = 'ok'
