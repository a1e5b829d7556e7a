"""VGG-16, layer by layer: its blocks of convolutions, the sizes for images of 224 and of 32 pixels, its head.

After Simonyan & Zisserman, arXiv:1409.1556, configuration D; `vgg19.py` draws configuration E with the same means.
"""

from itertools import pairwise
from math import sqrt

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    INK,
    LIGHT_GREY,
    LINE,
    ORANGE,
    TEAL,
    canvas,
    main,
    shade,
    text,
)

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
DENSE = (("fc1", 4096, "ReLU"), ("fc2", 4096, "ReLU"), ("predictions", 1000, "softmax"))
IMAGES = (224, 32)  # pixels
MIDDLE = 24.5  # height at which everything stands
COLUMNS = (18.0, 30.8, 43.5, 56.1, 68.5)  # where the blocks stand, their middles
HEAD = (77.3, 83.0, 88.1, 94.6)  # Flatten and the Dense layers
THICKNESS = {64: 1.55, 128: 1.65, 256: 1.85, 512: 2.0}  # of a layer with so many filters
POOL = 1.55
SMALL = FONT_SIZE - 2


def sizes(pixels: int, blocks: tuple = BLOCKS) -> list[tuple[int, int]]:
    """The width of the maps in each block: of its convolutions ('same' keeps it), and after its pooling."""
    return [(pixels // 2**i, pixels // 2 ** (i + 1)) for i in range(len(blocks))]


def side(width: int) -> float:
    """How high a map of this width is drawn: by its square root, so that 7 can still be seen beside 224."""
    return 1.72 * sqrt(width)


def draw_slab(axes: Axes, x: float, height: float, thickness: float, colour: str, strength: float) -> None:
    """A layer's maps as a slab seen from the upper right, its front's left edge at `x`."""
    top, right, back = MIDDLE - height / 2, x + thickness, (0.2 * height, -0.12 * height)
    edge = {"edgecolor": colour, "linewidth": 0.8, "joinstyle": "round"}
    lid = [(x, top), (x + back[0], top + back[1]), (right + back[0], top + back[1]), (right, top)]
    flank = [(right, top), (right + back[0], top + back[1])]
    flank += [(right + back[0], top + height + back[1]), (right, top + height)]
    axes.add_patch(Polygon(lid, facecolor=shade(colour, strength / 2), **edge))
    axes.add_patch(Polygon(flank, facecolor=shade(colour, min(strength + 0.2, 1)), **edge))
    axes.add_patch(Rectangle((x, top), thickness, height, facecolor=shade(colour, strength), **edge))


def draw_block(axes: Axes, centre: float, filters: tuple, widths: tuple[int, int], new: tuple) -> None:
    """A block's convolutions, those at the places `new` dark, and its pooling, around `centre`."""
    thickness = THICKNESS[filters[0]]
    x = centre - (len(filters) * thickness + POOL + 0.2 * side(widths[1])) / 2
    for i in range(len(filters)):
        strength, ink = (0.85, "white") if i in new else (0.2, INK)
        draw_slab(axes, x, side(widths[0]), thickness, BLUE, strength)
        text(axes, x + thickness / 2, MIDDLE, f"conv{i + 1}", rotation=90, fontsize=SMALL - 0.5, color=ink)
        x += thickness
    draw_slab(axes, x, side(widths[1]), POOL, ORANGE, 0.35)
    text(axes, x + POOL / 2, MIDDLE, "pool", rotation=90, fontsize=SMALL - 1)


def draw_image(axes: Axes) -> None:
    """The image: three planes, one a colour."""
    for i, colour in enumerate((ORANGE, TEAL, BLUE)):
        draw_slab(axes, 2.6 + 0.7 * i, side(IMAGES[0]), 0.7, colour, 0.3 if i < 2 else 0.15)


def draw_head(axes: Axes) -> None:
    """Flatten and the Dense layers as columns of units, each fully connected to the next."""
    columns = list(zip(HEAD, (25.5, 20, 20, 11), strict=True))  # x, height
    for (a, high), (b, low) in pairwise(columns):
        fan = [(a, MIDDLE - high / 2), (b, MIDDLE - low / 2), (b, MIDDLE + low / 2), (a, MIDDLE + high / 2)]
        axes.add_patch(Polygon(fan, facecolor=LIGHT_GREY, edgecolor="none"))
    for (x, height), name in zip(columns, ("Flatten", *(name for name, _, _ in DENSE)), strict=True):
        colour = GREY if name == "Flatten" else TEAL
        box = {"facecolor": shade(colour, 0.3), "edgecolor": colour, "linewidth": 1.2}
        axes.add_patch(Rectangle((x - 0.85, MIDDLE - height / 2), 1.7, height, **box))
        text(axes, x, MIDDLE, name, rotation=90, fontsize=SMALL - 0.5)


def draw_table(axes: Axes, blocks: tuple) -> None:
    """Under each block its filters and its sizes, for both sizes of image."""
    bold = {"weight": "bold"}
    for i, (x, filters) in enumerate(zip(COLUMNS, blocks, strict=True), start=1):
        text(axes, x, 42.6, f"block{i}", **bold)
        text(axes, x, 45.5, f"{len(filters)} × {filters[0]}", color=BLUE, **bold)
    for x, (_, _, activation) in zip(HEAD[1:], DENSE, strict=True):
        text(axes, x, 45.5, activation, color=TEAL, fontsize=SMALL, **bold)
    for y, pixels in zip((49.8, 56.6), IMAGES, strict=True):
        axes.plot([1.5, 98.5], [y - 2.2] * 2, color=LINE, linewidth=0.8)
        text(axes, 6.2, y + 1.3, f"{pixels}×{pixels}×3", fontsize=SMALL, **bold)
        widths = sizes(pixels, blocks)
        for x, filters, (convolved, pooled) in zip(COLUMNS, blocks, widths, strict=True):
            text(axes, x, y, f"{convolved}×{convolved}×{filters[0]}", fontsize=SMALL, color=BLUE)
            text(axes, x, y + 2.6, f"{pooled}×{pooled}×{filters[0]}", fontsize=SMALL, color=ORANGE, **bold)
        units = [widths[-1][1] ** 2 * blocks[-1][-1], *(units for _, units, _ in DENSE)]
        for i, (x, count) in enumerate(zip(HEAD, units, strict=True)):
            text(axes, x, y + 1.3, str(count), color=TEAL if i else INK, fontsize=SMALL, **bold)


def draw_legend(axes: Axes, name: str, blocks: tuple) -> None:
    """The name and what its number counts, and which colour is which layer."""
    convolutions = sum(map(len, blocks))
    text(axes, 1.5, 3.2, name, ha="left", weight="bold", fontsize=FONT_SIZE + 6)
    count = f"{convolutions} conv + {len(DENSE)} Dense"
    text(axes, 14.5, 3.4, count, ha="left", fontsize=FONT_SIZE + 1, color=GREY)
    entries = [(45, BLUE, "conv 3×3, 'same', ReLU"), (71, ORANGE, "max 2×2"), (86, TEAL, "Dense")]
    for x, colour, words in entries:
        box = {"facecolor": shade(colour, 0.35), "edgecolor": colour}
        axes.add_patch(Rectangle((x, 2.5), 1.8, 1.8, **box))
        text(axes, x + 2.8, 3.4, words, ha="left")


def draw_vgg(name: str, blocks: tuple, new: tuple = ()) -> Figure:
    """The whole net; `new` says at which places of the blocks' convolutions stand dark."""
    figure, axes = canvas(100, 62)
    draw_legend(axes, name, blocks)
    draw_image(axes)
    for x, filters, widths in zip(COLUMNS, blocks, sizes(IMAGES[0], blocks), strict=True):
        draw_block(axes, x, filters, widths, new)
    draw_head(axes)
    draw_table(axes, blocks)
    return figure


def draw() -> Figure:
    return draw_vgg("VGG-16", BLOCKS)


if __name__ == "__main__":
    main(draw, __file__)
