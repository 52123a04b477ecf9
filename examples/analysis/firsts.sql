-- Who listens to what many come to listen to, before them: how often somebody was the first of at least five.
WITH firsts AS (
    SELECT id, listener, MIN(week) AS week
    FROM entries
    GROUP BY id, listener
),
known AS (
    SELECT id, MIN(week) AS week
    FROM firsts
    GROUP BY id
    HAVING COUNT(*) >= 5
)
SELECT firsts.listener, COUNT(*) AS artists
FROM firsts
INNER JOIN known ON firsts.id = known.id AND firsts.week = known.week
GROUP BY firsts.listener
ORDER BY artists DESC, firsts.listener
LIMIT 20;
