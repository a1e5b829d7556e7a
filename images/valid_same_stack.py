"""The sizes of the maps through four convolutions, each with a max pooling: padding 'valid' and 'same'."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    INK,
    LIGHT_BLUE,
    LIGHT_GREY,
    LIGHT_TEAL,
    ORANGE,
    TEAL,
    arrow,
    canvas,
    cells,
    frame,
    main,
    text,
)

SIZE = 32  # of the image
LAYERS = [("conv", 5), ("max", 2), ("conv", 3), ("max", 2), ("conv", 3), ("max", 2), ("conv", 3), ("max", 2)]
SCALE = 0.375  # units per pixel
LEFT, GAP = 2, 5.9  # the first square's left edge, the room for an arrow
COLOURS = {"valid": (BLUE, LIGHT_BLUE), "same": (TEAL, LIGHT_TEAL)}


def sizes(padding: str) -> list[int]:
    """The width of the image and of the map after each layer, until one is 0: its kernel did not fit."""
    widths = [SIZE]
    for layer, k in LAYERS:
        n = widths[-1]
        if layer == "max":
            widths.append(n // k)
        else:
            widths.append(n if padding == "same" else max(n - k + 1, 0))
        if not widths[-1]:
            break
    return widths


def centres() -> list[float]:
    """Where the squares stand, left to right: those of 'same' fill the width, 'valid' stands above them."""
    widths = [n * SCALE for n in sizes("same")]
    return [LEFT + sum(widths[:i]) + GAP * i + width / 2 for i, width in enumerate(widths)]


def draw_map(axes: Axes, x: float, y: float, n: int, stage: int, padding: str) -> None:
    """A map of `n` pixels centred on `(x, y)`, the next kernel in its corner, its size below."""
    colour, fill = COLOURS[padding] if stage else (GREY, LIGHT_GREY)
    side = n * SCALE
    frame(axes, x - side / 2, y - side / 2, side, side, colour, facecolor=fill, linewidth=1.4)
    if stage < len(LAYERS) and LAYERS[stage][0] == "conv":
        k = LAYERS[stage][1] * SCALE
        frame(axes, x - side / 2, y - side / 2, k, k, ORANGE, linewidth=1.6, zorder=4)
    text(axes, x, y + 8.2, f"{n}×{n}", color=colour, fontweight="bold")


def draw_layer(axes: Axes, start: float, end: float, y: float, layer: str, k: int) -> None:
    """The arrow of a layer, its name above and its kernel's size below."""
    arrow(axes, (start + 0.5, y), (end - 0.5, y), mutation_scale=10)
    middle = (start + end) / 2
    style = {"color": ORANGE, "fontweight": "bold"} if layer == "conv" else {"color": INK}
    text(axes, middle, y - 2, layer, fontsize=FONT_SIZE - 1, **style)
    text(axes, middle, y + 2, f"{k}×{k}", fontsize=FONT_SIZE - 1, **style)


def draw_stack(axes: Axes, y: float, padding: str) -> list[int]:
    """The maps of one padding and the layers between them; gives the widths."""
    widths, places = sizes(padding), centres()
    for stage, n in enumerate(widths):
        if n:
            draw_map(axes, places[stage], y, n, stage, padding)
        if stage and n:
            start = places[stage - 1] + widths[stage - 1] * SCALE / 2
            draw_layer(axes, start, places[stage] - n * SCALE / 2, y, *LAYERS[stage - 1])
    return widths


def draw_impossible(axes: Axes, x: float, y: float, n: int, k: int) -> None:
    """The last map enlarged, the kernel that is larger than it, crossed out; `(x, y)` is the left edge's middle."""
    cell = 2.7
    y -= k * cell / 2
    cells(axes, [[None] * n] * n, x, y, cell, LIGHT_BLUE)
    frame(axes, x, y, n * cell, n * cell, BLUE, linewidth=1.6)
    frame(axes, x, y, k * cell, k * cell, ORANGE)
    for ys in ((y - 0.8, y + k * cell + 0.8), (y + k * cell + 0.8, y - 0.8)):
        axes.plot((x - 0.8, x + k * cell + 0.8), ys, color=INK, linewidth=2.4, zorder=5)
    text(axes, x + k * cell / 2, y + k * cell + 3, f"${n} - {k} + 1 = {n - k + 1}$")


def draw() -> Figure:
    figure, axes = canvas(100, 49.5)
    code = {"family": "monospace", "fontsize": FONT_SIZE + 1, "fontweight": "bold", "ha": "left"}
    for top, padding in ((2.8, "valid"), (27.5, "same")):
        text(axes, LEFT, top, f"padding='{padding}'", color=COLOURS[padding][0], **code)
        widths = draw_stack(axes, top + 10.5, padding)
        if not widths[-1]:
            last, (layer, k) = len(widths) - 2, LAYERS[len(widths) - 2]
            draw_layer(axes, centres()[last] + widths[last] * SCALE, 88.2, top + 10.5, layer, k)
            draw_impossible(axes, 89.2, top + 10.5, widths[last], k)
    return figure


if __name__ == "__main__":
    main(draw, __file__)
