-- What becomes of each row of the days asked for, but for the copies under another event id: `ok` for
-- the one row that stands for its event id on the day on which it first came, or why not.
SELECT *
FROM (
  SELECT * FROM alone
  UNION ALL
  SELECT * FROM rivals
) ended
