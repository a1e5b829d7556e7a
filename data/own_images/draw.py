"""Draws the 46 own images of the course: 40 for CIFAR-10, 6 for Fashion-MNIST, and writes what labkit makes of them.

    python data/own_images/draw.py              # anew, in their places; the same files each time (Pillow 12)
    python data/own_images/draw.py --to FOLDER  # somewhere else

`drawings.toml` says what is drawn and how, `figures.txt` holds the figures, `painter.py` the hands (flat, soft, ink,
chalk, crayon), `grounds.py` what they stand on.
"""

import argparse
import tomllib
import zlib
from pathlib import Path

import grounds
import numpy as np
import painter
from painter import Part, Sheet
from PIL import Image

HERE = Path(__file__).resolve().parent
FOLDERS = ("cifar10", "fashion_mnist")
SEED = 46
ORIENTATION = 0x0112  # EXIF: how the camera was held
LYING = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270, 3: Image.Transpose.ROTATE_180}


def read_figures(text):
    """The figures of figures.txt: lists of parts by name."""
    figures = {}
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if " " not in line:
            parts = figures[line] = []
        else:
            colour, shapes = line.split(" ", 1)
            parts += _parts(colour, shapes)
    return figures


def _parts(colour, shapes):
    if colour in ("wheel", "eye"):
        (x, y), radius = (float(n) for n in shapes.split()[0].split(",")), float(shapes.split()[1])
        return [Part(name, [oval(x + dx * radius, y + dy * radius, k * radius, k * radius)])
                for name, dx, dy, k in ROUND[colour]]  # fmt: skip
    return [Part(colour, [polygon for shape in shapes.split(" | ") for polygon in _polygons(shape)])]


# What wheels and eyes are made of: colour, shift and size in radii.
ROUND = {
    "wheel": (("tyre", 0, 0, 1), ("metal", 0, 0, 0.62), ("dark", 0, 0, 0.42), ("metal", 0, 0, 0.2)),
    "eye": (("k", 0, 0, 1), ("w", 0.3, -0.35, 0.33)),
}


def _polygons(shape):
    kind, *numbers = shape.replace(",", " ").split()
    return SHAPES[kind](*(float(n) for n in numbers))


def oval(x, y, rx, ry, tilt=0.0):
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    across, down = rx * np.cos(turn), ry * np.sin(turn)
    return np.stack([x + c * across - s * down, y + s * across + c * down], axis=1)


