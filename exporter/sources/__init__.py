"""Where listening comes from: the sources, and what sends their requests."""

from exporter.sources.source import Source
from exporter.sources.spotify import calls as spotify

SOURCES: dict[str, Source] = {"spotify": spotify}
"""Every source by its name in the settings. A new one is a folder beside these, and a line here."""
