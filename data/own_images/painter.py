"""A small painter: parts of a figure in one of five hands, on one of a dozen grounds. NumPy and Pillow only.

Everything is painted `FINE` times larger and averaged at the end, so that edges are smooth.
"""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

FINE = 3
COLOURS = {
    "k": "#1d1b1e", "w": "#f7f5ef", "glass": "#9cc3d9", "tyre": "#26262a", "metal": "#b9bec6", "lamp": "#fff3c2",
    "red": "#c8323a", "pink": "#e59aa0", "yellow": "#eebf3a", "orange": "#e8812e", "blue": "#3a6fb5",
    "green": "#3f8f5a", "wood": "#8a5f3a", "leaf": "#5f9a48", "leg": "#c77b4a", "iris": "#b9c94a", "brown": "#6e4325",
    "ice": "#8fc4e8", "pad": "#4f9d5c", "deep": "#2f7040", "whisker": "#f4efe6",
}  # fmt: skip


@dataclass
class Part:
    """One part of a figure: the name of its colour and its polygons, which overlap to one shape."""

    colour: str
    polygons: list[np.ndarray]


@dataclass
class Sheet:
    """What is painted on: float RGB in 0..255, `FINE` times larger than the picture."""

    width: int
    height: int
    rng: np.random.Generator
    pixels: np.ndarray = field(init=False)

    def __post_init__(self):
        self.pixels = np.full((self.height * FINE, self.width * FINE, 3), 255.0, np.float32)

    @property
    def size(self):
        return self.width * FINE, self.height * FINE

    def paint(self, polygons, colour, opacity=1.0, blur=0.0):
        """Paint polygons in one colour; the blur in pixels of the picture."""
        spot = Spot(self, polygons, 3 * blur)
        if spot.mask.size:  # not all of it beyond the edge
            spot.lay(spot.blurred(blur) if blur else spot.mask, colour, opacity)

    def noise(self, grain):
        """Smooth noise in -1..1 or so; the grain is the size of its spots in pixels of the picture."""
        width, height = (max(2, round(side / grain)) for side in (self.width, self.height))
        spots = self.rng.normal(0, 1, (height, width)).astype(np.float32)
        return np.asarray(Image.fromarray(spots).resize(self.size, Image.Resampling.BICUBIC))

    def streaks(self, length=14, tilt=20):
        """Noise drawn out in one direction, as hair or brush strokes are."""
        long = max(self.size)
        spots = self.rng.normal(0, 1, (long // FINE, long // (FINE * length))).astype(np.float32)
        image = Image.fromarray(spots).resize((2 * long, 2 * long), Image.Resampling.BICUBIC).rotate(tilt)
        left, top = ((2 * long - side) // 2 for side in self.size)
        return np.asarray(image)[top : top + self.size[1], left : left + self.size[0]]

    def finished(self, sensor=0.0, blur=0.0):
        """The picture: averaged down, blurred as by a lens, with the noise of a sensor."""
        image = Image.fromarray(np.clip(self.pixels, 0, 255).astype(np.uint8)).reduce(FINE)
        if blur:
            image = image.filter(ImageFilter.GaussianBlur(blur))
        if not sensor:
            return image
        grain = self.rng.normal(0, sensor, (self.height, self.width, 1))
        return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


class Spot:
    """The part of a sheet around some polygons, with the mask of them: nothing beyond it is touched.

    Attributes:
        mask: float 0..1, `(rows, columns)` of this part.
        share: of the whole sheet that the polygons cover.
    """

    def __init__(self, sheet, polygons, margin=12.0):
        points = np.concatenate(polygons) * FINE
        margin = np.ceil(margin * FINE) + 2
        limits = np.array(sheet.size)
        self.start = np.clip(np.floor(points.min(axis=0) - margin), 0, limits).astype(int)
        self.stop = np.clip(np.ceil(points.max(axis=0) + margin), self.start + 1, limits + 1).astype(int)
        self.pixels = self.cut(sheet.pixels)
        image = Image.new("L", self.pixels.shape[1::-1])
        canvas = ImageDraw.Draw(image)
        for polygon in polygons if image.width and image.height else ():
            canvas.polygon([tuple(point) for point in polygon * FINE - self.start], fill=255)
        self.image = image
        self.mask = np.asarray(image, np.float32) / 255
        self.share = self.mask.sum() / (sheet.size[0] * sheet.size[1])

    def cut(self, field):
        """This part of an array that is as large as the sheet."""
        return field[self.start[1] : self.stop[1], self.start[0] : self.stop[0]]

    def lay(self, mask, colour, opacity=1.0):
        """Paint a colour, or an array of colours, through a mask of this part."""
        self.pixels += (np.asarray(colour, np.float32) - self.pixels) * (mask * opacity)[..., None]

    def blurred(self, radius):
        """The mask out of focus, the radius in pixels of the picture."""
        return np.asarray(self.image.filter(ImageFilter.GaussianBlur(float(radius) * FINE)), np.float32) / 255

    def edge(self, width):
        """The outline, half inside and half outside."""
        inside = self.blurred(width * 0.4)
        return np.clip(2.4 * (1 - np.abs(2 * inside - 1)) - 0.5, 0, 1)

    def moved(self, right, down, mask=None):
        """A mask moved by pixels of the sheet; nothing comes in from outside."""
        mask = self.mask if mask is None else mask
        moved = np.zeros_like(mask)
        rows, columns = mask.shape
        to = (slice(max(0, down), rows + min(0, down)), slice(max(0, right), columns + min(0, right)))
        of = (slice(max(0, -down), rows - max(0, down)), slice(max(0, -right), columns - max(0, right)))
        moved[to] = mask[of]
        return moved

    def relief(self, radius):
        """How much each place of a rounded shape looks to the upper left, about -1 to 1."""
        radius = max(2.0, radius)
        down, across = np.gradient(self.blurred(radius / FINE))
        return np.clip((0.6 * across + 0.8 * down) * radius * 1.6, -1, 1)


def rgb(colour):
    """RGB of `#rrggbb`, or of a name, as floats."""
    text = COLOURS.get(colour, colour)
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def mixed(first, second, share):
    return rgb(first) * (1 - share) + rgb(second) * share


def palette(body, accent="#c8323a", second="#e9e2d0"):
    """The colours of a drawing, by the names that figures use."""
    colours = {name: rgb(name) for name in COLOURS}
    return colours | {
        "body": rgb(body), "far": mixed(body, "#151020", 0.33), "dark": mixed(body, "#120d16", 0.58),
        "light": mixed(body, "#fffaf0", 0.55), "accent": rgb(accent), "second": rgb(second),
    }  # fmt: skip


def flat(sheet, parts, colours):
    """Plain colours; the lower right edge of each part a shade darker, as in a poster."""
    shift = round(0.012 * max(sheet.size))
    for part in parts:
        spot, colour = Spot(sheet, part.polygons), colours[part.colour]
        spot.lay(spot.mask, colour)
        if spot.share > 0.004:
            spot.lay(np.clip(spot.mask - spot.moved(-shift, -shift), 0, 1), colour * 0.78)


def soft(sheet, parts, colours, fur=0.0):
    """Light from the upper left on rounded parts, hair or brush strokes, a shadow where parts meet."""
    strokes = sheet.streaks(tilt=25) if fur else None
    for part in parts:
        spot, colour = Spot(sheet, part.polygons), colours[part.colour]
        if spot.share > 0.003:
            spot.lay(spot.moved(4, 6, spot.blurred(2.5)), (20, 16, 24), 0.28)
        if spot.share > 0.0015:
            light = spot.relief(0.055 * np.sqrt(spot.share) * max(sheet.size))
            colour = colour * (1.1 - 0.28 * _slope(spot, part) + 0.5 * light)[..., None]
        if fur and spot.share > 0.003:
            colour = colour + (spot.cut(strokes) * fur * 38)[..., None]
        spot.lay(spot.blurred(0.6), np.clip(colour, 0, 255))


def ink(sheet, parts, colours, wash=0.8, pen="#2a2430"):
    """A pen's outline, a little unsteady, and watercolour that does not quite keep to it."""
    blots, paper = sheet.noise(26), rgb("#faf6ec")
    for part in parts:
        spot, colour = Spot(sheet, _unsteady(part.polygons, sheet)), colours[part.colour]
        strength = 1.0 if colour.mean() < 70 else wash
        tint = colour * strength + paper * (1 - strength)
        spot.lay(spot.mask, paper)
        spot.lay(spot.moved(3, 2, spot.blurred(1.2)), tint, 0.55)
        spot.lay(spot.mask, tint + (spot.cut(blots) * 13)[..., None], 0.75 + 0.25 * (strength == 1))
        if spot.share > 0.0009:
            spot.lay(spot.edge(1.5), rgb(pen), 0.92)


def chalk(sheet, parts, colours):
    """Chalk on a board: bright outlines and rubbed areas, both broken by the board's grain."""
    grain = np.clip(0.72 + 0.34 * sheet.noise(1.1) + 0.15 * sheet.noise(3), 0, 1)
    strokes = np.clip(0.72 + 0.3 * sheet.streaks(20, 40), 0, 1)
    board = sheet.pixels.copy()
    for part in parts:
        spot, colour = Spot(sheet, part.polygons), colours[part.colour]
        dark = colour.mean() < 70
        colour = rgb("#eeece4") if dark else colour * 0.7 + 85
        spot.lay(spot.mask, spot.cut(board))
        small = spot.share < 0.0012
        filled = 0.95 if small else 0.0 if dark and spot.share > 0.002 else 0.8
        spot.lay(spot.mask * spot.cut(grain if small else grain * strokes), colour, filled)
        if not small:
            spot.lay(spot.edge(2.3) * spot.cut(grain), np.minimum(colour * 0.5 + 125, 255))


def crayon(sheet, parts, colours):
    """Wax crayon on paper: strokes in one direction with paper between them, the outline pressed harder."""
    wax = np.clip(0.74 + 0.3 * sheet.streaks(16, 50) + 0.16 * sheet.noise(1.3), 0.1, 1)
    for part in parts:
        spot, colour = Spot(sheet, _unsteady(part.polygons, sheet)), colours[part.colour]
        spot.lay(spot.mask, (246, 241, 228), 0.8)
        pressed = spot.cut(wax) if spot.share > 0.0012 else np.clip(spot.cut(wax) + 0.3, 0, 1)
        spot.lay(spot.mask * pressed, colour)
        if spot.share > 0.0012:
            spot.lay(spot.edge(1.7) * np.clip(spot.cut(wax) + 0.2, 0, 1), colour * 0.5)


STYLES = {"flat": flat, "soft": soft, "ink": ink, "chalk": chalk, "crayon": crayon}


def _slope(spot, part):
    """0 at the top of a part, 1 at its bottom."""
    heights = np.concatenate([points[:, 1] for points in part.polygons]) * FINE
    down = np.arange(spot.start[1], spot.start[1] + len(spot.mask), dtype=np.float32)[:, None]
    return np.clip((down - heights.min()) / max(np.ptp(heights), 1), 0, 1)


def _unsteady(polygons, sheet):
    """Points moved by a fraction of a pixel or two, slowly along the line."""
    phase = sheet.rng.uniform(0, 6.3, 2)
    size = 0.004 * sheet.height
    return [points + size * np.sin(points[:, ::-1] * (19 / sheet.height) + phase) for points in polygons]
