from io import BytesIO
from itertools import product
from random import Random

import pytest
from PIL import Image, ImageChops, ImageStat

from exporter.demo.catalogue import PERFORMERS, picture_id
from exporter.demo.covers import DRAWINGS, cover
from exporter.demo.covers.canvas import PALETTES, Canvas

SHELF = [picture_id(name) for each in PERFORMERS for name in (each.name, each.album)]


def opened(picture: str, width: int) -> Image.Image:
    return Image.open(BytesIO(cover(picture, width)))


def drawn(kind: int, palette: int) -> Image.Image:
    canvas = Canvas(48, PALETTES[palette], Random(kind))  # noqa: S311
    DRAWINGS[kind](canvas)
    return canvas.finished()


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return how much two pictures differ on average, from 0 to 255."""
    return float(sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3)


def test_a_cover_is_always_the_same() -> None:
    first = cover(SHELF[0], 64)
    cover.cache_clear()
    assert cover(SHELF[0], 64) == first


@pytest.mark.parametrize("picture", SHELF[:6])
def test_a_cover_shows_the_same_at_every_width(picture: str) -> None:
    large = opened(picture, 640).reduce(40)
    differences = {each: difference(large, opened(each, 64).reduce(4)) for each in SHELF}
    assert min(differences, key=differences.__getitem__) == picture


def test_there_are_twenty_kinds_and_no_two_look_alike() -> None:
    pictures = [drawn(kind, 0) for kind in range(len(DRAWINGS))]
    assert len(pictures) == 20
    for one, other in product(range(20), repeat=2):
        assert one == other or difference(pictures[one], pictures[other]) > 15


@pytest.mark.parametrize("kind", range(len(DRAWINGS)), ids=lambda kind: DRAWINGS[kind].__name__)
def test_every_kind_can_be_seen_in_every_palette(kind: int) -> None:
    for palette in range(len(PALETTES)):
        assert ImageStat.Stat(drawn(kind, palette).convert("L")).stddev[0] > 8


def test_no_two_covers_of_the_sample_are_alike() -> None:
    assert len({cover(picture, 64) for picture in SHELF}) == len(set(SHELF)) > 100


def test_the_samples_covers_are_dark_and_light() -> None:
    brightness = [ImageStat.Stat(opened(picture, 64).convert("L")).mean[0] for picture in SHELF]
    assert sum(value < 85 for value in brightness) > 10
    assert sum(value > 170 for value in brightness) > 10


@pytest.mark.parametrize(("width", "low", "high"), [(64, 1_400, 4_000), (300, 15_000, 30_000)])
def test_covers_weigh_as_much_as_photographs(width: int, low: int, high: int) -> None:
    sizes = sorted(len(cover(picture, width)) for picture in SHELF)
    assert low < sizes[len(sizes) // 20]
    assert sizes[len(sizes) * 17 // 20] < high
