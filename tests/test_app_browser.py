"""The application in a real Chromium, headless: a webcam, uploads good and bad, examples, a phone's width.

Needs gradio, playwright (the extra `browser`) and Chromium or Chrome on this machine; else it is skipped.
LABKIT_TEST_PICTURES=DIR keeps the screenshots there.
"""

import base64
import io
import os
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

import labkit
from labkit import config, saving
from tests.test_photo import huge_png

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 240_000  # ms: a busy machine is slow, and no failure
PICTURES = os.environ.get("LABKIT_TEST_PICTURES")  # read before conftest clears what begins with LABKIT_
COLOURS = {
    "red": (225, 40, 30), "green": (30, 190, 60), "blue": (35, 60, 220), "yellow": (235, 225, 30),
    "white": (250, 250, 250), "black": (6, 6, 6),
}  # fmt: skip
DESK, PHONE = {"width": 1100, "height": 850}, {"width": 390, "height": 844}

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def colour_net():
    """A network that names the colour of the whole picture; its weights are written by hand, so it is surely right."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(3, 1, name="see"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(6, activation="softmax", name="predictions"),
        ],
        name="colours",
    )
    model.get_layer("see").set_weights([np.eye(3)[None, None], np.zeros(3)])
    weights = np.array([[8, -8, -8, 7, 6, -9], [-8, 8, -8, 7, 6, -9], [-8, -8, 8, -12, 6, -9]])
    model.get_layer("predictions").set_weights([weights, np.array([0, 0, 0, -4, -8, 6])])
    return model


def camera(path):
    """What the webcam sees, as Chromium takes it: ten frames, red on the left third, blue on the rest."""
    width, height = 320, 240
    frame = Image.new("RGB", (width, height), COLOURS["blue"])
    frame.paste(COLOURS["red"], (0, 0, width // 3, height))
    y, cb, cr = frame.convert("YCbCr").split()
    planes = [y.tobytes(), *(c.resize((width // 2, height // 2)).tobytes() for c in (cb, cr))]
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + (b"FRAME\n" + b"".join(planes)) * 10)
    return path


def photos(folder):
    """A photo of each class, in a folder of its class."""
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        photo = Image.new("RGB", (640, 480), colour)
        ImageDraw.Draw(photo).ellipse((250, 170, 390, 310), fill=tuple(c * 3 // 4 for c in colour))
        photo.save(folder / name / f"{name}.jpg", quality=90)
    return folder


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    for package in ("gradio", "playwright"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'labkit[browser]'")
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)}")
    seen = camera(tmp_path_factory.mktemp("camera") / "seen.y4m")
    options = [
        "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={seen}",
    ]  # fmt: skip
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The page of a network that was saved and is read again, with examples."""
    pytest.importorskip("gradio", reason="gradio is not installed: pip install 'labkit[browser]'")
    folder = tmp_path_factory.mktemp("served")
    path = saving.save(
        colour_net(), folder / "colours.keras", class_names=list(COLOURS), preprocessing="unit"
    )
    demo = labkit.app.demo(path, examples=photos(folder / "examples"))
    yield demo, folder / "examples"
    demo.close()


class Visitor:
    """Somebody in front of the page."""

    def __init__(self, browser, url, size, phone=False):
        self.context = browser.new_context(viewport=size, is_mobile=phone, has_touch=phone)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.hosts = set()
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        self.page.goto(url)
        self.page.wait_for_selector("#photo input[type=file]", state="attached")

    def upload(self, path):
        self.page.wait_for_selector("#photo input[type=file]", state="attached")
        self.page.locator("#photo input[type=file]").set_input_files(path)

    def answer(self, name):
        """Wait until the page says that it is this class; what it says in all."""
        self.page.wait_for_function(f"document.querySelector('#answer h2')?.innerText.trim() == '{name}'")
        self.page.wait_for_selector("#pictures .latency")
        return self.page.inner_text("#answer")

    def problem(self, text):
        """Wait until this message stands on the page; no answer may stand beside it."""
        self.page.wait_for_function(f"document.querySelector('#problem')?.innerText.includes({text!r})")
        assert self.page.locator("#pictures img").count() == 0

    def seen(self):
        """The picture that the network saw, as the page shows it."""
        source = self.page.get_attribute("#pictures img.seen", "src")
        return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))

    def sees(self, selector):
        """Wait until the page has scrolled to it."""
        self.page.wait_for_function(
            f"""() => {{
                const top = document.querySelector({selector!r}).getBoundingClientRect().top
                return 0 <= top && top < innerHeight - 100
            }}"""
        )

    def photograph(self, name, **options):
        if PICTURES:
            self.page.wait_for_timeout(1500)  # bars grow, pages scroll
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png", **options)


