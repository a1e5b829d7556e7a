"""Drawing: from a figure written as text to small pictures of it, no two alike.

A figure is a list of parts, each an ink, a shape and numbers, on a sheet of 100 by 100 with y downwards:

    tulip (petal leaf): B line 5 50,55 52,98; A blob 32,20 40,34 50,16 60,34 68,20 70,44 50,60 30,44

Shapes: `oval x,y rx,ry`, `box x,y x,y`, `poly x,y ...`, `blob x,y ...` (smooth closed outline),
`line width x,y ...`, `curve width x,y ...` (smooth line), `legs top foot width x ...` (strips that hang
from one bar).
Inks: A main colour and its shade a, B second colour and its shade b, C any vivid colour, K near black,
W near white, R red as lips, S the background.

Every picture draws its own inks from the figure's palettes, and its own pose, warp, background and light.
So the outline tells the class; a colour or the value of one pixel hardly does.
"""

import colorsys
from dataclasses import dataclass

import numpy as np

SHEET = 100
INKS = "ABCabKWRS"
OVERSAMPLING = 4  # figures are painted this much larger, then averaged: smooth edges

# Ranges of hue, saturation and value. Fur and leaf look natural; paint is anything that is sold in tins.
PALETTES = {
    "paint": ((0.0, 1.0), (0.35, 0.9), (0.3, 0.95)),
    "petal": ((0.75, 1.18), (0.5, 0.95), (0.5, 1.0)),
    "fruit": ((0.94, 1.28), (0.6, 0.95), (0.45, 0.95)),
    "ginger": ((0.02, 0.14), (0.6, 0.95), (0.55, 1.0)),
    "fur": ((0.03, 0.12), (0.1, 0.7), (0.2, 0.95)),
    "skin": ((0.04, 0.09), (0.25, 0.6), (0.35, 0.95)),
    "leaf": ((0.1, 0.4), (0.4, 0.8), (0.25, 0.75)),
    "water": ((0.45, 0.65), (0.3, 0.8), (0.3, 0.9)),
    "stone": ((0.0, 1.0), (0.0, 0.25), (0.3, 0.9)),
    "coal": ((0.0, 1.0), (0.0, 0.2), (0.05, 0.15)),
    "snow": ((0.0, 1.0), (0.0, 0.1), (0.85, 1.0)),
    "cloth": ((0.0, 1.0), (0.0, 0.0), (0.35, 1.0)),  # grey: the garments
}


@dataclass(frozen=True)
class Figure:
    """A drawing as polygons: `points` `(n, 2)` end to end, polygon `i` stopping before `ends[i]`."""

    palettes: tuple[str, str]
    inks: str
    points: np.ndarray
    ends: tuple[int, ...]


@dataclass(frozen=True)
class Style:
    """How the pictures of one data set vary.

    Attributes:
        size: width and height of a picture in pixels.
        scale: smallest and largest size of the figure, 1 fills the picture.
        shift: largest shift from the centre, a share of the picture.
        tilt: standard deviation of the rotation in degrees.
        warp: largest bend, a share of the picture.
        backdrop: paint a background; else it is black.
        weave: strength of a fine pattern of stripes, a share of the brightness.
        noise: standard deviation of the pixel noise, in grey levels of 255.
    """

    size: int
    scale: tuple[float, float]
    shift: float
    tilt: float
    warp: float
    backdrop: bool
    weave: float
    noise: float


def read_figures(text: str) -> dict[str, list[Figure]]:
    """Figures by name, from lines `name (palettes): part; part; ...`; a name met again adds a variant.

    A line that starts with a blank goes on with the figure above it, one that starts with # is a remark.

    Raises:
        ValueError: a part cannot be drawn; the message shows it and lists the words.

    Example:
        >>> figure = read_figures("flag (paint): K line 2 20,10 20,90; A box 20,10 70,40")["flag"][0]
        >>> figure.inks, figure.ends, figure.palettes
        ('KA', (4, 8), ('paint', 'paint'))
    """
    figures: dict[str, list[Figure]] = {}
    for entry in text.replace("\n ", " ").splitlines():
        if not entry or entry.startswith("#"):
            continue
        head, parts = entry.split(":")
        name, palettes = head.rstrip(")").split(" (")
        figures.setdefault(name, []).append(_figure(palettes.split(), parts.split(";")))
    return figures


