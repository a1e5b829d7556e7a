"""The page of `labkit app`, photographed: the network that lab 5 saves, or one that learns the offline sample first.

    python images/readme/app.py --model clothing.keras --examples examples --show hat    # writes images/app.png
    python images/readme/app.py                                          # trains a small network for a minute
    python images/readme/app.py --model clothing.keras --examples examples --show hat --phone    # 390 pixels wide

Needs the extras `browser` and `explain`, and Chromium.
"""

import argparse
import io
import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

import labkit as lk
from labkit.app.server import example_pictures


def trained(folder: Path) -> tuple[Path, Path]:
    """The file of a network of two convolutions that has learnt CIFAR-10's sample, and examples for it."""
    dataset = lk.data.load("cifar10", source="sample", validation=0.1, language="en").scaled()
    model = lk.models.cnn((32, 64), image_shape=(32, 32, 3), num_classes=10)
    lk.train(model, dataset, epochs=6, batch_size=32, seed=0)
    return lk.save(model, folder / "cnn.keras", dataset), write_examples(folder / "examples", dataset)


def write_examples(folder: Path, dataset) -> Path:
    """The first test image of each class, in a folder of its class."""
    for label, name in enumerate(dataset.class_names):
        (folder / name).mkdir(parents=True)
        image = dataset.x_test[np.flatnonzero(dataset.labels("test") == label)[0]]
        Image.fromarray((255 * image).round().astype(np.uint8)).save(folder / name / "first.png")
    return folder


def photographed(url: str, number: int, phone: bool) -> Image.Image:
    """The page after a click on an example."""
    size = {"width": 390, "height": 844} if phone else {"width": 1040, "height": 640}
    with sync_playwright() as driver:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_context(viewport=size, is_mobile=phone, has_touch=phone).new_page()
        page.set_default_timeout(240_000)
        page.goto(url)
        page.locator("#examples button:has(img)").nth(number).click()
        page.wait_for_selector("#pictures .latency")
        page.wait_for_timeout(3000)  # bars grow, a phone scrolls
        page.mouse.move(1, 1)
        picture = page.screenshot(full_page=not phone)
        browser.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1], help="folder to write to")
    parser.add_argument("--model", type=Path, help="file that labkit.save wrote")
    parser.add_argument("--examples", type=Path, help="folder of pictures")
    parser.add_argument("--show", default="cat", help="name of the example's file or folder")
    parser.add_argument("--phone", action="store_true")
    options = parser.parse_args()
    lk.config.choose(language="en", seed=0)
    with tempfile.TemporaryDirectory() as folder:
        model, examples = (options.model, options.examples) if options.model else trained(Path(folder))
        names = [{path.stem, path.parent.name} for path in example_pictures(examples)]
        number = next(i for i, name in enumerate(names) if options.show in name)
        demo = lk.app.demo(model, examples=examples)
        picture = photographed(demo.url, number, options.phone)
        demo.close()
    small = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE)  # a quarter of the size
    small.save(options.out / f"app{'_phone' * options.phone}.png", optimize=True)


if __name__ == "__main__":
    main()
