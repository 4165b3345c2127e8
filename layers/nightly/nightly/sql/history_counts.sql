-- How many rows of the files ended how, and which was the first of them: `file` by number, `row` as
-- a spreadsheet counts, with the header as row 1 and each malformed line before it as a row.
SELECT counts.outcome, counts.counted,
       CAST(counts.first_place // {places} AS INTEGER) AS file,
       counts.first_place % {places} + 1
         + (SELECT count(*) FROM history_malformed malformed
            WHERE malformed.file = counts.first_place // {places}
              AND malformed.line - malformed.number <= counts.first_place % {places})
         AS row
FROM (SELECT outcome, count(*) AS counted, min(version) AS first_place
      FROM history_settled GROUP BY outcome) counts
UNION ALL
SELECT 'malformed', count(*), CAST(min(file) AS INTEGER),
       (SELECT min(line) FROM history_malformed WHERE file = (SELECT min(file) FROM history_malformed))
FROM history_malformed
HAVING count(*) > 0
