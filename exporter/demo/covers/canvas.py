"""What covers are drawn on: a square from (0, 0) at the top left to (1, 1), and its colours."""

from collections.abc import Iterable, Sequence
from random import Random

from PIL import Image, ImageColor, ImageDraw

Colour = tuple[int, ...]
Point = tuple[float, float]

_SCALE = 2
"""Covers are drawn this much larger, then scaled down, so that edges are smooth."""


_COLOURS = """\
#14213d #fca311 #e5e5e5 #3a5a8c #8fb8de
#f4ece0 #c8553d #588b8b #2d3142 #f28f3b
#f1ead6 #d1322b #1f4e8c #f2b134 #222222
#1f3a34 #dad7cd #e9c46a #a3b18a #588157
#2b2240 #f2a1a1 #f6d6ad #8a5a9e #5b3a70
#e9f1f5 #1b4965 #62b6cb #ff6b5e #a9d6de
#3b1f1b #e07a3f #f2cc8f #a44a3f #d9bfa9
#f7f5f0 #1c1c1c #d6453d #6d6a65 #b9b4ab
#111214 #f2f2f0 #e4ff4f #8c8f94 #3b3e44
#f6e3dc #8a4f5b #c98b8b #6b705c #3f3a36
#e0a82e #2a2a2a #f7efdc #b4542d #6d5b2e
#0f4c4c #f2785c #f4f1de #81b29a #f2cc8f
#e8e1f2 #5a4b81 #f4b6a6 #a594c9 #2e2943
#20264d #ff8fa3 #ffd6ba #6d8dff #b8c0ff
#d8e2d5 #2f4a3c #e6b566 #7a9e7e #c9ada1
#7a1e2c #f3e3d3 #e3b04b #d9737b #2b0d12
"""

PALETTES = [[*map(ImageColor.getrgb, line.split())] for line in _COLOURS.splitlines()]
"""Colours that go together: the ground, then the inks, the most important one first."""


class Canvas:
    """A square to draw on with a palette; `random` decides, and is the same for a cover at every width."""

    def __init__(self, width: int, palette: Sequence[Colour], random: Random) -> None:
        self.ground, *self.inks = palette
        self.darkest, self.lightest = min(palette, key=sum), max(palette, key=sum)
        self.random = random
        self._width = width
        self._size = width * _SCALE
        self._image = Image.new("RGB", (self._size, self._size), self.ground)
        self._draw = ImageDraw.Draw(self._image)

    def between(self, low: float, high: float) -> float:
        """Return any number between two."""
        return self.random.uniform(low, high)

    def ink(self) -> Colour:
        """Return any of the inks."""
        return self.random.choice(self.inks)

    def fade(self, top: Colour, bottom: Colour) -> None:
        """Fill the canvas with a gradient."""
        mask = Image.linear_gradient("L").resize(self._image.size)
        self._image.paste(top, (0, 0, *self._image.size))
        self._image.paste(bottom, (0, 0), mask)

    def disc(self, centre: Point, radius: float, fill: Colour) -> None:
        """Draw a filled circle."""
        self._draw.ellipse(self._around(centre, radius), fill)

    def ring(self, centre: Point, radius: float, thickness: float, ink: Colour) -> None:
        """Draw a circle; `thickness` is inwards."""
        self._draw.ellipse(self._around(centre, radius), outline=ink, width=self._stroke(thickness))

    def pie(self, centre: Point, radius: float, angles: Point, fill: Colour) -> None:
        """Draw a sector between two angles, in degrees, clockwise from the right."""
        self._draw.pieslice(self._around(centre, radius), *angles, fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """Draw a filled rectangle."""
        self._draw.rectangle(self._points([(left, top), (right, bottom)]), fill)

    def shape(self, points: Iterable[Point], fill: Colour) -> None:
        """Draw a filled polygon."""
        self._draw.polygon(self._points(points), fill)

    def line(self, points: Iterable[Point], thickness: float, ink: Colour) -> None:
        """Draw a line through points."""
        self._draw.line(self._points(points), ink, self._stroke(thickness), joint="curve")

    def frame(self, margin: float, colour: Colour) -> None:
        """Cover the edges of the drawing."""
        far = 1 - margin
        for left, top, right, bottom in (0, 0, 1, margin), (0, far, 1, 1), (0, 0, margin, 1), (far, 0, 1, 1):
            self.box(left, top, right, bottom, colour)

    def finished(self) -> Image.Image:
        """Return the drawing at its width."""
        return self._image.resize((self._width, self._width), Image.Resampling.BOX)

    def _points(self, points: Iterable[Point]) -> list[Point]:
        return [(x * self._size, y * self._size) for x, y in points]

    def _around(self, centre: Point, radius: float) -> list[Point]:
        x, y = centre
        return self._points([(x - radius, y - radius), (x + radius, y + radius)])

    def _stroke(self, thickness: float) -> int:
        return max(1, round(thickness * self._size))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours; `share` is the other's, from 0 to 1."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
