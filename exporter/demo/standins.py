"""The stand-ins: each service behind a real socket, for one sample listener."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from exporter.demo.answers import Answer, Request
from exporter.demo.lastfm import service as lastfm
from exporter.demo.lastfm.objects import IMAGES as LASTFM_IMAGES
from exporter.demo.listenbrainz import service as listenbrainz
from exporter.demo.server import Handler, LocalServer
from exporter.demo.spotify import service as spotify
from exporter.demo.spotify.objects import IMAGES

USER = "samplelistener"
"""The sample listener's name at the services that have public profiles."""


class StandIn(LocalServer):
    """A service on a `port` (0: any free one); `clock` returns its time.

    `SOURCE` is what the settings have after `source: `.
    """

    SOURCE: ClassVar[str]

    def __init__(self, clock: Callable[[], datetime], *, port: int = 0) -> None:
        super().__init__(port)
        self.clock = clock

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a run use it instead of the real service."""
        raise NotImplementedError

    @property
    def images(self) -> dict[str, str]:
        """The base URLs of the real service's pictures, and of these here."""
        raise NotImplementedError

    def answer(self, request: Request) -> Answer:
        """Answer a request as the service does."""
        raise NotImplementedError

    def respond(self, request: Request, handler: Handler) -> None:
        """Answer a request."""
        handler.send(self.answer(request))


class Spotify(StandIn):
    """Spotify; `scopes` are those that the listener granted."""

    SOURCE = "spotify"

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
            "SPOTIFY_API_URL": self.url,
            "SPOTIFY_ACCOUNTS_URL": self.url,
            "SPOTIFY_IMAGES_URL": self.url,
        }

    @property
    def images(self) -> dict[str, str]:
        """The base URLs of the real service's pictures, and of these here."""
        return {IMAGES: self.url}

    def answer(self, request: Request) -> Answer:
        """Answer as Spotify does."""
        return spotify.answer(request, now=self.clock(), scopes=self.scopes, codes=self._codes)


class ListenBrainz(StandIn):
    """ListenBrainz, and the Cover Art Archive; it takes up to `LIMIT` requests in ten seconds."""

    SOURCE = f"{{listenbrainz: {USER}}}"
    LIMIT: ClassVar[int] = listenbrainz.LIMIT

    def __init__(self, clock: Callable[[], datetime], *, port: int = 0) -> None:
        super().__init__(clock, port=port)
        self._window = listenbrainz.Window()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a run use it instead of ListenBrainz."""
        return {"LISTENBRAINZ_API_URL": self.url, "COVERART_URL": self.url}

    @property
    def images(self) -> dict[str, str]:
        """The base URLs of the real service's pictures, and of these here."""
        return {"https://coverartarchive.org": self.url}

    def answer(self, request: Request) -> Answer:
        """Answer as ListenBrainz does."""
        return listenbrainz.answer(
            request, now=self.clock(), user=USER, window=self._window, limit=self.LIMIT
        )


class LastFm(StandIn):
    """Last.fm."""

    SOURCE = f"{{lastfm: {USER}}}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a run use it instead of Last.fm."""
        return {"LASTFM_API_KEY": lastfm.API_KEY, "LASTFM_API_URL": self.url}

    @property
    def images(self) -> dict[str, str]:
        """The base URLs of the real service's pictures, and of these here."""
        return {LASTFM_IMAGES: self.url}

    def answer(self, request: Request) -> Answer:
        """Answer as Last.fm does."""
        return lastfm.answer(request, now=self.clock(), user=USER)


STAND_INS: dict[str, type[StandIn]] = {
    "spotify": Spotify,
    "listenbrainz": ListenBrainz,
    "lastfm": LastFm,
}
"""The stand-in of each source."""
