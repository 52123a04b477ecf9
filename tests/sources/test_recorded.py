"""Bodies that Spotify really sent, if they are available."""

import pytest
from conftest import RECORDED

from exporter.errors import UnavailableError
from exporter.models import NowPlaying, Track
from exporter.sources.source import Reply
from exporter.sources.spotify import wire


def reply(name: str, status: int = 200) -> Reply:
    return Reply(status=status, headers={}, body=(RECORDED / name).read_bytes())


def test_a_playing_track() -> None:
    playing = wire.parse_now_playing(reply("currently_playing_track.json"))
    assert isinstance(playing, NowPlaying)
    assert (playing.is_playing, playing.kind) == (True, "track")
    assert isinstance(playing.item, Track)
    assert playing.item.name
    assert playing.item.url == f"https://open.spotify.com/track/{playing.item.id}"
    assert playing.item.image == playing.item.images[1].url
    assert [image.width for image in playing.item.images] == [640, 300, 64]


def test_a_local_file() -> None:
    playing = wire.parse_now_playing(reply("player_local_file.json"))
    assert isinstance(playing, NowPlaying)
    assert isinstance(playing.item, Track)
    assert playing.item.name
    assert (playing.item.id, playing.item.url, playing.item.image, playing.item.images) == (
        None,
        None,
        None,
        (),
    )
    assert str(playing.item.uri).startswith("spotify:local:")


def test_top_artists() -> None:
    artists = wire.parse_top_artists(reply("top_artists.json"))
    assert len(artists) == 48
    assert all(artist.id and artist.name and artist.url and artist.image for artist in artists)


def test_a_rate_limit() -> None:
    with pytest.raises(UnavailableError) as raised:
        wire.parse_top_artists(reply("rate_limit.json", status=429))
    assert raised.value.status == 429
