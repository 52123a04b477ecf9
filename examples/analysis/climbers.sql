-- The artists that rose most from one week to the next, on average of all who had them in both.
WITH moves AS (
    SELECT
        id,
        name,
        LAG(position) OVER (PARTITION BY listener, id ORDER BY week) - position AS places
    FROM entries
)
SELECT name, COUNT(places) AS times, ROUND(AVG(places), 2) AS places
FROM moves
WHERE places IS NOT NULL
GROUP BY id, name
HAVING COUNT(places) >= 10
ORDER BY places DESC, name
LIMIT 20;
