"""Settings that were valid in some 1.x stay valid, and mean what they meant.

Add a file when a setting is added; never change or remove one. Beside each is what it means, as JSON: write
it with `UPDATE_GOLDEN=1`. A setting that is added appears there with its default; nothing else may change.
"""

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from exporter.config.load import load
from exporter.config.schema import Config

STORED = sorted((Path(__file__).parent / "stored").glob("*.yaml"))


def loaded(path: Path, folder: Path) -> Config:
    """Load settings in a folder that has the Markdown files that they name."""
    (folder / "docs").mkdir(exist_ok=True)
    for name in ("README.md", "docs/music.md"):
        (folder / name).touch()
    return load(Path(shutil.copy(path, folder / "config.yaml")), may_be_missing=False)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_settings_of_earlier_versions_mean_what_they_meant(path: Path, tmp_path: Path) -> None:
    means = msgspec.json.encode(loaded(path, tmp_path), order="sorted")
    stored = path.with_suffix(".json")
    if os.environ.get("UPDATE_GOLDEN"):
        stored.write_bytes(msgspec.json.format(means) + b"\n")
    assert msgspec.json.decode(means) == msgspec.json.decode(stored.read_bytes())


@pytest.mark.parametrize("setting", Config.__struct_fields__)
def test_every_setting_is_stored(setting: str, tmp_path: Path) -> None:
    values = {repr(getattr(loaded(path, tmp_path), setting)) for path in STORED}
    assert len(values) > 1, f"no stored file sets `{setting}` to another value than its default"
