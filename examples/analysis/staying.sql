-- How long artists stay in somebody's list: the number of weeks, and how many stayed so long.
WITH stays AS (
    SELECT listener, id, COUNT(*) AS weeks
    FROM entries
    GROUP BY listener, id
)
SELECT weeks, COUNT(*) AS artists
FROM stays
GROUP BY weeks
ORDER BY weeks;
