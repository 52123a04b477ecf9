"""The sources of listening data by name."""

from exporter.sources.about import About
from exporter.sources.lastfm.about import ABOUT as LASTFM
from exporter.sources.listenbrainz.about import ABOUT as LISTENBRAINZ
from exporter.sources.spotify.about import ABOUT as SPOTIFY

SOURCES: dict[str, About] = {about.key: about for about in (SPOTIFY, LISTENBRAINZ, LASTFM)}
"""Every source by its key. To add one, add a folder beside these, and name it here."""
