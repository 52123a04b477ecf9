"""Covers for the stand-in's music: twenty kinds of drawing in sixteen palettes, made from pictures' ids."""

from functools import lru_cache
from io import BytesIO
from random import Random

from PIL import Image, ImageChops

from exporter.demo.covers import patterns, scenes
from exporter.demo.covers.canvas import PALETTES, Canvas

DRAWINGS = (*patterns.ALL, *scenes.ALL)

_EDITION = "print"
"""Any word would do: with this one, what the sample listener likes best gets ten different kinds."""

_FRAMED = 0.15
"""The share of covers with a frame around the drawing."""

_GRAIN = 8
"""How much lighter or darker a point of the print may be: photographs have about as much noise."""


@lru_cache(maxsize=512)
def cover(picture_id: str, width: int) -> bytes:
    """Draw a cover as a JPEG, `width` pixels square: the same for the same id, which is hexadecimal."""
    random = Random(f"{_EDITION}:{picture_id}")  # noqa: S311 # nothing here is secret
    drawing = random.choice(DRAWINGS)
    canvas = Canvas(width, random.choice(PALETTES), random)
    drawing(canvas)
    if random.random() < _FRAMED:
        canvas.frame(0.07, canvas.lightest)
    out = BytesIO()
    _printed(canvas.finished(), random).save(out, "JPEG", quality=85)
    return out.getvalue()


def narrowed(jpeg: bytes) -> bytes:
    """Cut a cover's sides, as scans of some covers are not square."""
    out = BytesIO()
    with Image.open(BytesIO(jpeg)) as picture:
        width, height = picture.size
        picture.crop((width // 20, 0, width - width // 20, height)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _printed(image: Image.Image, random: Random) -> Image.Image:
    """Give a drawing the grain of a print."""
    noise = Image.frombytes("L", image.size, random.randbytes(image.width * image.height))
    grain = noise.point([value * 2 * _GRAIN // 255 for value in range(256)])
    return ImageChops.add(image, Image.merge("RGB", [grain] * 3), offset=-_GRAIN)
