import pytest
from listened import (
    EVERYTHING,
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

from exporter.config.schema import Config, PrivacySettings
from exporter.models import Listening

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


@pytest.mark.parametrize("word", ["Beyonc\u00e9", "Beyonce\u0301", " BEYONC\u00c9 "])
@pytest.mark.parametrize("name", ["Beyonc\u00e9", "Beyonce\u0301 "])
def test_an_accent_may_be_written_either_way(word: str, name: str) -> None:
    assert shown(composed(idle(track(name)), excluding(word))) is None
