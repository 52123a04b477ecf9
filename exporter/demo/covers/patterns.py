"""Abstract drawings for covers."""

import math
from itertools import pairwise, product

from exporter.demo.covers.canvas import Canvas, Point, mixed


def rings(canvas: Canvas) -> None:
    """Draw rings around a point off the centre."""
    centre = (canvas.between(0.3, 0.7), canvas.between(0.35, 0.75))
    count = canvas.random.randint(5, 9)
    for step in range(count):
        canvas.disc(centre, 0.95 * (1 - step / count), [canvas.ground, *canvas.inks[:3]][(step + 1) % 4])
    canvas.disc(centre, 0.04, canvas.inks[0])


def stripes(canvas: Canvas) -> None:
    """Draw upright stripes, narrow and wide."""
    x = canvas.between(0, 0.1)
    while x < 1:
        width = canvas.between(0.01, 0.05) if canvas.random.random() < 0.6 else canvas.between(0.08, 0.2)
        canvas.box(x, 0, x + width, 1, canvas.ink())
        x += width + canvas.between(0.01, 0.06)


def waves(canvas: Canvas) -> None:
    """Draw waves, one before the other."""
    lift, length = canvas.between(0.03, 0.07), canvas.between(0.7, 1.6)
    for row in range(9):
        shift = canvas.between(0, 6)
        line = [(x / 40, 0.1 + row / 9 + lift * math.sin(shift + x / 40 * 6.3 / length)) for x in range(41)]
        canvas.shape([(0, 1), *line, (1, 1)], mixed(canvas.inks[row % 3], canvas.ground, 0.05 * row))


def dots(canvas: Canvas) -> None:
    """Draw a half-tone: dots that swell towards one side."""
    count, towards = canvas.random.randint(7, 10), canvas.between(0, math.tau)
    ink = canvas.inks[0]
    for row, column in product(range(count), repeat=2):
        x, y = (column + 0.5) / count, (row + 0.5) / count
        along = 0.5 + ((x - 0.5) * math.cos(towards) + (y - 0.5) * math.sin(towards)) / 1.42
        canvas.disc((x, y), (0.08 + 0.55 * along) / count, ink)


def arcs(canvas: Canvas) -> None:
    """Draw tiles with quarters of circles that meet."""
    side = 1 / canvas.random.choice((3, 4, 5))
    for row, column in product(range(round(1 / side)), repeat=2):
        left, top = column * side, row * side
        canvas.box(left, top, left + side, top + side, canvas.random.choice((canvas.ground, canvas.inks[3])))
        turn = canvas.random.randrange(4)
        corner = (left + side * (turn in {1, 2}), top + side * (turn in {2, 3}))
        for share, fill in ((1, canvas.inks[0]), (0.66, canvas.inks[1]), (0.33, canvas.ground)):
            canvas.pie(corner, side * share, (90 * turn, 90 * turn + 90), fill)


def checker(canvas: Canvas) -> None:
    """Draw a chequered floor under an empty sky."""
    horizon, eye = canvas.between(0.38, 0.55), canvas.between(0.2, 0.8)
    canvas.fade(canvas.ground, mixed(canvas.ground, canvas.inks[0], 0.7))
    canvas.disc((1 - eye, horizon * 0.55), 0.13, canvas.inks[1])
    depths = [horizon + (1 - horizon) * 0.75**step for step in range(12)]
    edges = [-4 + step * 0.5 for step in range(20)]
    for row, (near, far) in enumerate(pairwise(depths)):
        for column, (left, right) in enumerate(pairwise(edges)):
            fill = canvas.inks[2] if (row + column) % 2 else canvas.inks[3]
            tile = [(left, near), (right, near), (right, far), (left, far)]
            canvas.shape([(eye + x * (y - horizon) / (1 - horizon), y) for x, y in tile], fill)


def bands(canvas: Canvas) -> None:
    """Draw bands of colour from corner to corner."""
    slope = canvas.random.choice((-1, 1)) * canvas.between(0.5, 1.2)
    y = canvas.between(-0.3, 0.2)
    for ink in canvas.random.sample(canvas.inks, 4):
        height = canvas.between(0.14, 0.28)
        ends = [(0, y), (1, y + slope), (1, y + slope + height), (0, y + height)]
        canvas.shape([(x, at + max(0, -slope)) for x, at in ends], ink)
        y += height + canvas.between(0, 0.04)


def moire(canvas: Canvas) -> None:
    """Draw two families of fine circles that cross."""
    for ink, middle in zip(canvas.inks, (canvas.between(0.2, 0.4), canvas.between(0.6, 0.8)), strict=False):
        centre = (middle, canvas.between(0.3, 0.7))
        for step in range(1, 15):
            canvas.ring(centre, step * 0.075, 0.025, ink)


def facets(canvas: Canvas) -> None:
    """Draw a sheet folded into triangles."""
    count = canvas.random.randint(4, 6)

    def jitter(cell: int) -> float:
        return cell / count + (canvas.between(-0.35, 0.35) / count if 0 < cell < count else 0)

    corners = {cell: (jitter(cell[0]), jitter(cell[1])) for cell in product(range(count + 1), repeat=2)}
    for column, row in product(range(count), repeat=2):
        a, b, c, d = (corners[column + x, row + y] for x, y in ((0, 0), (1, 0), (1, 1), (0, 1)))
        base = mixed(canvas.inks[0], canvas.inks[3], (column + row) / (2 * count))
        for triangle in ((a, b, c), (a, c, d)):
            canvas.shape(triangle, mixed(base, canvas.ground, canvas.between(0, 0.75)))


def maze(canvas: Canvas) -> None:
    """Draw a maze of slanted strokes."""
    count = canvas.random.randint(6, 9)
    for row, column in product(range(count), repeat=2):
        left, top, side = column / count, row / count, 1 / count
        rising = canvas.random.random() < 0.5
        ends = [(left, top + side * rising), (left + side, top + side * (not rising))]
        canvas.line(ends, 0.32 / count, canvas.inks[0] if row * 2 < count + column else canvas.inks[1])


def confetti(canvas: Canvas) -> None:
    """Draw scraps of paper thrown into the air."""
    for _ in range(110):
        x, y = canvas.between(0, 1), canvas.between(0, 1) ** 1.4
        angle, length = canvas.between(0, math.pi), canvas.between(0.015, 0.04)
        along = (length * math.cos(angle), length * math.sin(angle))
        ends: list[Point] = [(x - along[0], y - along[1]), (x + along[0], y + along[1])]
        canvas.line(ends, canvas.between(0.012, 0.03), canvas.ink())


def blocks(canvas: Canvas) -> None:
    """Draw letters of an alphabet that has only halves, quarters and squares."""
    count = canvas.random.choice((2, 3, 3, 4))
    side = 1 / count
    for row, column in product(range(count), repeat=2):
        left, top = column * side, row * side
        below, ink = canvas.random.sample([canvas.ground, *canvas.inks], 2)
        canvas.box(left, top, left + side, top + side, below)
        middle, turn = (left + side / 2, top + side / 2), 90 * canvas.random.randrange(4)
        match canvas.random.randrange(4):
            case 0:
                canvas.disc(middle, side * 0.5, ink)
            case 1:
                canvas.pie(middle, side * 0.5, (turn, turn + 180), ink)
            case 2:
                canvas.shape([(left, top), (left + side, top), (left, top + side)], ink)
            case _:
                canvas.ring(middle, side * 0.5, side * 0.2, ink)


ALL = (rings, stripes, waves, dots, arcs, checker, bands, moire, facets, maze, confetti, blocks)
