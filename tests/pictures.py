"""The pictures that the product's README shows: the demo's cards. `make pictures` writes them."""

import re
import tempfile
from pathlib import Path

from exporter.cli import main

FOLDER = Path(__file__).parent.parent / "docs/pictures"

CARDS = ("now_playing", "covers", "top_artists", "top_tracks", "chart")

_DATA = re.compile(rb"data:image/(?:jpeg|png);base64,[A-Za-z0-9+/=]+")


def without_data(content: bytes) -> bytes:
    """Replace the data of embedded pictures: their bytes differ between builds of Pillow."""
    return _DATA.sub(b"data:image/jpeg;base64,", content)


def made(folder: Path) -> dict[str, bytes]:
    """Make the sample listener's cards in a folder, and return them by name."""
    code = main(["demo", "--weeks", "20", "--output", str(folder), "--now", "2026-11-24T18:00:00Z"])
    assert code == 0
    paths = (folder / f"output/cards/{card}{theme}.svg" for card in CARDS for theme in ("", "-dark"))
    return {path.name: path.read_bytes() for path in paths}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        FOLDER.mkdir(exist_ok=True)
        for name, content in made(Path(temporary) / "demo").items():
            (FOLDER / name).write_bytes(content)
