-- The archives of many people, in people/NAME/: one row for each week of each of them.
CREATE TEMPORARY VIEW snapshots AS
SELECT
    regexp_extract(filename, '([^/\\]+)[/\\]output[/\\]archive[/\\]', 1) AS listener,
    week,
    artists
FROM read_json(
    'people/*/output/archive/*.json',
    filename = true,
    columns = {week: 'VARCHAR', artists: 'MAP(VARCHAR, STRUCT(id VARCHAR, name VARCHAR)[])'}
);