@pytest.fixture
def visitor(chromium, served):
    visitors = []

    def come(size=DESK, phone=False):
        visitors.append(Visitor(chromium, served[0].url, size, phone))
        return visitors[-1]

    yield come
    for somebody in visitors:
        somebody.context.close()


def kept():
    """Files of visitors on the disk: all but the thumbnails of the examples, which are there from the start."""
    return {path for path in config.private_gradio_folder().rglob("*") if path.is_file()}


def test_a_photo_of_each_class(visitor, served):
    before = kept()
    somebody = visitor()
    for name in COLOURS:
        somebody.upload(served[1] / name / f"{name}.jpg")
        said = somebody.answer(name)
        assert said.count("%") == 5  # the five most probable
        assert "ms on" in somebody.page.inner_text(".latency")
        assert abs(np.asarray(somebody.seen())[2, 2].astype(int) - COLOURS[name]).max() < 12
    somebody.photograph("desk", full_page=True)
    assert somebody.hosts == {served[0].url.split("/")[2]}  # nobody else was asked for anything
    for _ in range(60):
        if kept() == before:
            break
        somebody.page.wait_for_timeout(1000)
    assert kept() == before


def test_what_is_no_picture_gets_a_message_and_the_server_lives(visitor, served, tmp_path):
    files = {"text.jpg": b"a text, renamed", "empty.png": b"", "cut.jpg": None, "huge.png": None}
    whole = (served[1] / "red" / "red.jpg").read_bytes()
    for name, data in files.items():
        (tmp_path / name).write_bytes(whole[: len(whole) // 2] if data is None else data)
    huge_png(tmp_path / "huge.png")
    somebody = visitor()
    for name, message in (
        ("text.jpg", "This is no picture"),
        ("huge.png", "This picture is too large"),
        ("cut.jpg", "This picture is damaged"),
        ("empty.png", "This file is empty"),
    ):
        somebody.upload(tmp_path / name)
        somebody.problem(message)
        somebody.photograph(f"problem_{name}")
        somebody.upload(served[1] / "green" / "green.jpg")  # and it goes on
        somebody.answer("green")
        assert not somebody.page.locator("#problem").is_visible()


def test_a_file_of_too_many_bytes_is_refused(visitor, served, tmp_path):
    (tmp_path / "film.jpg").write_bytes(b"\xff\xd8\xff" + bytes(21 * 1024 * 1024))
    somebody = visitor()
    somebody.upload(tmp_path / "film.jpg")
    somebody.page.wait_for_selector("text=/maximum/i")
    somebody.photograph("problem_bytes")
    somebody.page.reload()
    somebody.upload(served[1] / "green" / "green.jpg")
    somebody.answer("green")


def test_a_snapshot_of_the_webcam(visitor):
    somebody = visitor()
    page = somebody.page
    page.click("#photo button[aria-label='Capture from camera']")
    page.click("#photo .access-webcam, #photo button:has-text('camera'), #photo button:has-text('webcam')")
    # As people do: press when there is something to see. Gradio takes no picture before the first frame.
    page.wait_for_function("document.querySelector('#photo video')?.videoWidth > 0")
    page.click("#photo button[aria-label='capture photo']:not([disabled])")
    somebody.answer("blue")
    left, right = (somebody.seen().getpixel((x, 16)) for x in (1, 30))
    assert left[0] > left[2]  # red on the left as the camera saw it: not mirrored
    assert right[2] > right[0]
    somebody.photograph("webcam")


def test_examples_on_a_phone(visitor, served):
    somebody = visitor(PHONE, phone=True)
    page = somebody.page
    somebody.photograph("phone_before")
    names = sorted(COLOURS)
    assert page.locator("#examples button img").count() == len(names)
    page.locator("#examples button:has(img)").nth(names.index("yellow")).click()
    somebody.answer("yellow")
    somebody.sees("#answer")
    somebody.sees("#pictures img")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]  # nothing to scroll sideways
    somebody.photograph("phone_after")
    somebody.upload(served[1] / "red" / "red.jpg")
    somebody.answer("red")
