"""Grounds: what the figures stand on, from a sheet of paper to a meadow. Each paints a whole `Sheet`."""

import numpy as np
from painter import FINE, Spot, rgb
from PIL import Image, ImageFilter


def fade(sheet, top, bottom, start=0.0, end=1.0):
    """From one colour at the height `start` to another at `end`, shares of the picture; nothing outside."""
    rows = sheet.size[1]
    first, last = round(start * rows), round(end * rows)
    t = np.linspace(0, 1, last - first, dtype=np.float32)[:, None, None]
    sheet.pixels[first:last] = rgb(top) * (1 - t) + rgb(bottom) * t


def spots(sheet, count, colours, where, sizes, blur=0.0, opacity=1.0, squash=1.0):
    """Ovals at random places: clouds, leaves, blossoms, lights out of focus."""
    left, top, right, bottom = np.array(where) * (sheet.width, sheet.height, sheet.width, sheet.height)
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    circle = np.stack([np.cos(turn), squash * np.sin(turn)], axis=1)
    for _ in range(count):
        centre = sheet.rng.uniform((left, top), (right, bottom))
        radius = sheet.rng.uniform(*sizes) * sheet.height
        colour = rgb(colours[sheet.rng.integers(len(colours))])
        sheet.paint([centre + radius * circle], colour, opacity, blur)


def clouds(sheet, where=(0, 0.03, 1, 0.4), count=4, colour="#ffffff", blur=4.0):
    """Heaps of soft ovals, each thinning out to the sides."""
    for _ in range(count):
        x, y = sheet.rng.uniform(where[:2], where[2:])
        for _ in range(12):
            aside = sheet.rng.normal(0, 0.05)
            tall = sheet.rng.uniform(0.3, 0.7) * max(0.15, 1 - abs(aside) / 0.12) * 0.09
            place = (x + aside, y - 0.4 * tall) * 2
            spots(sheet, 1, [colour], place, (tall, tall * 1.3), blur, 0.42, 0.7)


def blades(sheet, top, bottom, colours, count=500, length=0.07):
    """Blades of grass, the nearer the longer."""
    for y in np.sort(sheet.rng.uniform(top, bottom, count)):
        near = (y - top) / max(bottom - top, 1e-6)
        x, tall = sheet.rng.uniform(0, sheet.width), sheet.height * length * (0.35 + 0.65 * near)
        bend, wide = sheet.rng.normal(0, 0.3) * tall, 0.5 + 0.7 * near
        foot = y * sheet.height
        blade = np.array([(x - wide, foot), (x + bend, foot - tall), (x + wide, foot)])
        sheet.paint([blade], rgb(colours[sheet.rng.integers(len(colours))]), 0.75)


def sky(sheet, top="#4f93d8", bottom="#cfe6f5", count=5):
    fade(sheet, top, bottom)
    clouds(sheet, (0, 0.05, 1, 0.95), count)


def dusk(sheet):
    fade(sheet, "#3b3f78", "#e98a5a", 0, 0.7)
    fade(sheet, "#e98a5a", "#f6c98a", 0.7, 1)
    clouds(sheet, (0, 0.2, 1, 0.8), 4, "#f3b38f", 4)


def meadow(sheet, horizon=0.5, blurred=False):
    fade(sheet, "#7db7e6", "#dcecf2", 0, horizon)
    clouds(sheet, (0, 0.02, 1, horizon * 0.6), 3)
    spots(
        sheet,
        16,
        ["#4f7f4a", "#5d8d50", "#456f47"],
        (0, horizon - 0.02, 1, horizon + 0.02),
        (0.05, 0.11),
        1.5,
    )
    fade(sheet, "#8db85a", "#4f8a3a", horizon, 1)
    blades(sheet, horizon + 0.04, 1.08, ["#3f7a32", "#6fa548", "#9cc763", "#58923d"])
    if blurred:
        out_of_focus(sheet, 4)


def forest(sheet):
    fade(sheet, "#9db79a", "#dfe5c4", 0, 0.66)
    for i, x in enumerate(sheet.rng.uniform(0, 1, 14)):
        wide, lean = sheet.rng.uniform(0.015, 0.04) * sheet.height, sheet.rng.normal(0, 5)
        trunk = np.array([(-wide, 0), (wide, 0), (wide * 1.3 + lean, 0.72), (-wide * 1.3 + lean, 0.72)])
        trunk = trunk * (1, sheet.height) + (x * sheet.width, 0)
        sheet.paint([trunk], rgb(["#6b6a52", "#7d7a5e", "#565a46"][i % 3]), 0.85, 1.5)
    spots(sheet, 40, ["#5f8a4c", "#7fa35b", "#4b7443"], (0, -0.05, 1, 0.2), (0.04, 0.12), 4, 0.7)
    fade(sheet, "#8a9a5b", "#5c6b38", 0.66, 1)
    blades(sheet, 0.68, 1.08, ["#4f6a30", "#7d9148", "#a3ad62"], 300, 0.06)
    out_of_focus(sheet, 1.6)


