"""Bring pictures to size, as JPEG in a `data:` address."""

import warnings
from base64 import b64encode
from io import BytesIO

from PIL import ExifTags, Image, ImageOps

from exporter.render.covers import DENSITY

FORMATS = ("JPEG", "PNG", "WEBP")

MOST_PIXELS = 4096
"""The longest side of a picture to decode."""

MOST_BYTES = 24_000
"""The most that one picture should have: above that, its quality is lowered, not its size."""

QUALITIES = (70, 60, 50, 40, 30)
"""JPEG qualities, best first; a picture that is too long with the last is embedded all the same."""


def embeddable(body: bytes, size: int) -> str | None:
    """Make the `data:` address of a picture that is shown in `size` CSS pixels; None if it is no picture.

    It is not cropped, and never enlarged.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # ours is the stricter limit
            jpeg = _sized(body, size * DENSITY)
    except Exception:  # noqa: BLE001 # a stranger's file can fail in any way
        return None
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


def _sized(body: bytes, side: int) -> bytes:
    """Scale a picture down to fit a square of `side` pixels; a short JPEG that fits stays as it is."""
    with Image.open(BytesIO(body), formats=FORMATS) as image:
        longest = max(image.size)
        if longest > MOST_PIXELS:
            raise ValueError(longest)
        image.draft("RGB", (side, side))  # decodes large JPEGs faster
        flat = _on_white(ImageOps.exif_transpose(image))
        is_upright = image.getexif().get(ExifTags.Base.Orientation, 1) == 1
        is_plain = image.format == "JPEG" and image.mode in {"RGB", "L"} and is_upright
    if is_plain and longest <= side and len(body) <= MOST_BYTES:
        return body
    flat.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _compressed(flat)


def _on_white(image: Image.Image) -> Image.Image:
    """Convert to RGB; what is transparent becomes white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def _compressed(image: Image.Image) -> bytes:
    jpeg = b""
    for quality in QUALITIES:
        out = BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True, comment=b"")
        jpeg = out.getvalue()
        if len(jpeg) <= MOST_BYTES:
            break
    return jpeg
