"""How much of the image one unit sees, layer by layer: conv 3x3, pool 2x2, conv 3x3, pool 2x2."""

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
    frame,
    main,
    seven,
    shade,
    text,
)

LAYERS = [
    ("conv 3×3", 3, 1),
    ("max 2×2", 2, 2),
    ("conv 3×3", 3, 1),
    ("max 2×2", 2, 2),
]  # name, kernel, stride
COLOURS = [GREY, BLUE, TEAL, ORANGE, INK]  # the image, then each layer
CHAIN = [2, 1, 0, 0]  # of the units that the last one sees: the one drawn after each layer
CORNER = (4, 12)  # pixel at which the last unit's field begins: row 1, column 3 of its map, 4 pixels apart
SIDE_X, SIDE_Y, CELL, STEP = (
    54.5,
    37.5,
    2.7,
    8.2,
)  # side view: corner of the first pixel, size, layer distance


def receptive_fields() -> list[tuple[int, int]]:
    """`(r, j)` for the image and after each layer: the field's width, and the pixels between two units."""
    fields = [(1, 1)]
    for _, kernel, stride in LAYERS:
        r, j = fields[-1]
        fields.append((r + (kernel - 1) * j, j * stride))
    return fields


def draw_image(axes: Axes, x: float, y: float, cell: float) -> None:
    """A 28x28 digit with the nested fields of one unit of each layer, the largest field outermost."""
    axes.imshow(1 - 0.45 * seven(), cmap="gray", vmin=0, vmax=1, extent=(x, x + 28 * cell, y + 28 * cell, y))
    for i in range(29):
        axes.plot([x, x + 28 * cell], [y + i * cell] * 2, color=LINE, linewidth=0.5)
        axes.plot([x + i * cell] * 2, [y, y + 28 * cell], color=LINE, linewidth=0.5)
    fields = receptive_fields()
    for layer in range(len(LAYERS), 0, -1):
        r, j = fields[layer]
        row, column = (corner + CHAIN[layer - 1] * j for corner in CORNER)
        inset = 0.22 * (len(LAYERS) - layer)  # so that shared edges stay side by side
        side = r * cell - 2 * inset
        frame(axes, x + column * cell + inset, y + row * cell + inset, side, side, COLOURS[layer])
    for layer in range(1, len(LAYERS) + 1):
        r = fields[layer][0]
        text(
            axes,
            x + 28 * cell * (layer - 0.5) / 4,
            y + 28 * cell + 3,
            f"{r}×{r}",
            color=COLOURS[layer],
            weight="bold",
        )


def place(layer: int, unit: int) -> tuple[float, float]:
    """Top left corner of a unit in the side view: it stands above the middle of the pixels it sees."""
    r, j = receptive_fields()[layer]
    return SIDE_X + (unit * j + (r - 1) / 2) * CELL, SIDE_Y - layer * STEP


def draw_cone(axes: Axes, layer: int, unit: int) -> None:
    """The fan from a unit down to the `kernel` units of the layer below that it looks at."""
    _, kernel, stride = LAYERS[layer - 1]
    left, top = place(layer, unit)
    first, floor = place(layer - 1, unit * stride)
    last, _ = place(layer - 1, unit * stride + kernel - 1)
    corners = [(left, top + CELL), (left + CELL, top + CELL), (last + CELL, floor), (first, floor)]
    axes.add_patch(Polygon(corners, facecolor=shade(GREY, 0.18), edgecolor=GREY, linewidth=0.8))


def draw_side_view(axes: Axes) -> None:
    """A row of the image and the units above it that lead to one last unit."""
    fields = receptive_fields()
    width = fields[-1][0]
    for layer, (r, j) in enumerate(fields):
        for unit in range((width - r) // j + 1):
            chosen = layer > 0 and unit == CHAIN[layer - 1]
            face = COLOURS[layer] if chosen else LIGHT_GREY
            box = {"facecolor": face, "edgecolor": GREY, "linewidth": 0.8, "zorder": 3}
            axes.add_patch(Rectangle(place(layer, unit), CELL, CELL, **box))
            if chosen:
                draw_cone(axes, layer, unit)
        y = SIDE_Y - layer * STEP + CELL / 2
        name = LAYERS[layer - 1][0] if layer else "28×28×1"
        text(axes, SIDE_X - 1.5, y, name, ha="right", color=COLOURS[layer])
        text(axes, SIDE_X + width * CELL + 3, y, f"$r$ = {r}", ha="left", color=COLOURS[layer], weight="bold")
        text(axes, SIDE_X + width * CELL + 11.5, y, f"$j$ = {j}", ha="left", color=GREY)


def draw() -> Figure:
    figure, axes = canvas(100, 51)
    draw_image(axes, 3, 4, 1.4)
    draw_side_view(axes)
    rule = r"$r \leftarrow r + (k - 1) \cdot j$          $j \leftarrow s \cdot j$"
    text(axes, SIDE_X + 13.5, 46.2, rule, fontsize=FONT_SIZE + 1)
    return figure


if __name__ == "__main__":
    main(draw, __file__)
