"""The sources of listening data, and the HTTP client that they share."""

from exporter.sources.source import Source
from exporter.sources.spotify import calls as spotify

SOURCES: dict[str, Source] = {"spotify": spotify}
"""Every source by name. To add one, add a folder beside these, and a line here."""
