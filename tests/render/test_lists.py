from datetime import timedelta

import pytest
from listened import ENDED, artist, plays, track
from msgspec.structs import replace

from exporter.models import AlbumRef, Image, Ref
from exporter.records import ChartTrack
from exporter.render.lists import one_per_album, picture, pictures, repeats, row_of, weeks_since


def images(*widths: int | None) -> tuple[Image, ...]:
    return tuple(Image(url=f"https://i.scdn.co/{width}", width=width, height=width) for width in widths)


@pytest.mark.parametrize(
    ("widths", "wanted", "chosen"),
    [
        ((640, 300, 64), 80, 300),
        ((640, 320, 160), 80, 160),
        ((640, 80), 80, 80),
        ((64, 32), 80, 64),
        ((None, None), 80, None),
        ((640, None), 80, 640),
    ],
)
def test_the_smallest_picture_that_is_wide_enough_is_chosen_else_the_widest(
    widths: tuple[int | None, ...], wanted: int, chosen: int | None
) -> None:
    item = replace(artist("The Ferns"), images=images(*widths))
    assert picture(item, wanted) == images(chosen)[0]


def test_what_has_no_picture_gets_none() -> None:
    assert picture(artist("The Ferns"), 80) is None
    assert pictures([artist("The Ferns"), artist("Lichen")], 80) == []


def test_a_list_in_which_one_has_a_picture_has_a_place_for_each() -> None:
    with_one = replace(artist("Lichen"), images=images(160))
    assert pictures([artist("The Ferns"), with_one], 80) == [None, *images(160)]


def row(name: str | None, id_: str | None, *artists: str) -> ChartTrack:
    return ChartTrack(
        position=1, last_week=None, peak=1, weeks=1, movement=None, history=(1,), id=id_, name=name,
        url=None, artists=artists,
    )  # fmt: skip


def test_a_row_without_pictures_takes_one_of_the_same_item_and_no_other() -> None:
    among = [replace(track(name), images=images(width)) for name, width in (("Rain", 300), ("Hail", 200))]
    local = replace(among[0], id=None)
    assert picture(row("Sleet", "id-of-Hail"), 80, (local, *among)) == images(200)[0]
    assert picture(row("Rain", "id-of-Fog", "Someone", "The Ferns"), 80, among) is None
    assert picture(row("Rain", None, "The Ferns", "Someone"), 80, among) == images(300)[0]
    assert picture(row("Rain", None, "The Ferns"), 80, among) is None
    assert picture(row(None, None), 80, (replace(local, name=None, artists=()), *among)) is None


def test_an_item_finds_its_row() -> None:
    rows = [row("Rain", "id-of-Rain"), row("Hail", None, "The Ferns", "Someone")]
    assert [row_of(track(name), rows) for name in ("Rain", "Hail", "Fog")] == [*rows, None]


def test_an_album_is_kept_once_and_albums_with_one_name_are_told_apart() -> None:
    hits = AlbumRef(id=None, name="Hits", url=None, release_date=None)
    unknown = AlbumRef(id=None, name=None, url=None, release_date=None)
    rain, hail, fog = (replace(track(name), album=hits) for name in ("Rain", "Hail", "Fog"))
    other = replace(fog, artists=(Ref(id=None, name="Lichen", url=None),))
    loose = [replace(each, album=unknown) for each in (rain, hail)]
    assert one_per_album([rain, *loose, hail, other, loose[0]]) == [rain, *loose, other]
    assert one_per_album([replace(hail, album=replace(hits, id=id_)) for id_ in ("1", "2", "1")])[1:] == [
        replace(hail, album=replace(hits, id="2"))
    ]


def test_plays_of_one_track_in_a_row_are_joined_with_the_newest_time() -> None:
    rain, hail = track("Rain"), track("Hail")
    joined = repeats(plays(rain, rain, rain, hail, rain))
    assert [(each.item, each.times) for each in joined] == [(rain, 3), (hail, 1), (rain, 1)]
    assert [ENDED - each.played_at for each in joined] == [timedelta(minutes=m) for m in (0, 15, 20)]


def test_without_an_id_plays_are_joined_by_name_and_artists() -> None:
    local = replace(track("Rain"), id=None)
    other = replace(local, artists=(Ref(id=None, name="Somebody Else", url=None),))
    assert [each.times for each in repeats(plays(local, local, other, track("Rain")))] == [2, 1, 1]
    assert repeats(()) == []


@pytest.mark.parametrize(
    ("week", "earlier", "weeks"),
    [("2026-W48", "2026-W47", 1), ("2026-W48", "2026-W45", 3), ("2027-W01", "2026-W53", 1)],
)
def test_weeks_are_counted_across_years(week: str, earlier: str, weeks: int) -> None:
    assert weeks_since(week, earlier) == weeks
