"""Write `exporter/render/widths.py` from fonts: for each letter the wider of Noto Sans and Liberation Sans.

Run by `make widths`. Debian has the fonts as fonts-noto-core and fonts-liberation.
"""

import textwrap
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path("/usr/share/fonts/truetype")
SCRIPTS = ("", "Hebrew", "Arabic", "Devanagari", "Thai")
RANGES = (
    (0x20, 0x52F), (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1E00, 0x1FFF),
    (0x2010, 0x205F), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF), (0x25A0, 0x25FF),
)  # fmt: skip
TABLE = Path(__file__).parent.parent / "exporter/render/widths.py"

HEAD = '''\
"""Advance widths in thousandths of an em, made from fonts by `make widths`: do not edit.

Each is the wider of Noto Sans's and Liberation Sans's (which has Arial's widths). Each line of a table is a
first character, and the widths of it and its successors.
"""
'''


def fonts(style: str) -> list[Path]:
    """List the fonts of a style, Regular or Bold."""
    noto = [FOLDER / f"noto/NotoSans{script}-{style}.ttf" for script in SCRIPTS]
    return [*noto, FOLDER / f"liberation/LiberationSans-{style}.ttf"]


def widths(style: str) -> dict[int, int]:
    """Return the widths of a style, by code point."""
    found: dict[int, int] = {}
    for path in fonts(style):
        font = TTFont(path)
        names, metrics, em = font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm
        for first, last in RANGES:
            for code in range(first, last + 1):
                if code in names:
                    found[code] = max(found.get(code, 0), round(1000 * metrics[names[code]][0] / em))
    return dict(sorted(found.items()))


def table(style: str) -> str:
    """Format a style's widths as Python."""
    runs: list[list[int]] = []
    found = widths(style)
    for code in found:
        if not runs or runs[-1][-1] != code - 1:
            runs.append([])
        runs[-1].append(code)
    lines = (f"{run[0]:#x} {' '.join(str(found[code]) for code in run)}" for run in runs)
    wrapped = "\n".join(textwrap.fill(line, 100, subsequent_indent="  ") for line in lines)
    return f'\n{style.upper()} = """\n{wrapped}\n"""\n'


if __name__ == "__main__":
    TABLE.write_bytes((HEAD + table("Regular") + table("Bold")).encode())
