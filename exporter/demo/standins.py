"""The stand-ins: each service behind a real socket, for one sample listener."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from exporter.demo.lastfm import service as lastfm
from exporter.demo.lastfm.objects import IMAGES as LASTFM_IMAGES
from exporter.demo.listenbrainz import service as listenbrainz
from exporter.demo.spotify import service as spotify
from exporter.demo.spotify.objects import IMAGES as SPOTIFY_IMAGES
from exporter.serving import Answer, LocalServer, Request

USER = "samplelistener"
"""The sample listener's name at the services that have public profiles."""


class StandIn(LocalServer):
    """A service on a `port` (0: any free one); `clock` returns its time.

    `SOURCE` is what the settings have after `source: `, `ADDRESSES` are the variables that name the service's
    addresses, and `IMAGES` is where the real service's pictures are.
    """

    SOURCE: ClassVar[str]
    ADDRESSES: ClassVar[tuple[str, ...]]
    IMAGES: ClassVar[str]

    def __init__(self, clock: Callable[[], datetime], *, port: int = 0) -> None:
        super().__init__(port)
        self.clock = clock

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a run use it instead of the real service."""
        return dict.fromkeys(self.ADDRESSES, self.url)


class Spotify(StandIn):
    """Spotify; `scopes` are those that the listener granted."""

    SOURCE = "spotify"
    ADDRESSES = ("SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL", "SPOTIFY_IMAGES_URL")
    IMAGES = SPOTIFY_IMAGES

    def __init__(
        self, clock: Callable[[], datetime], *, port: int = 0, scopes: Sequence[str] = spotify.SCOPES
    ) -> None:
        super().__init__(clock, port=port)
        self.scopes = scopes
        self._codes: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a run use it instead of Spotify."""
        return {
            "SPOTIFY_CLIENT_ID": spotify.CLIENT_ID,
            "SPOTIFY_CLIENT_SECRET": spotify.CLIENT_SECRET,
            "SPOTIFY_REFRESH_TOKEN": f"{spotify.REFRESH_TOKEN}#{self.clock().date()}",
            **super().environment,
        }

    def answer(self, request: Request) -> Answer:
        """Answer as Spotify does."""
        return spotify.answer(request, now=self.clock(), scopes=self.scopes, codes=self._codes)


class ListenBrainz(StandIn):
    """ListenBrainz, and the Cover Art Archive; it takes up to `LIMIT` requests in ten seconds."""

    SOURCE = f"{{listenbrainz: {USER}}}"
    ADDRESSES = ("LISTENBRAINZ_API_URL", "COVERART_URL")
    IMAGES = "https://coverartarchive.org"
    LIMIT: ClassVar[int] = listenbrainz.LIMIT

    def __init__(self, clock: Callable[[], datetime], *, port: int = 0) -> None:
        super().__init__(clock, port=port)
        self._counts: Counter[int] = Counter()

    def answer(self, request: Request) -> Answer:
        """Answer as ListenBrainz does."""
        return listenbrainz.answer(
            request, now=self.clock(), user=USER, counts=self._counts, limit=self.LIMIT
        )


class LastFm(StandIn):
    """Last.fm."""

    SOURCE = f"{{lastfm: {USER}}}"
    ADDRESSES = ("LASTFM_API_URL",)
    IMAGES = LASTFM_IMAGES

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a run use it instead of Last.fm."""
        return {"LASTFM_API_KEY": lastfm.API_KEY, **super().environment}

    def answer(self, request: Request) -> Answer:
        """Answer as Last.fm does."""
        return lastfm.answer(request, now=self.clock(), user=USER)


STAND_INS: dict[str, type[StandIn]] = {
    "spotify": Spotify,
    "listenbrainz": ListenBrainz,
    "lastfm": LastFm,
}
"""The stand-in of each source."""