def _figure(palettes: list[str], parts: list[str]) -> Figure:
    inks, polygons = zip(*map(_polygon, parts), strict=True)
    ends = np.cumsum([len(polygon) for polygon in polygons])
    return Figure((palettes[0], palettes[-1]), "".join(inks), np.concatenate(polygons), tuple(ends.tolist()))


def _polygon(part: str) -> tuple[str, np.ndarray]:
    try:
        ink, shape, *numbers = part.replace(",", " ").split()
        return INKS[INKS.index(ink)], SHAPES[shape](np.array(numbers, float))
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"cannot draw {part.strip()!r}: a part is an ink ({', '.join(INKS)}), "
            f"a shape ({', '.join(SHAPES)}) and the numbers of that shape."
        ) from error


def _oval(numbers: np.ndarray) -> np.ndarray:
    x, y, rx, ry = numbers
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def _box(numbers: np.ndarray) -> np.ndarray:
    left, top, right, bottom = numbers
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _poly(numbers: np.ndarray) -> np.ndarray:
    return numbers.reshape(-1, 2)


def _blob(numbers: np.ndarray) -> np.ndarray:
    points = numbers.reshape(-1, 2)
    return _spline(np.concatenate([points[-1:], points, points[:2]]))


def _line(numbers: np.ndarray) -> np.ndarray:
    return _ribbon(numbers[0], numbers[1:].reshape(-1, 2))


def _curve(numbers: np.ndarray) -> np.ndarray:
    points = numbers[1:].reshape(-1, 2)
    inner = _spline(np.concatenate([points[:1], points, points[-1:]]))
    return _ribbon(numbers[0], np.concatenate([inner, points[-1:]]))


def _legs(numbers: np.ndarray) -> np.ndarray:
    top, foot, width, *lefts = numbers
    return np.array([p for x in lefts for p in ((x, top), (x, foot), (x + width, foot), (x + width, top))])


def _spline(points: np.ndarray) -> np.ndarray:
    """Catmull-Rom curve from the second point up to, but without, the last but one."""
    before, start, end, after = (points[i : len(points) - 3 + i, np.newaxis] for i in range(4))
    t = np.linspace(0, 1, 4, endpoint=False)[:, np.newaxis]
    bends = (2 * before - 5 * start + 4 * end - after) * t**2 + (3 * start - before - 3 * end + after) * t**3
    return (start + (end - before) * t / 2 + bends / 2).reshape(-1, 2)


def _ribbon(width: float, points: np.ndarray) -> np.ndarray:
    """Outline of a line of this width through the points."""
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, np.newaxis]
    aside = along[:, ::-1] * (-width / 2, width / 2)
    return np.concatenate([points + aside, (points - aside)[::-1]])


SHAPES = {
    "oval": _oval, "box": _box, "poly": _poly, "blob": _blob, "line": _line, "curve": _curve, "legs": _legs,
}  # fmt: skip


def draw(variants: list[Figure], count: int, style: Style, rng: np.random.Generator) -> np.ndarray:
    """`count` pictures of one class.

    Args:
        variants: the figures to choose from, each as likely as the others.
        count: number of pictures.
        style: how much they vary.
        rng: where the variation comes from.

    Returns:
        uint8 `(count, size, size, 3)`.
    """
    choices = rng.integers(len(variants), size=count)
    pictures = np.stack([_picture(variants[i], style, rng) for i in choices])
    return _lit(pictures.astype(np.float32), style, rng)


def _picture(figure: Figure, style: Style, rng: np.random.Generator) -> np.ndarray:
    from PIL import Image, ImageDraw

    side = style.size * OVERSAMPLING
    inks = _inks(figure.palettes, style, rng)
    image = Image.new("RGB", (side, side), inks["S"])
    canvas = ImageDraw.Draw(image)
    if style.backdrop:
        _paint_backdrop(canvas, inks, side, rng)
    points = (_posed(figure.points / SHEET * 2 - 1, style, rng) + 1) / 2 * side
    start = 0
    for ink, end in zip(figure.inks, figure.ends, strict=True):
        canvas.polygon(points[start:end].ravel().tolist(), fill=inks[ink])
        start = end
    return np.asarray(image.reduce(OVERSAMPLING))


