-- Of how many rows of the file, and how many of them have nothing in an optional column.
SELECT COALESCE(sum(counted), 0) AS counted{null_sums}
FROM figures
WHERE outcome = 'ok'
