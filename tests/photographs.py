"""Pictures like photographs, always the same for the same seed.

They have detail of every size, the finer the fainter, soft light and hard edges, so that they compress like
Spotify's covers: ten of 160 pixels have 94 kB as base64, ten of 64 have 29 kB, one of 300 has 23 kB.
"""

from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH = 640
_FADING = 0.53
"""How much fainter detail of half the size is."""


@cache
def photograph(seed: str) -> Image.Image:
    """Make a picture, `WIDTH` pixels square."""
    random = Random(seed)  # noqa: S311 # it must be the same each time
    light = Image.merge("RGB", [_noise(random, 3) for _ in range(3)])
    bright = Image.merge("RGB", [_clouds(random)] * 3)
    picture = ImageChops.overlay(light, bright)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        points = [(random.randrange(WIDTH), random.randrange(WIDTH)) for _ in range(3)]
        draw.line(points, fill=tuple(random.randbytes(3)), width=random.randrange(2, 24))
    return picture.filter(ImageFilter.GaussianBlur(0.7))


def jpeg(seed: str, width: int, quality: int = 85) -> bytes:
    """Make a picture as an image host sends it."""
    out = BytesIO()
    sized = photograph(seed).resize((width, width), Image.Resampling.LANCZOS)
    sized.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _clouds(random: Random) -> Image.Image:
    """Add up noise of every size, the finer the fainter."""
    clouds = Image.new("L", (WIDTH, WIDTH), 128)
    strength = 0.9
    for cells in (5, 10, 20, 40, 80, 160, 320, 640):
        faint = _noise(random, cells).point(lambda value, by=strength: round(128 + (value - 128) * by))
        clouds = ImageChops.add(clouds, faint, offset=-128)
        strength *= _FADING
    return clouds


def _noise(random: Random, cells: int) -> Image.Image:
    grey = Image.frombytes("L", (cells, cells), random.randbytes(cells * cells))
    return grey.resize((WIDTH, WIDTH), Image.Resampling.BICUBIC)
