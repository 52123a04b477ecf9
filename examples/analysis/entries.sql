-- One row for each artist in a week's list of the last four weeks. Queries may only compare positions: DuckDB
-- counts them from 1, Spark from 0.
CREATE TEMPORARY TABLE entries AS
SELECT
    snapshots.listener,
    snapshots.week,
    place.position,
    place.entry.id AS id,
    place.entry.name AS name
FROM snapshots
CROSS JOIN UNNEST(snapshots.artists['short_term']) WITH ORDINALITY AS place(entry, position);