def box(left, top, right, bottom, radius=0.0):
    corners = ((right, bottom, 0), (left, bottom, 1), (left, top, 2), (right, top, 3))
    points = []
    for x, y, quarter in corners:
        turn = np.linspace(0, np.pi / 2, 8 if radius else 1) + quarter * np.pi / 2
        inside = np.array((x, y)) - radius * np.sign((x - (left + right) / 2, y - (top + bottom) / 2))
        points.append(inside + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return np.concatenate(points)


def blob(*numbers):
    points = np.array(numbers).reshape(-1, 2)
    return spline(np.concatenate([points[-1:], points, points[:2]]))


def curve(start, end, *numbers):
    """A line that goes from one width to another, as circles close to each other."""
    points = np.array(numbers).reshape(-1, 2)
    inner = spline(np.concatenate([points[:1], points, points[-1:]]))
    middle = np.concatenate([inner, points[-1:]])
    widths = np.linspace(start, end, len(middle)) / 2
    return [_joint(*middle[i : i + 2], *widths[i : i + 2]) for i in range(len(middle) - 1)] + [
        oval(*point, width, width) for point, width in zip(middle, widths, strict=True)
    ]


def _joint(first, second, wide, narrow):
    along = (second - first) / max(np.hypot(*(second - first)), 1e-9)
    aside = np.array((-along[1], along[0]))
    return np.array(
        [first + aside * wide, second + aside * narrow, second - aside * narrow, first - aside * wide]
    )


def spline(points, steps=12):
    """Catmull-Rom curve from the second point up to, but without, the last but one."""
    before, start, end, after = (points[i : len(points) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    bends = (2 * before - 5 * start + 4 * end - after) * t**2 + (3 * start - before - 3 * end + after) * t**3
    return (start + (end - before) * t / 2 + bends / 2).reshape(-1, 2)


def along(count, x0, y0, x1, y1):
    return np.linspace((x0, y0), (x1, y1), round(count))


SHAPES = {
    "oval": lambda *n: [oval(*n)],
    "box": lambda *n: [box(*n)],
    "poly": lambda *n: [np.array(n).reshape(-1, 2)],
    "blob": lambda *n: [blob(*n)],
    "curve": curve,
    "row": lambda count, x0, y0, x1, y1, rx, ry: [oval(*p, rx, ry) for p in along(count, x0, y0, x1, y1)],
    "panes": lambda count, x0, y0, x1, y1, w, h: [
        box(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y in along(count, x0, y0, x1, y1)
    ],
}


def placed(parts, drawing):
    """The parts in pixels: mirrored, turned, enlarged and set on their place in the picture."""
    width, height = drawing["size"]
    tilt = np.radians(drawing.get("tilt", 0))
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    scale = drawing.get("scale", 0.8) * min(width, height) / 100
    mirror = (-1, 1) if drawing.get("mirror") else (1, 1)
    centre = np.array(drawing.get("at", (0.5, 0.5))) * (width, height)
    return [Part(p.colour, [(q - 50) * mirror @ turn * scale + centre for q in p.polygons]) for p in parts]


def picture(name, drawing, figures):
    """One drawing as a Pillow image."""
    width, height = drawing["size"]
    sheet = Sheet(width, height, np.random.default_rng([SEED, zlib.crc32(name.encode())]))
    ground, *settings = drawing["ground"]
    getattr(grounds, ground)(sheet, *settings)
    parts = placed(figures[drawing["figure"]], drawing)
    if "shadow" in drawing:
        x, y, wide = np.array(drawing["shadow"]) * (width, height, width)
        sheet.paint([oval(x, y, wide, 0.13 * wide)], (25, 22, 30), 0.42, 4)
    hand, *settings = drawing["hand"]
    painter.STYLES[hand](sheet, parts, painter.palette(*drawing["colours"]), *settings)
    return sheet.finished(drawing.get("sensor", 0), drawing.get("blur", 0))


def write(name, drawing, image, folder):
    """The file, JPEG or PNG by its name; lying on its side with an EXIF tag where the drawing says so."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"quality": 86} if path.suffix == ".jpg" else {"optimize": True}
    if "exif" in drawing:
        image = image.transpose(LYING[drawing["exif"]])
        options["exif"] = Image.Exif()
        options["exif"][ORIENTATION] = drawing["exif"]
    image.save(path, **options)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--to", type=Path, default=HERE, help="folder to write to")
    options.add_argument(
        "--only", default="", help="draw only files whose name has this in it, and no results"
    )
    chosen = options.parse_args()
    figures = read_figures((HERE / "figures.txt").read_text(encoding="utf-8"))
    drawings = tomllib.loads((HERE / "drawings.toml").read_text(encoding="utf-8"))
    for folder in FOLDERS:
        for name, drawing in drawings[folder].items():
            if chosen.only in name:
                write(name, drawing, picture(name, drawing, figures), chosen.to / folder)
    if not chosen.only:
        results(chosen.to)


def results(to):
    """What labkit makes of the drawings, for those who want to look at it without running it."""
    from labkit.data import own_images

    for folder in FOLDERS:
        notes = HERE / folder / "own_images.toml"
        if to != HERE:
            (to / folder / notes.name).write_bytes(notes.read_bytes())
        own_images(to / folder, like=folder).save(to / "results" / folder)


if __name__ == "__main__":
    main()
