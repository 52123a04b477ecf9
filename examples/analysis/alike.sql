-- The people whose newest lists have most artists in common.
WITH newest AS (
    SELECT listener, id
    FROM entries
    WHERE week = (SELECT MAX(week) FROM entries)
)
SELECT one.listener AS one, other.listener AS other, COUNT(*) AS artists
FROM newest AS one
INNER JOIN newest AS other ON one.id = other.id AND one.listener < other.listener
GROUP BY one.listener, other.listener
ORDER BY artists DESC, one, other
LIMIT 20;
