-- The lines that are no row of as many fields as the header has, as the CSV reader kept them.
SELECT file, line, row_number() OVER (PARTITION BY file ORDER BY line) AS number
FROM (SELECT DISTINCT list_position([{files}], scans.file_path) - 1 AS file, errors.line
      FROM reject_errors errors
      JOIN reject_scans scans
        ON errors.scan_id = scans.scan_id AND errors.file_id = scans.file_id) lines
