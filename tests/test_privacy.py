import json
import re
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from conftest import NOW, Run, files_of
from listened import (
    EVERYTHING,
    FAILED,
    TUESDAY,
    artist,
    composed,
    episode,
    excluding,
    heard,
    idle,
    playing,
    plays,
    shown,
    top,
    track,
)
from msgspec.structs import replace
from standin import StandIn

from exporter.config.schema import Config, PrivacySettings
from exporter.demo import listener
from exporter.demo.catalogue import PLAYLISTS, spotify_id
from exporter.demo.listener import Song
from exporter.models import AlbumRef, FromPlaylist, Listening, Ref
from exporter.privacy import doubts, hides, names, without_hidden
from exporter.records import ArchivedArtist, ArchivedTrack

ODD_ONE = track("Straße", artist="Löwe", album="Über Land")


@pytest.mark.parametrize(
    "word",
    [
        "Straße",
        "STRASSE",
        "  straße ",
        "id-of-Straße",
        "spotify:track:id-of-Straße",
        "SPOTIFY:TRACK:ID-OF-STRASSE",
        "Löwe",
        "LÖWE",
        "id-of-Löwe",
        "spotify:artist:id-of-Löwe",
        "über land",
        "id-of-Über Land",
        "spotify:album:id-of-Über Land",
        "https://open.spotify.com/track/id-of-Straße?si=0a1b",
        "https://open.spotify.com/intl-de/artist/id-of-Löwe",
        "open.spotify.com/album/id-of-Über Land/",
    ],
)
def test_an_excluded_name_id_or_uri_is_nowhere_and_ranks_close_up(word: str) -> None:
    listening = heard(
        now_playing=playing(ODD_ONE),
        recently_played=plays(ODD_ONE, track("Hail"), ODD_ONE),
        top_tracks={"short_term": (track("Rain"), ODD_ONE, track("Hail"))},
    )
    documents = composed(listening, excluding("something else", word))
    assert top(documents) == [(1, "Rain"), (2, "Hail")]
    assert documents.recently_played
    assert [play.item.name for play in documents.recently_played.items] == ["Hail"]
    assert shown(documents) == track("Hail")


@pytest.mark.parametrize("word", ["Str", "Straßen", "spotify:track:", "", "spotify:album:id-of-Straße"])
def test_only_whole_names_are_excluded(word: str) -> None:
    documents = composed(heard(top_tracks={"short_term": (ODD_ONE,)}), excluding(word))
    assert top(documents) == [(1, "Straße")]


@pytest.mark.parametrize("word", ["lichen", "id-of-Lichen", "spotify:artist:id-of-Lichen"])
def test_an_excluded_artist_is_not_among_the_artists(word: str) -> None:
    listening = heard(top_artists={"short_term": (artist("Lichen"), artist("The Ferns"))})
    documents = composed(listening, excluding(word))
    assert documents.top_artists
    ranks = [(item.rank, item.name) for item in documents.top_artists.time_ranges["short_term"]]
    assert ranks == [(1, "The Ferns")]


@pytest.mark.parametrize("word", ["Frogs", "pond talk", "id-of-Pond Talk", "spotify:show:id-of-Pond Talk"])
def test_an_excluded_show_or_episode_counts_as_idle(word: str) -> None:
    listening = heard(now_playing=playing(episode("Frogs")), recently_played=())
    documents = composed(listening, excluding(word))
    assert documents.now_playing
    assert documents.now_playing.kind == "nothing"
    assert shown(documents) is None


def test_what_is_excluded_later_leaves_the_lists_from_before() -> None:
    after = composed(Listening(), excluding("rain", "drizzle"), before=composed(EVERYTHING), now=TUESDAY)
    assert top(after) == [(1, "Hail")]
    assert shown(after) == track("Hail")
    assert after.recently_played
    assert [play.item.name for play in after.recently_played.items] == ["Hail"]


def test_explicit_tracks_can_be_hidden() -> None:
    rude, unknown = track("Mud", explicit=True), track("Silt", explicit=None)
    listening = heard(
        now_playing=playing(rude),
        recently_played=plays(rude, unknown),
        top_tracks={"short_term": (rude, unknown)},
    )
    assert (
        top(composed(listening)) == top(composed(listening, excluding("rain"))) == [(1, "Mud"), (2, "Silt")]
    )
    hiding = composed(listening, Config(privacy=PrivacySettings(hide_explicit=True)))
    assert top(hiding) == [(1, "Silt")]
    assert shown(hiding) == unknown


SLEEP = "spotify:playlist:4SleepWell"


