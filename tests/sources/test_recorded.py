"""Bodies that the services really sent, if they are available."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import RECORDED

from exporter.errors import UnavailableError
from exporter.models import NowPlaying, Play, Track
from exporter.sources.about import Listed
from exporter.sources.lastfm import wire as lastfm
from exporter.sources.lastfm.about import ABOUT as LASTFM
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


def test_a_page_of_last_fms_recent_tracks() -> None:
    plays = lastfm.parse_recently_played(reply("lastfm_recent_tracks.json"), "LOIGE")
    assert len(plays) == 24
    assert plays[0].played_at == datetime(2023, 2, 21, 18, 54, 23, tzinfo=UTC)
    assert [play.played_at for play in plays] == sorted((play.played_at for play in plays), reverse=True)
    tracks = [play.item for play in plays]
    assert all(track.name and track.url and track.artists[0].url and track.album.name for track in tracks)
    entries = json.loads(reply("lastfm_recent_tracks.json").body)["recenttracks"]["track"][1:]
    assert [track.id for track in tracks] == [entry["mbid"] or None for entry in entries]
    assert None in {track.id for track in tracks}
    assert all([image.width for image in track.images] == [300, 174, 64, 34] for track in tracks)
    assert all(track.image == track.images[0].url for track in tracks)


def test_what_plays_in_a_page_of_last_fms_recent_tracks() -> None:
    playing = lastfm.parse_now_playing(reply("lastfm_recent_tracks.json"), "loige")
    assert isinstance(playing.item, Track)
    assert (playing.is_playing, playing.item.name, playing.played_at) == (True, "Do You Feel", None)
    assert [artist.name for artist in playing.item.artists] == ["The Rocket Summer"]


def test_a_page_of_another_user_of_last_fm() -> None:
    with pytest.raises(UnavailableError, match="another user"):
        lastfm.parse_recently_played(reply("lastfm_recent_tracks.json"), "somebody")


@pytest.mark.parametrize("name", ["lastfm_now_playing_track.json", "lastfm_recorded_track.json"])
def test_one_of_last_fms_entries(name: str) -> None:
    entry = json.loads((RECORDED / name).read_bytes())
    body = json.dumps({"recenttracks": {"track": entry}}).encode()
    sent = Reply(status=200, headers={}, body=body)
    plays = lastfm.parse_recently_played(sent, "loige")
    playing = lastfm.parse_now_playing(sent, "loige").item
    assert [play.item.name for play in plays] == ([] if playing else [entry["name"]])
    track = playing or plays[0].item
    assert isinstance(track, Track)
    assert (track.id, track.url, len(track.images)) == (entry["mbid"], entry["url"], 4)


def test_last_fms_addresses_of_tracks_are_those_that_we_make() -> None:
    for play in lastfm.parse_recently_played(reply("lastfm_recent_tracks.json"), "loige"):
        names = tuple(artist.name or "" for artist in play.item.artists)
        assert LASTFM.page(Listed(kind="track", id=None, name=play.item.name, artists=names)) == play.item.url