def _posed(points: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray:
    """Points of the square -1..1, bent along two waves, then mirrored, stretched, turned and shifted."""
    waves = style.warp * np.sin(2 * points[:, ::-1] + rng.uniform(0, 2 * np.pi, 2))
    angle = np.radians(style.tilt) * rng.standard_normal()
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    stretch = rng.uniform(*style.scale) * rng.uniform(0.9, 1.1, 2) * (rng.choice((-1, 1)), 1)
    return (points + waves) * stretch @ turn + 2 * rng.uniform(-style.shift, style.shift, 2)


def _inks(palettes: tuple[str, str], style: Style, rng: np.random.Generator) -> dict[str, tuple[int, ...]]:
    """RGB of every ink for one picture; the background's grey keeps clear of the main colour's."""
    main, second, vivid = (_shade(name, rng) for name in (*palettes, "paint"))
    second = (*second[:2], _far_from(main[2], rng))
    behind = (
        (rng.uniform(0.08, 0.65), rng.uniform(0.1, 0.5), _far_from(main[2], rng))
        if style.backdrop
        else (0, 0, 0)
    )
    colours = {
        "A": main,
        "B": second,
        "C": vivid,
        "K": (0, 0, 0.08),
        "W": (0, 0, 0.95),
        "R": (0.98, 0.6, 0.85),
        "S": behind,
    }
    colours |= {"a": (*main[:2], main[2] * 0.7), "b": (*second[:2], second[2] * 0.7)}
    return {letter: _rgb(colour) for letter, colour in colours.items()}


def _shade(palette: str, rng: np.random.Generator) -> tuple[float, ...]:
    return tuple(rng.uniform(*between) for between in PALETTES[palette])


def _far_from(value: float, rng: np.random.Generator) -> float:
    """A brightness in 0.2..1 about 0.3 or more away from `value`."""
    return 0.2 + (value - 0.2 + rng.uniform(0.3, 0.5)) % 0.8


def _rgb(colour: tuple[float, ...]) -> tuple[int, ...]:
    hue, saturation, value = colour
    return tuple(round(255 * channel) for channel in colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _paint_backdrop(canvas, inks: dict, side: int, rng: np.random.Generator) -> None:
    """Ground below a horizon, high or low, and a few things lying about in much the same colours."""
    sky = np.array(inks["S"])
    horizon, tilt = side * rng.uniform(0.4, 1.2), side * rng.uniform(-0.1, 0.1)
    ground = [0, horizon - tilt, side, horizon + tilt, side, 2 * side, 0, 2 * side]
    canvas.polygon(ground, fill=_near(sky, 50, rng))
    for x, y, width, height in rng.uniform((0, 0, 0.05, 0.05), (1, 1, 0.3, 0.3), (4, 4)) * side:
        canvas.ellipse((x - width, y - height, x + width, y + height), fill=_near(sky, 30, rng))


def _near(colour: np.ndarray, spread: float, rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(np.clip(colour + rng.uniform(-spread, spread, 3), 0, 255).astype(int).tolist())


def _lit(pictures: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray:
    """The pictures under a slanting light, with a fine weave and the noise of a sensor."""
    count, size = pictures.shape[:2]
    slope_x, slope_y, weave_x, weave_y, phase = rng.normal(0, (0.15, 0.15, 1.5, 1.5, 3), (count, 5)).T[
        ..., None, None
    ]
    y, x = np.mgrid[:size, :size]
    light = 1 + slope_x * (2 * x / size - 1) + slope_y * (2 * y / size - 1)
    light += style.weave * np.sin(weave_x * x + weave_y * y + phase)
    noise = rng.normal(0, style.noise, pictures.shape[:3])
    pictures = pictures * light[..., None] + noise[..., None]
    return np.clip(pictures, 0, 255).astype(np.uint8)
