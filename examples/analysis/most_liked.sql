-- The artists that most people listen to, in the newest week.
SELECT name, COUNT(DISTINCT listener) AS listeners
FROM entries
WHERE week = (SELECT MAX(week) FROM entries)
GROUP BY id, name
ORDER BY listeners DESC, name
LIMIT 20;