@pytest.mark.parametrize(
    "word",
    [
        SLEEP,
        " SPOTIFY:playlist:4sleepwell ",
        "spotify:user:me:playlist:4SleepWell",
        "https://open.spotify.com/playlist/4SleepWell?si=0a1b",
        "https://open.spotify.com/intl-de/playlist/4SleepWell",
        "open.spotify.com/user/me/playlist/4SleepWell/",
        "4SleepWell",
    ],
)
@pytest.mark.parametrize(
    "told", [SLEEP, "spotify:user:me:playlist:4SleepWell", "https://open.spotify.com/playlist/4SleepWell"]
)
def test_what_comes_from_an_excluded_playlist_counts_as_idle_and_not_played(word: str, told: str) -> None:
    rain, hail, snow = plays(track("Rain"), track("Hail"), track("Snow"))
    listening = heard(
        now_playing=FromPlaylist(told, playing(track("Rain"))),
        recently_played=(FromPlaylist(told, rain), FromPlaylist("spotify:playlist:other", hail), snow),
        top_tracks={"short_term": (track("Rain"),)},
    )
    assert shown(composed(listening)) == track("Rain")
    documents = composed(listening, excluding(word))
    assert documents.recently_played
    assert [play.item.name for play in documents.recently_played.items] == ["Hail", "Snow"]
    assert shown(documents) == track("Hail")
    assert top(documents) == [(1, "Rain")]


@pytest.mark.parametrize("word", ["spotify:playlist:4Sleep", "spotify:album:4SleepWell", "Sleep"])
def test_only_the_playlist_itself_is_excluded(word: str) -> None:
    listening = heard(now_playing=FromPlaylist(SLEEP, playing(track("Rain"))))
    assert shown(composed(listening, excluding(word))) == track("Rain")


def test_what_came_from_an_excluded_playlist_does_not_come_back_when_a_later_run_fetches_nothing() -> None:
    sleeping = heard(
        now_playing=FromPlaylist(SLEEP, playing(track("Rain"))),
        recently_played=tuple(FromPlaylist(SLEEP, play) for play in plays(track("Rain"))),
    )
    before = composed(sleeping, excluding(SLEEP))
    nothing = heard(now_playing=FAILED, recently_played=FAILED)
    after = composed(nothing, excluding(SLEEP), before=before, now=TUESDAY)
    assert after == before
    assert shown(after) is None


def a_song_plays_from_a_playlist_at() -> datetime:
    instants = (NOW - timedelta(minutes=48 * n) for n in count())
    return next(
        each for each in instants if isinstance(listener.playing(each), Song) and listener.playlist(each)
    )


WHOLE_DOCUMENTS = "[{{ now_playing }}, {{ recently_played }}, {{ top_tracks }}, {{ chart }}]"


@pytest.mark.parametrize("is_excluded", [False, True])
def test_no_byte_of_what_is_written_or_printed_says_which_playlist_something_came_from(
    process: Run, repo: Path, spotify: StandIn, is_excluded: bool
) -> None:
    now = a_song_plays_from_a_playlist_at()
    spotify.clock = lambda: now
    playlist = listener.playlist(now)
    uri = f"spotify:playlist:{spotify_id('playlist', str(playlist))}"
    settings = f"privacy: {{exclude: [{uri}]}}\n" if is_excluded else ""
    (repo / "config.yaml").write_bytes(f"recently_played: {{limit: 50}}\n{settings}".encode())
    (repo / "README.md").write_bytes(
        b"<!-- listening:recently_played -->\n<!-- /listening:recently_played -->\n"
    )
    (repo / "templates").mkdir()
    (repo / "templates/all.json.j2").write_bytes(WHOLE_DOCUMENTS.encode())
    env = spotify.environment | {
        "GITHUB_STEP_SUMMARY": str(repo / "summary"),
        "GITHUB_OUTPUT": str(repo / "out"),
    }
    commands = [
        ["export", "-v", "--dry-run"],
        ["export", "-v"],
        ["export", "-v"],
        ["render", "-v"],
        ["check"],
    ]
    ran = [process(*command, env=env, now=now) for command in commands]
    assert [each.code for each in ran] == [0] * 5
    document = json.loads((repo / "output/data/now_playing.json").read_text("utf-8"))
    assert document["is_playing"] is not is_excluded
    recent = json.loads((repo / "output/data/recently_played.json").read_text("utf-8"))["items"]
    assert (len(recent) < 50) == is_excluded
    files = {path: content.decode() for path, content in files_of(repo).items() if path != "config.yaml"}
    told = "\n".join([*(f"{each.out}{each.err}" for each in ran), *files.values()])
    assert "Wrote" in told
    for name in PLAYLISTS:
        assert name not in told
        assert spotify_id("playlist", name) not in told
    assert not re.search("playlist|context", told)


@pytest.mark.parametrize("word", ["Beyonc\u00e9", "Beyonce\u0301", " BEYONC\u00c9 "])
@pytest.mark.parametrize("name", ["Beyonc\u00e9", "Beyonce\u0301 "])
def test_an_accent_may_be_written_either_way(word: str, name: str) -> None:
    assert shown(composed(idle(track(name)), excluding(word))) is None