def snow(sheet):
    fade(sheet, "#a9bdd6", "#e6ebf2", 0, 0.6)
    for x in sheet.rng.uniform(0, 1, 11):
        tall, wide = (
            sheet.rng.uniform(0.22, 0.46) * sheet.height,
            sheet.rng.uniform(0.05, 0.09) * sheet.height,
        )
        fir = np.array([(-wide, 0), (0, -tall), (wide, 0)]) + (x * sheet.width, 0.64 * sheet.height)
        sheet.paint([fir], rgb("#6c8591"), 0.8, 1.2)
    fade(sheet, "#f4f6fa", "#dbe3ee", 0.6, 1)
    spots(sheet, 60, ["#ffffff"], (0, 0, 1, 1), (0.004, 0.012), 0.6, 0.9)


def sea(sheet, horizon=0.62, deep="#1f5f8f", pale="#6fb0cf"):
    fade(sheet, "#6fb1e6", "#e3f0f5", 0, horizon)
    clouds(sheet, (0, 0.05, 1, horizon - 0.15), 4)
    fade(sheet, pale, deep, horizon, 1)
    for y in np.linspace(horizon + 0.02, 0.98, 17):
        near = (y - horizon) / (1 - horizon)
        for x in sheet.rng.uniform(0, 1, 7):
            wide, thick = (0.02 + 0.07 * near) * sheet.width, (0.5 + 1.3 * near)
            centre = np.array((x * sheet.width, y * sheet.height))
            wave = np.array([(-wide, thick * 0.4), (0, -thick), (wide, thick * 0.4), (0, thick * 0.3)])
            sheet.paint([centre + wave], rgb("#dff0f6"), 0.5, 0.4)


def evening_sea(sheet, horizon=0.62):
    sea(sheet, horizon, "#2b2f55", "#d98f6a")
    rows = round(horizon * sheet.size[1])
    t = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    sheet.pixels[:rows] = rgb("#46407a") * (1 - t) + rgb("#f4b27a") * t
    spots(sheet, 1, ["#fff1cf"], (0.74, horizon - 0.14, 0.76, horizon - 0.12), (0.06, 0.06), 1.5)


def road(sheet, horizon=0.56, sky_top="#86b8e0", city="#9fb0bf"):
    fade(sheet, sky_top, "#e8eff3", 0, horizon)
    x = 0.0
    while x < sheet.width:
        wide, tall = sheet.rng.uniform(0.07, 0.16) * sheet.width, sheet.rng.uniform(0.14, 0.4) * sheet.height
        foot = horizon * sheet.height
        house = np.array([(x, foot), (x, foot - tall), (x + wide, foot - tall), (x + wide, foot)])
        sheet.paint([house], rgb(city) * sheet.rng.uniform(0.82, 1.12), 0.9, 0.7)
        x += wide
    fade(sheet, "#a9b46e", "#8c9a58", horizon, horizon + 0.1)
    fade(sheet, "#8b8c90", "#5f6066", horizon + 0.1, 1)
    for x in np.arange(0.02, 1, 0.22):
        line = np.array([(x, 0.93), (x + 0.12, 0.93), (x + 0.1, 0.96), (x - 0.02, 0.96)])
        sheet.paint([line * (sheet.width, sheet.height)], rgb("#f1ede0"))


def desert(sheet, horizon=0.6):
    fade(sheet, "#8fc3e2", "#f4e6c8", 0, horizon)
    spots(sheet, 5, ["#c98d5e", "#b87a52"], (0, horizon - 0.01, 1, horizon + 0.03), (0.1, 0.2), 1, 1, 0.45)
    fade(sheet, "#dcb57c", "#b98a56", horizon, 1)
    rows = round(horizon * sheet.size[1])
    sheet.pixels[rows:] += (sheet.noise(2) * 7)[rows:, :, None]


