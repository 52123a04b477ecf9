"""What `schema_version` promises: a change that would break readers is noticed, whatever it is."""

from typing import Any, Literal

import pytest
import schemas
from msgspec import Struct
from msgspec.structs import fields as fields_of

from exporter.records import ArchivedArtist, NowPlayingDocument, RecentlyPlayedDocument, TopDocument

NOW = {name: schemas.fields(schema) for name, schema in schemas.schemas().items()}


def test_the_promise_is_kept() -> None:
    problems = schemas.breaks(NOW)
    assert not problems, "\n".join([*problems, schemas.HELP])


def test_every_field_is_promised() -> None:
    assert schemas.promise() == NOW, "run `make schemas`"


@pytest.mark.parametrize("name", NOW)
def test_a_field_that_is_gone_breaks_the_promise(name: str) -> None:
    promised = schemas.promise()[name]
    for path in promised.keys() - {"schema_version"}:
        left = {other: kind for other, kind in NOW[name].items() if other != path}
        (told,) = schemas.broken(name, promised, left)
        assert f"`{path}` was promised as" in told


def test_a_document_that_is_gone_breaks_the_promise() -> None:
    left = {name: fields for name, fields in NOW.items() if name != "top_albums"}
    assert len(schemas.breaks(left)) == len(NOW["top_albums"])


def changed(kind: Any, /, **types: Any) -> schemas.Fields:
    """List the fields of a document after a change of some types in the code (None: the field is gone)."""
    annotations = {field.name: field.type for field in fields_of(kind)} | types
    kept = {name: type_ for name, type_ in annotations.items() if type_ is not None}
    return schemas.fields(
        schemas.schema("x", type("Changed", (Struct,), {"__annotations__": kept}, kw_only=True))
    )


@pytest.mark.parametrize(
    ("types", "told"),
    [
        ({"is_playing": None, "playing": bool}, "`is_playing` was promised as boolean, and is now missing"),
        ({"is_playing": str}, "`is_playing` was promised as boolean, and is now string"),
        ({"is_playing": bool | None}, "and is now boolean or null"),
        ({"user": str}, "`user` was promised as string or null, and is now string"),
        ({"kind": Literal["track", "nothing"]}, '"nothing" or "track"'),
        ({"updated_at": str}, "string (date-time), and is now string."),
    ],
)
def test_a_change_of_a_type_is_told_with_what_to_do(types: dict[str, Any], told: str) -> None:
    problems = schemas.broken(
        "now_playing", schemas.promise()["now_playing"], changed(NowPlayingDocument, **types)
    )
    assert len(problems) == 1
    assert told in problems[0]
    assert "raise `schema_version`" in schemas.HELP


def test_a_new_field_keeps_the_promise() -> None:
    extended = changed(NowPlayingDocument, mood=str | None)
    assert "mood" in extended
    assert schemas.broken("now_playing", schemas.promise()["now_playing"], extended) == []


def test_a_new_version_may_differ() -> None:
    next_one = changed(NowPlayingDocument, schema_version=Literal[2], is_playing=str)
    assert schemas.broken("now_playing", schemas.promise()["now_playing"], next_one) == []


def test_a_change_deep_inside_is_noticed() -> None:
    class Artist(Struct, tag_field="kind", tag="artist"):
        name: str

    class Play(Struct):
        item: Artist

    top = changed(TopDocument, time_ranges=dict[str, tuple[Artist, ...]])
    assert len(schemas.broken("top_artists", schemas.promise()["top_artists"], top)) > 5
    recent = changed(RecentlyPlayedDocument, items=tuple[Play, ...])
    told = schemas.broken("recently_played", schemas.promise()["recently_played"], recent)
    assert any("`items[].item` was promised as track, and is now artist" in each for each in told)


def test_snapshots_may_lack_what_older_ones_lack_and_nothing_else() -> None:
    with_default = {field.name for field in fields_of(ArchivedArtist) if not field.required}
    promised = NOW["snapshot"]
    assert with_default == {"plays"}
    assert promised["artists.*[].plays"].endswith("can be missing")
    assert not promised["artists.*[].name"].endswith("can be missing")


def test_a_broken_promise_is_not_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = schemas.PROMISE.read_bytes()
    monkeypatch.setitem(schemas.TYPES, "now_playing", RecentlyPlayedDocument)
    assert schemas.main() == 1
    assert schemas.PROMISE.read_bytes() == before
    told = capsys.readouterr().err
    assert "now_playing.json: `is_playing` was promised as boolean, and is now missing." in told
    assert "raise `schema_version`" in told