def test_what_has_no_id_is_hidden_in_older_weeks_by_its_names() -> None:
    hidden = replace(track("Rain", album="Secret"), id=None, uri=None)
    artists = ("The Ferns", "someone")
    entries = tuple(ArchivedTrack(id=None, name=name, artists=artists) for name in ("RAIN", "Hail"))
    hides_it = hides(PrivacySettings(exclude=("Secret",)), (hidden,), entries)
    assert [each.name for each in without_hidden(entries, hides_it)] == ["Hail"]


def test_an_artist_without_an_id_is_hidden_in_older_weeks_by_the_name_with_their_tracks() -> None:
    url = "https://www.last.fm/music/The+Ferns"
    older = (
        ArchivedArtist(id=None, name="the ferns"),
        ArchivedTrack(id=None, name="Rain", artists=("Someone", "THE FERNS")),
        ArchivedArtist(id=None, name="Lichen"),
    )
    hides_it = hides(
        PrivacySettings(exclude=(url,)), (replace(artist("The Ferns"), id=None, uri=None, url=url),), older
    )
    assert [each.name for each in without_hidden(older, hides_it)] == ["Lichen"]


@pytest.mark.parametrize("word", ["RAIN", "t1", "spotify:track:t1", "The Ferns", "a1", "spotify:artist:a1"])
def test_what_is_only_in_older_weeks_is_hidden_by_its_own_name_id_or_uri(word: str) -> None:
    older = (ArchivedTrack(id="t1", name="Rain", artists=()), ArchivedArtist(id="a1", name="The Ferns"))
    left = without_hidden(older, hides(PrivacySettings(exclude=(word,)), older))
    assert left == (older[1:] if word in {"RAIN", "t1", "spotify:track:t1"} else older[:1])


def test_a_namesake_by_others_is_not_hidden_with_it() -> None:
    hidden = replace(track("Rain", album="Secret"), id=None, uri=None)
    theirs = ArchivedTrack(id=None, name="Rain", artists=("Somebody else",))
    hides_it = hides(PrivacySettings(exclude=("Secret",)), (hidden,), (theirs,))
    assert without_hidden((theirs,), hides_it) == (theirs,)


def test_names_are_those_of_items_and_of_the_artists_that_entries_credit() -> None:
    entry = ArchivedTrack(id=None, name="Rain", artists=("The Ferns",))
    assert names((entry,)) == {"Rain", "The Ferns"}


def doubted(words: tuple[str, ...], *known: object) -> list[tuple[int, str, str]]:
    return list(doubts(PrivacySettings(exclude=words), *known))


def test_a_name_that_is_nearly_one_that_is_shown_is_doubted_and_others_are_not() -> None:
    reason = (1, "Nothing here is called `Paper Lighthose`.", "Did you mean `Paper Lighthouse`?")
    known = (track("Paper Lighthouse"), track("Rain"))
    assert doubted(("Rail", "Paper Lighthose", "Somebody"), known) == [reason]


def test_a_name_that_hides_something_is_not_doubted_however_near_another_is() -> None:
    assert doubted(("Paper Lighthouse",), (track("Paper Lighthouse"), track("Paper Lighthouses"))) == []


def test_what_is_hidden_is_not_suggested_in_older_weeks_either() -> None:
    hidden = replace(track("Rain", album="Secret"), id=None, uri=None)
    older = ArchivedTrack(id=None, name="Rain", artists=("The Ferns", "Someone"))
    assert doubted(("Secret", "Rainn"), (hidden,), (older,)) == []


@pytest.mark.parametrize(
    "entry", ["last.fm/music/The+Ferns?source=share", "https://www.last.fm/music/The+Ferns/Moss"]
)
def test_a_link_to_an_artists_or_albums_page_hides_the_tracks(entry: str) -> None:
    page = "https://www.last.fm/music/The+Ferns"
    theirs = replace(
        track("Rain"),
        artists=(Ref(id=None, name="The Ferns", url=page),),
        album=AlbumRef(id=None, name="Moss", url=f"{page}/Moss", release_date=None),
    )
    hides_it = hides(PrivacySettings(exclude=(entry,)), (theirs,))
    assert without_hidden((theirs, track("Hail")), hides_it) == (track("Hail"),)


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("https://www.last.fm/music/The+Ferns/_/Rain", "last.fm/music/the+ferns/_/rain/?source=share"),
        ("https://musicbrainz.org/recording/1d3c2f8e-0000-4000-8000-00000000000a",
         "https://musicbrainz.org/recording/1D3C2F8E-0000-4000-8000-00000000000A/"),
        ("https://open.spotify.com/track/abc", "spotify:track:abc"),
    ],
)  # fmt: skip
def test_a_link_to_its_page_at_any_source_hides_it(url: str, entry: str) -> None:
    items = (replace(track("Rain"), id=None, uri=None, url=url), track("Hail"))
    hides_it = hides(PrivacySettings(exclude=(entry,)), items)
    assert [each.name for each in without_hidden(items, hides_it)] == ["Hail"]
