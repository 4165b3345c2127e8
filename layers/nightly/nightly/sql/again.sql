-- What came on an earlier day already, beyond the lookback of the day step.
SELECT clean.*
FROM clean
JOIN firsts ON clean.event_id = firsts.event_id
WHERE clean.day > firsts.first_day