def room(sheet, wall="#d9cdb8", floor="#a77a50", edge=0.66):
    fade(sheet, wall, wall, 0, edge)
    sheet.pixels[: round(edge * sheet.size[1])] *= np.linspace(1.08, 0.86, sheet.size[0], dtype=np.float32)[
        None, :, None
    ]
    fade(sheet, floor, floor, edge, 1)
    rows = round(edge * sheet.size[1])
    sheet.pixels[rows:] += (sheet.streaks(40, 0) * 9)[rows:, :, None]
    bar = np.array([(0, edge - 0.025), (1, edge - 0.025), (1, edge), (0, edge)]) * (sheet.width, sheet.height)
    sheet.paint([bar], rgb("#efe8da"))


def pond(sheet, horizon=0.34):
    fade(sheet, "#6f9a5a", "#a8c382", 0, horizon)
    blades(sheet, horizon - 0.12, horizon + 0.05, ["#4d7a3d", "#7ba457", "#38622f"], 150, 0.2)
    fade(sheet, "#7fa9a3", "#35665f", horizon, 1)
    for y in np.linspace(horizon + 0.05, 0.98, 12):
        wide = sheet.rng.uniform(0.1, 0.3) * sheet.width
        spot = np.array([(-wide, 0), (0, -1.3), (wide, 0), (0, 1.3)])
        sheet.paint([spot + (sheet.rng.uniform(0, sheet.width), y * sheet.height)], rgb("#cfe5dc"), 0.45, 0.5)


def bokeh(sheet, *colours):
    colours = colours or ("#3f5a36", "#6f8a48", "#a9b765", "#2f4a38")
    fade(sheet, colours[0], colours[1])
    spots(sheet, 45, colours, (0, 0, 1, 1), (0.05, 0.16), 5, 0.5)
    out_of_focus(sheet, 7)
    spots(sheet, 10, ["#fff6d8", colours[2]], (0, 0, 1, 0.7), (0.02, 0.05), 1.2, 0.28)


def studio(sheet, colour="#e9e6e1"):
    """A photographer's paper, evenly lit."""
    sheet.pixels[:] = rgb(colour)


def lit(sheet, middle="#e8dfd0", rim="#a9987f"):
    """A wall with the light of a lamp on it."""
    down, across = np.mgrid[-1 : 1 : sheet.size[1] * 1j, -1 : 1 : sheet.size[0] * 1j].astype(np.float32)
    t = np.clip(0.75 * np.hypot(across + 0.2, down + 0.25), 0, 1)[..., None]
    sheet.pixels[:] = rgb(middle) * (1 - t) + rgb(rim) * t


def two_tone(sheet, top="#f3c66b", bottom="#e9a94a", edge=0.74):
    fade(sheet, top, top, 0, edge)
    fade(sheet, bottom, bottom, edge, 1)


def disc(sheet, ground="#f4efe4", colour="#f2b8a0", radius=0.43):
    """A plain ground with a large disc, as on a poster."""
    studio(sheet, ground)
    spots(sheet, 1, [colour], (0.5, 0.5, 0.5, 0.5), (radius, radius))


def paper(sheet, colour="#f6f1e4"):
    sheet.pixels[:] = rgb(colour) + (sheet.noise(1.2) * 2.2 + sheet.noise(60) * 3)[..., None]


def washed(sheet, sky_colour="#bcd7e6", ground="#cfd9a8", edge=0.72):
    """Paper with a wash of watercolour above and below."""
    paper(sheet)
    for top, bottom, colour in ((0.06, edge - 0.03, sky_colour), (edge, 0.95, ground)):
        x = np.linspace(0.04, 0.96, 40)
        ragged = sheet.rng.normal(0, 0.012, (2, 40))
        rim = np.concatenate([np.stack([x, top + ragged[0]], 1), np.stack([x, bottom + ragged[1]], 1)[::-1]])
        spot = Spot(sheet, [rim * (sheet.width, sheet.height)])
        uneven = np.clip(0.8 + 0.2 * sheet.noise(30), 0, 1)
        spot.lay(spot.blurred(1.5) * spot.cut(uneven), rgb(colour), 0.8)


def board(sheet, colour="#2f4238"):
    """A blackboard, wiped not quite clean."""
    sheet.pixels[:] = (
        rgb(colour) + (sheet.noise(1) * 4 + sheet.noise(50) * 8 + sheet.streaks(60, 12) * 2.5)[..., None]
    )


def out_of_focus(sheet, blur):
    image = Image.fromarray(np.clip(sheet.pixels, 0, 255).astype(np.uint8))
    sheet.pixels = np.array(image.filter(ImageFilter.GaussianBlur(blur * FINE)), np.float32)
