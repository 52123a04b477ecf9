"""Pure: the view model: what every template sees, by name."""

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from exporter.models import (
    ChartDocument,
    Documents,
    NowPlayingDocument,
    Palette,
    RecentlyPlayedDocument,
    Site,
    TopArtistsDocument,
    TopTracksDocument,
)


class Report(Struct, frozen=True, kw_only=True):
    """What templates see; a document is None when it is switched off or was never fetched.

    A section sees `options` too, and an SVG `theme`: the one of `themes` that it is rendered for.
    """

    site: Site
    themes: dict[str, Palette]
    now_playing: NowPlayingDocument | None
    recently_played: RecentlyPlayedDocument | None
    top_artists: TopArtistsDocument | None
    top_tracks: TopTracksDocument | None
    chart: ChartDocument | None

    def context(self, **more: Any) -> dict[str, Any]:
        """The report's fields, and more, as a template's variables."""
        return asdict(self) | more


def build(documents: Documents, site: Site, themes: dict[str, Palette]) -> Report:
    """Make the report of the documents as they are now."""
    return Report(site=site, themes=themes, **asdict(documents))
