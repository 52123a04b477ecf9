"""Drawings of things for covers."""

import math

from exporter.demo.covers.canvas import Canvas, Point, mixed


def mountains(canvas: Canvas) -> None:
    """Draw ridges behind ridges, under a sun."""
    canvas.fade(mixed(canvas.ground, canvas.inks[0], 0.25), mixed(canvas.ground, canvas.inks[1], 0.8))
    sun = (canvas.between(0.25, 0.75), canvas.between(0.22, 0.4))
    canvas.disc(sun, canvas.between(0.08, 0.15), canvas.inks[1])
    haze = mixed(canvas.ground, canvas.inks[0], 0.45)
    for layer in range(4):
        colour = mixed(haze, canvas.darkest, 0.1 + 0.28 * layer)
        canvas.shape(_ridge(canvas, 0.42 + 0.15 * layer), colour)


def _ridge(canvas: Canvas, height: float) -> list[Point]:
    """Make a ridge's outline, around this height."""
    heights = [height + canvas.between(-0.16, 0.16) for _ in range(7)]
    return [(0, 1), *((place / 6, at) for place, at in enumerate(heights)), (1, 1)]


def sea(canvas: Canvas) -> None:
    """Draw a sun that sets into a sea, and its light on the water."""
    horizon, x = canvas.between(0.52, 0.62), canvas.between(0.35, 0.65)
    canvas.fade(canvas.ground, mixed(canvas.ground, canvas.inks[0], 0.85))
    canvas.disc((x, horizon - 0.02), canvas.between(0.17, 0.27), canvas.inks[1])
    canvas.box(0, horizon, 1, 1, mixed(canvas.inks[3], canvas.ground, 0.35))
    for row in range(9):
        y, reach = horizon + 0.03 + row * 0.047, canvas.between(0.08, 0.24)
        canvas.line([(x - reach, y), (x + reach * canvas.between(0.6, 1), y)], 0.014, canvas.inks[1])


