"""Draw covers for the stand-in's music from their ids, so that each is always the same."""

import colorsys
from io import BytesIO

from PIL import Image, ImageDraw

_SCALE = 3
"""Covers are drawn this much larger, then scaled down, so that curves are smooth."""


def cover(picture_id: str, width: int) -> bytes:
    """Draw a cover as a JPEG, `width` pixels square; `picture_id` is hexadecimal, 24 digits."""
    numbers = bytes.fromhex(picture_id)
    size = width * _SCALE
    sky, glow = _colour(numbers[0], 0.55, 0.32), _colour(numbers[0] + 40 + numbers[1] // 4, 0.65, 0.85)
    image = Image.new("RGB", (1, 2))
    image.putpixel((0, 0), sky)
    image.putpixel((0, 1), glow)
    image = image.resize((size, size), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for ring in range(3 + numbers[2] % 3):
        x, y, radius = (numbers[3 + (ring * 3 + i) % 9] / 255 for i in range(3))
        radius = 0.08 + 0.22 * radius
        box = [size * (x - radius), size * (y - radius), size * (x + radius), size * (y + radius)]
        colour = _colour(numbers[4 + ring] + 128 * (ring % 2), 0.5, 0.95)
        if numbers[5 + ring] % 2:
            draw.ellipse(box, fill=colour)
        else:
            draw.ellipse(box, outline=colour, width=max(1, size // 40))
    out = BytesIO()
    image.resize((width, width), Image.Resampling.LANCZOS).save(out, "JPEG", quality=88)
    return out.getvalue()


def _colour(hue: int, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 256 / 256, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)
