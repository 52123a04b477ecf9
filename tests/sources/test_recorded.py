"""Bodies that the services really sent, if they are available."""

import json
from typing import Any

import pytest
from conftest import RECORDED

from exporter.errors import UnavailableError
from exporter.models import NowPlaying, Play, Track
from exporter.sources.listenbrainz import wire as listenbrainz
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


MAPPED, UNMAPPED = (
    "listenbrainz_listen_multiArtistInArtistName.json",
    "listenbrainz_listen_noArtistMapping.json",
)


def listens(name: str) -> tuple[list[dict[str, Any]], tuple[Play, ...]]:
    """Read recorded listens as one answer: as they were sent, and the plays that they become."""
    sent = [each["data"] for each in json.loads((RECORDED / name).read_bytes())]
    body = json.dumps({"payload": {"listens": sent}}).encode()
    return sent, listenbrainz.parse_listens(Reply(status=200, headers={}, body=body))


def test_mapped_listens() -> None:
    sent, plays = listens(MAPPED)
    assert len(plays) == len(sent) == 7
    for listen, play in zip(sent, plays, strict=True):
        metadata, track = listen["track_metadata"], play.item
        mapping = metadata["mbid_mapping"]
        assert (track.name, track.id) == (metadata["track_name"], mapping["recording_mbid"])
        assert track.url == f"https://musicbrainz.org/recording/{track.id}"
        assert [artist.id for artist in track.artists] == mapping["artist_mbids"]
        assert [artist.name for artist in track.artists] == [
            artist["artist_credit_name"] for artist in mapping["artists"]
        ]
        assert play.played_at.timestamp() == listen["listened_at"]
        assert (track.album.name, track.album.id) == (
            metadata.get("release_name"),
            mapping.get("release_mbid"),
        )


def test_covers_of_mapped_listens() -> None:
    sent, plays = listens(MAPPED)
    covers = [play.item.image or "" for play in plays]
    for listen, cover in zip(sent, covers, strict=True):
        mapping = listen["track_metadata"]["mbid_mapping"]
        path = f"/release/{mapping.get('caa_release_mbid')}/{mapping.get('caa_id')}-250.jpg"
        assert cover.endswith(path) == ("caa_id" in mapping)
    assert sum("front" in cover for cover in covers) == 1  # of a release that the client named


def test_an_unmapped_listen() -> None:
    _, (play,) = listens(UNMAPPED)
    track = play.item
    assert (track.name, track.id, track.url, track.image) == ("Samba de Avedøre", None, None, None)
    assert [(artist.name, artist.id) for artist in track.artists] == [("Mariana Zwarg", None)]
    assert track.duration_ms == 236_000