def skyline(canvas: Canvas) -> None:
    """Draw a town at night, with some windows lit."""
    canvas.fade(canvas.ground, mixed(canvas.ground, canvas.inks[0], 0.6))
    canvas.disc((canvas.between(0.2, 0.8), 0.22), 0.09, canvas.inks[1])
    left = -0.02
    while left < 1:
        width, top = canvas.between(0.1, 0.2), canvas.between(0.35, 0.75)
        wall = mixed(canvas.darkest, canvas.inks[3], canvas.between(0.05, 0.45))
        canvas.box(left, top, left + width, 1, wall)
        for place in range(round((1 - top) / 0.055) * 3):
            x, y = left + width * (0.16 + 0.27 * (place % 3)), top + 0.03 + 0.055 * (place // 3)
            if canvas.random.random() < 0.45:
                canvas.box(x, y, x + width * 0.14, y + 0.025, canvas.inks[1])
        left += width + canvas.random.choice((0, 0, 0.02))


def leaves(canvas: Canvas) -> None:
    """Draw a twig with pairs of leaves."""
    lean, pairs = canvas.between(-0.14, 0.14), canvas.random.randint(4, 8)
    stem = [(0.5 - lean + 2 * lean * step / pairs, 1 - step / pairs * 0.84) for step in range(pairs + 1)]
    canvas.line(stem, 0.014, canvas.inks[0])
    for step, (x, y) in enumerate(stem[1:], 1):
        length, angle = 0.36 - 0.22 * step / pairs, canvas.between(0.7, 1.2)
        for side in (-1, 1):
            leaf = _leaf((x, y), length, side * angle - math.pi / 2)
            canvas.shape(leaf, canvas.inks[(step + side) % 3])


def _leaf(base: Point, length: float, direction: float) -> list[Point]:
    """Make a leaf's outline, from its base to its tip and back."""
    outline = []
    for place in range(13):
        along = place / 6 if place <= 6 else (12 - place) / 6
        across = 0.2 * math.sin(math.pi * along) * (1 if place <= 6 else -1)
        x, y = length * along, length * across
        cosine, sine = math.cos(direction), math.sin(direction)
        outline.append((base[0] + x * cosine - y * sine, base[1] + x * sine + y * cosine))
    return outline


def planets(canvas: Canvas) -> None:
    """Draw a large planet, its moon, and stars."""
    canvas.fade(mixed(canvas.darkest, (0, 0, 0), 0.5), mixed(canvas.darkest, canvas.inks[0], 0.2))
    for _ in range(60):
        canvas.disc(
            (canvas.between(0, 1), canvas.between(0, 1)), canvas.between(0.002, 0.006), canvas.lightest
        )
    x, y, radius = canvas.between(0.3, 0.7), canvas.between(0.45, 0.65), canvas.between(0.2, 0.32)
    for step in range(6):
        shade = mixed(mixed(canvas.inks[1], canvas.darkest, 0.45), canvas.inks[1], step / 5)
        canvas.disc((x - 0.02 * step, y - 0.02 * step), radius - 0.03 * step, shade)
    canvas.disc((x + radius * 1.1, y - radius * 1.2), 0.05, canvas.inks[2])


def torn_paper(canvas: Canvas) -> None:
    """Draw layers of torn paper, each with its white edge."""
    paper = (244, 240, 232)
    for layer, ink in enumerate(canvas.inks):
        height = 0.16 + 0.21 * layer
        slope = canvas.between(-0.12, 0.12)
        edge = [(x / 30, height + slope * x / 30 + canvas.between(-0.012, 0.012)) for x in range(31)]
        canvas.shape([(0, 1), *((x, y - canvas.between(0.012, 0.03)) for x, y in edge), (1, 1)], paper)
        canvas.shape([(0, 1), *edge, (1, 1)], ink)


def brush(canvas: Canvas) -> None:
    """Draw a few strokes of a wide, dry brush."""
    top, bend = canvas.between(0.08, 0.2), canvas.between(-0.2, 0.2)
    for stroke, ink in enumerate(canvas.random.sample(canvas.inks, 3)):
        start, end = canvas.between(0.04, 0.25), canvas.between(0.75, 0.96)
        for hair in range(24):
            left, right = start + canvas.between(0, 0.06), end - canvas.between(0, 0.12)
            xs = [left + (right - left) * step / 10 for step in range(11)]
            y = top + 0.27 * stroke + 0.009 * hair
            line = [(x, y + bend * (math.sin(math.pi * x) - 0.5)) for x in xs]
            canvas.line(
                line, canvas.between(0.008, 0.016), mixed(ink, canvas.ground, canvas.between(0, 0.22))
            )


_SKINS = ((240, 206, 178), (203, 142, 104), (141, 88, 58), (94, 60, 44))


def portrait(canvas: Canvas) -> None:
    """Draw somebody's head and shoulders before a disc."""
    skin, (backdrop, coat, hair) = canvas.random.choice(_SKINS), canvas.random.sample(canvas.inks, 3)
    canvas.disc((0.5, 0.45), canvas.between(0.36, 0.44), backdrop)
    size = canvas.between(0.18, 0.27)
    canvas.disc((0.5, 0.4), size, hair)
    canvas.box(0.5 - size, 0.4, 0.5 + size, canvas.between(0.4, 0.72), hair)
    canvas.disc((0.5, 1.12), 0.4, coat)
    canvas.box(0.44, 0.5, 0.56, 0.74, mixed(skin, (0, 0, 0), 0.15))
    canvas.disc((0.5, 0.74), 0.06, mixed(skin, (0, 0, 0), 0.15))
    canvas.disc((0.5, 0.46), 0.155, skin)
    canvas.pie((0.5, 0.4), 0.17, (180, 360 - canvas.random.choice((0, 0, 60))), hair)


ALL = (mountains, sea, skyline, leaves, planets, torn_paper, brush, portrait)
