"""Which picture is chosen, and what is taken back from a file that embeds pictures."""

from base64 import b64encode

import pytest
from listened import track
from msgspec.structs import replace
from photographs import jpeg

from exporter.models import Image, Track
from exporter.render.covers import LONGEST_DATA, LONGEST_FILE, Cover, CoverFunction, Picture, embedded

HOST = "https://i.scdn.co/image/"
KEY = f"{HOST}a@36"

JPEG = jpeg("a", 72)
PNG = b"\x89PNG\r\n\x1a\n" + b"the rest is not decoded"


def data(body: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{b64encode(body).decode()}"


def song(*widths: int | None, image: str | None = None) -> Track:
    images = tuple(Image(url=f"{HOST}{width}", width=width, height=width) for width in widths)
    return replace(track("Rain"), images=images, image=image)


@pytest.mark.parametrize(
    ("size", "widths", "chosen"),
    [
        (36, (640, 300, 64), "300"),
        (32, (640, 300, 64), "64"),
        (150, (640, 300, 64), "300"),
        (176, (640, 300, 64), "640"),
        (400, (640, 300, 64), "640"),
        (70, (64,), "64"),
        (36, (640, None), "640"),
        (36, (None, None), "nearest"),
    ],
)
def test_the_smallest_image_that_is_large_enough_is_chosen(
    size: int, widths: tuple[int | None, ...], chosen: str
) -> None:
    cover = CoverFunction({})(song(*widths, image=f"{HOST}nearest"), size)
    assert cover == Cover(key=f"{HOST}{chosen}@{size}")


def test_what_has_no_picture_has_no_key() -> None:
    cover = CoverFunction({})
    assert cover(song(), 36) == Cover(key=None)
    assert cover.missing == set()


def test_what_is_missing_is_noted_once_for_each_size() -> None:
    cover = CoverFunction({})
    for size in (36, 40, 36):
        cover(song(300), size)
    assert cover.missing == {Picture(f"{HOST}300", 36), Picture(f"{HOST}300", 40)}


@pytest.mark.parametrize(
    ("markup", "cover"),
    [
        (f'<image data-cover="{KEY}" href="{data(JPEG)}"/>', Cover(KEY, data(JPEG))),
        (f'<img data-cover="{KEY}" src="{data(JPEG)}">', Cover(KEY, data(JPEG))),
        (f'<image data-cover="{KEY}" href="{data(PNG, "image/png")}"/>', Cover(KEY, data(PNG, "image/png"))),
        (f'<rect data-cover="{KEY}" data-tried="2026-11-23"/>', Cover(KEY, tried="2026-11-23")),
        (f'<rect data-cover="{KEY}"/>', Cover(KEY)),
        ('<image data-cover="https://i.scdn.co/?a&#38;b@36"/>', Cover("https://i.scdn.co/?a&b@36")),
    ],
)
def test_pictures_and_tiles_are_taken_back(markup: str, cover: Cover) -> None:
    assert embedded(f"<svg>{markup}</svg>".encode()) == {cover.key: cover}


def test_a_page_that_is_no_xml_is_read_too() -> None:
    page = f"<!doctype html><meta charset=utf-8><br>AT&T<img data-cover='{KEY}' src='{data(JPEG)}'><p>"
    assert embedded(page.encode()) == {KEY: Cover(KEY, data(JPEG))}


@pytest.mark.parametrize(
    "address",
    [
        data(b"<svg onload='alert(1)'/>", "image/svg+xml"),
        data(b"<svg onload='alert(1)'/>"),
        data(b"<script>alert(1)</script>", "text/html"),
        data(JPEG, "image/png"),
        data(JPEG, "image/gif"),
        data(JPEG) + "&#34; onload=&#34;alert(1)",
        data(JPEG) + " ",
        data(JPEG)[:-1],
        data(JPEG).replace(";base64", ""),
        data(JPEG).replace("image/jpeg", "image/jpeg;charset=x"),
        data(JPEG + b"x" * LONGEST_DATA),
        "data:image/jpeg;base64,",
        "https://evil.example/x.jpg",
        "javascript:alert(1)",
    ],
)
def test_nothing_but_a_plain_picture_is_taken_back(address: str) -> None:
    assert embedded(f'<svg><image data-cover="{KEY}" href="{address}"/></svg>'.encode()) == {KEY: Cover(KEY)}


BOMB = "".join(
    f'<!ENTITY e{depth} "{f"&e{depth - 1};" * 10}">' if depth else '<!ENTITY e0 "x">' for depth in range(12)
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"<svg",
        b"<![broken[",
        b"<!DOCTYPE svg [" + BOMB.encode() + b"]><svg><text data-x='&e11;'>&e11;</text></svg>",
        f'<svg><image href="{data(JPEG)}"/></svg>'.encode(),
        f'<!-- <image data-cover="{KEY}" href="{data(JPEG)}"/> -->'.encode(),
        f'<svg><image data-cover="{KEY}" href="{data(JPEG)}"/>'.encode() + b" " * LONGEST_FILE,
    ],
)
def test_a_damaged_hostile_or_endless_file_gives_nothing(content: bytes) -> None:
    assert embedded(content) == {}
