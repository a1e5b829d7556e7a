"""Where a 3x3 kernel can stand: padding 'valid' and 'same', strides 1 and 2, and the size that comes out."""

from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from style import (
    BLUE,
    FONT_SIZE,
    GREY,
    LIGHT_BLUE,
    LIGHT_GREY,
    LIGHT_TEAL,
    LINE,
    ORANGE,
    TEAL,
    arrow,
    canvas,
    cells,
    frame,
    main,
    text,
)

N, KERNEL = 7, 3  # the drawn image and kernel
CELL = 2.3
FORMULAS = {
    ("valid", 1): r"$n - k + 1$",
    ("same", 1): r"$n$",
    ("valid", 2): r"$\lceil (n - k + 1)\,/\,s \rceil$",
    ("same", 2): r"$\lceil n\,/\,s \rceil$",
}


def centres(n: int, kernel: int, padding: str, stride: int) -> list[int]:
    """Rows of the image (0 is the first) on which the kernel's centre stands, as Keras places it."""
    size = ceil(n / stride) if padding == "same" else ceil((n - kernel + 1) / stride)
    border = max((size - 1) * stride + kernel - n, 0) if padding == "same" else 0
    first = kernel // 2 - border // 2  # an odd border puts its extra row at the end
    return [first + i * stride for i in range(size)]


def draw_zeros(axes: Axes, x: float, y: float) -> None:
    """The border of zeros, hatched, one cell wide around the image at `(x, y)`."""
    side = (N + 2) * CELL
    border = {"facecolor": LIGHT_GREY, "edgecolor": LINE, "hatch": "////", "linewidth": 0.8}
    axes.add_patch(Rectangle((x - CELL, y - CELL), side, side, **border))


def draw_case(axes: Axes, x: float, y: float, padding: str, stride: int) -> None:
    """One case: the image with the kernel's places, the output, and the formula under both."""
    colour, fill = (BLUE, LIGHT_BLUE) if padding == "valid" else (TEAL, LIGHT_TEAL)
    places = centres(N, KERNEL, padding, stride)
    if padding == "same":
        draw_zeros(axes, x, y)
    cells(axes, [[None] * N] * N, x, y, CELL, "white")
    for row in places:
        for column in places:
            centre = (x + (column + 0.5) * CELL, y + (row + 0.5) * CELL)
            axes.add_patch(Circle(centre, 0.55, color=colour, zorder=4))
    first = (places[0] - KERNEL // 2) * CELL
    second = first + stride * CELL
    frame(
        axes,
        x + second,
        y + first,
        KERNEL * CELL,
        KERNEL * CELL,
        ORANGE,
        linewidth=1.6,
        linestyle=(0, (2, 1.5)),
    )
    frame(axes, x + first, y + first, KERNEL * CELL, KERNEL * CELL, ORANGE)

    size, middle = len(places), y + N * CELL / 2
    arrow(axes, (x + 8.4 * CELL, middle), (x + 10.3 * CELL, middle))
    output_x, output_y = x + (14.4 - size / 2) * CELL, middle - size * CELL / 2
    cells(axes, [[None] * size] * size, output_x, output_y, CELL, fill)
    frame(axes, output_x, output_y, size * CELL, size * CELL, colour, linewidth=1.2)
    text(axes, x + N * CELL / 2, y - 1.75 * CELL, f"$n={N}$   $k={KERNEL}$   $s={stride}$", color=GREY)
    text(
        axes,
        output_x + size * CELL / 2,
        output_y - 0.65 * CELL,
        f"{size}×{size}",
        color=colour,
        fontweight="bold",
    )

    text(
        axes,
        x + 9 * CELL,
        y + 9.1 * CELL,
        f"{FORMULAS[padding, stride]}  $=$  {size}",
        fontsize=FONT_SIZE + 2,
    )
    large = len(centres(28, KERNEL, padding, stride))
    text(axes, x + 9 * CELL, y + 10.2 * CELL, f"28  →  {large}", color=GREY)


def draw() -> Figure:
    figure, axes = canvas(100, 70)
    code = {"family": "monospace", "fontsize": FONT_SIZE + 1, "fontweight": "bold"}
    for k, padding in enumerate(("valid", "same")):
        colour = BLUE if padding == "valid" else TEAL
        text(axes, 32.2 + 46 * k, 2.6, f"padding='{padding}'", color=colour, **code)
        for i, stride in enumerate((1, 2)):
            draw_case(axes, 11.5 + 46 * k, 11 + 33 * i, padding, stride)
    for i, stride in enumerate((1, 2)):
        text(axes, 3, 19 + 33 * i, f"strides={stride}", rotation=90, **code)
    return figure


if __name__ == "__main__":
    main(draw, __file__)
