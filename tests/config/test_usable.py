"""What is still known of settings that are wrong, and where a setting is written."""

from pathlib import Path

import pytest

from exporter.config.load import place_of, usable
from exporter.config.schema import Config
from exporter.sources import SOURCES


@pytest.mark.parametrize(
    ("text", "config", "source"),
    [
        ("output: docs\ntimezon: UTC\ntop_tracks: {limit: 0}", Config(output="docs"), "spotify"),
        ("output: docs\nsource: {lastfm: rj}", Config(output="docs", source={"lastfm": "rj"}), "lastfm"),
        ("output: docs\nsource: lastfm", Config(output="docs"), None),
        ("output: docs\nsource: winamp", Config(output="docs"), None),
        ("", Config(), "spotify"),
        ("output: [", None, None),
        (None, Config(), "spotify"),
    ],
)
def test_settings_are_used_without_what_is_wrong_in_them(
    repo: Path, text: str | None, config: Config | None, source: str | None
) -> None:
    path = repo / "config.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert usable(path) == (config, SOURCES.get(source or ""))


def test_a_setting_is_found_by_its_line(repo: Path) -> None:
    path = repo / "mine.yaml"
    path.write_text("output: docs\nprivacy:\n  exclude:\n    - a\n    - b\n", encoding="utf-8")
    assert place_of(path, "privacy.exclude[1]") == "mine.yaml:5"
    assert place_of(path, "privacy.times") == "mine.yaml:3"
    assert place_of(repo / "config.yaml", "output") == "config.yaml:1"
