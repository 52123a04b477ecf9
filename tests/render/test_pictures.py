"""Bringing pictures to size."""

import struct
import zlib
from base64 import b64decode
from io import BytesIO
from typing import Any

import pytest
from photographs import jpeg, photograph
from PIL import Image

from exporter.render.pictures import MOST_BYTES, embeddable


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def body_of(data: str | None) -> bytes:
    assert data
    head, _, body = data.partition(",")
    assert head == "data:image/jpeg;base64"
    return b64decode(body, validate=True)


def made(body: bytes, size: int) -> Image.Image:
    picture = Image.open(BytesIO(body_of(embeddable(body, size))))
    assert picture.format == "JPEG"
    picture.load()
    return picture


def colour_at(picture: Image.Image, x: int, y: int) -> str:
    """Name the colour of a pixel, roughly."""
    pixel = picture.convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return "".join("X" if value > 200 else "." if value < 55 else "?" for value in pixel)


@pytest.mark.parametrize("size", [36, 70, 150])
def test_a_picture_has_two_pixels_for_each_of_css(size: int) -> None:
    assert made(jpeg("a", 640), size).size == (2 * size, 2 * size)


def test_a_picture_is_never_enlarged_nor_cropped() -> None:
    assert made(jpeg("a", 64), 200).size == (64, 64)
    wide = photograph("a").crop((0, 0, 640, 320))
    assert made(encoded(wide, "JPEG"), 36).size == (72, 36)
    assert made(encoded(wide.rotate(90, expand=True), "PNG"), 36).size == (36, 72)


def test_a_short_jpeg_that_fits_stays_as_it_is() -> None:
    body = jpeg("a", 300)
    assert len(body) < MOST_BYTES
    assert body_of(embeddable(body, 150)) == body
    assert body_of(embeddable(body, 149)) != body


@pytest.mark.parametrize("size", [150, 176])
def test_a_long_picture_loses_quality_and_keeps_its_size(size: int) -> None:
    body = jpeg("a", 640, quality=95)
    assert len(body) > 3 * MOST_BYTES
    assert len(body_of(embeddable(body, size))) <= MOST_BYTES
    assert made(body, size).size == (2 * size, 2 * size)
    long = jpeg("a", 300, quality=97)
    assert len(long) > MOST_BYTES >= len(body_of(embeddable(long, 150)))


def test_a_picture_carries_nothing_but_itself() -> None:
    said = encoded(photograph("a"), "JPEG", comment=b"secret" * 1000, exif=b"Exif\0\0secret")
    assert b"secret" not in body_of(embeddable(said, 36))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_known_by_its_content(format_: str) -> None:
    assert made(encoded(photograph("a"), format_), 36).size == (72, 72)


@pytest.mark.parametrize(
    ("mode", "format_"),
    [
        ("CMYK", "JPEG"),
        ("L", "JPEG"),
        ("L", "PNG"),
        ("P", "PNG"),
        ("1", "PNG"),
        ("I;16", "PNG"),
        ("LA", "PNG"),
    ],
)
def test_pictures_of_every_kind_become_plain_ones(mode: str, format_: str) -> None:
    grey = photograph("a").convert("L")
    picture = grey.convert("I").convert("I;16") if mode == "I;16" else photograph("a").convert(mode)
    assert made(encoded(picture, format_), 36).mode in {"RGB", "L"}


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(format_: str) -> None:
    picture = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 50, 100))
    small = made(encoded(picture, format_), 20)
    assert (colour_at(small, 5, 20), colour_at(small, 35, 20)) == ("..X", "XXX")


@pytest.mark.parametrize("width", [40, 400])
def test_a_picture_is_turned_as_its_exif_says(width: int) -> None:
    picture = Image.new("RGB", (width, width), "red")
    picture.paste((0, 0, 255), (0, 0, width, width // 2))
    exif = Image.Exif()
    exif[0x0112] = 3
    small = made(encoded(picture, "JPEG", exif=exif), 20)
    assert (colour_at(small, 20, 5), colour_at(small, 20, 35)) == ("X..", "..X")


def png_of(width: int, height: int) -> bytes:
    """Make a PNG that claims a size, of at most about 1 kB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 500_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><p>Not found",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"/>',
        b"\xff\xd8\xff" + b"x" * 1000,
        png_of(20_000, 20_000),
        png_of(10_000, 10_000),
        png_of(5_000, 1),
        png_of(4_000, 4_000),
        png_of(0, 0),
    ],
    ids=lambda body: f"{body[:8]!r}, {len(body)} bytes",
)
def test_what_is_no_sound_picture_of_a_sensible_size_is_left_out(body: bytes) -> None:
    assert embeddable(body, 36) is None


@pytest.mark.parametrize("format_", ["GIF", "BMP", "TIFF"])
def test_pictures_of_other_formats_are_left_out(format_: str) -> None:
    assert embeddable(encoded(photograph("a"), format_), 36) is None


def test_half_a_picture_is_left_out() -> None:
    assert embeddable(jpeg("a", 300)[:3000], 36) is None


def test_the_picture_of_20000_pixels_is_about_1_kb() -> None:
    assert len(png_of(20_000, 20_000)) < 1024


@pytest.mark.parametrize(
    ("size", "covers", "width", "kilobytes"),
    [(36, 10, 300, 33), (36, 10, 160, 33), (70, 10, 300, 56), (150, 1, 300, 32)],
)
def test_photographs_fit_the_budget_of_their_card(size: int, covers: int, width: int, kilobytes: int) -> None:
    made = [embeddable(jpeg(f"cover {number}", width), size) or "" for number in range(covers)]
    assert all(made)
    assert sum(map(len, made)) <= 1000 * kilobytes
