"""Own images: from a picture of any size to an image of a data set, its steps, the sidecar, the desk, and extend()."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from labkit import config, plots
from labkit.data import DataNotFoundError, Dataset, extend, own_images, own_reading
from labkit.data.catalog import CATALOG
from labkit.data.recipes import Recipe, prepare
from labkit.decoding import Photo, decoded
from labkit.metrics import Evaluation
from tests.tiny_data import tiny
from tests.tiny_photos import save

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "data" / "own_images"


def dataset(name="cifar10"):
    arrays = tiny(name, 3)
    empty = {"x_val": arrays["x_train"][:0], "y_val": arrays["y_train"][:0]}
    names = list(CATALOG[name].class_names["en"])
    return Dataset(name=name, **arrays, **empty, class_names=names, source="data folder")


def photo(image):
    return Photo(image, *image.size, "PNG", [])


def garment(ground, colour, box=(60, 20, 140, 180), size=(200, 200)):
    image = Image.new("RGB", size, ground)
    ImageDraw.Draw(image).rectangle(box, fill=colour)
    return photo(image)


@pytest.fixture
def folder(tmp_path):
    """Two cats, a dog under its French name, and all that can be wrong."""
    place = tmp_path / "mine"
    for i, (name, colour) in enumerate([("cat/a.png", "red"), ("cat/b.png", "blue"), ("Chien/c.png", "red")]):
        save(place / name, colour, seed=i)
    (place / "cat" / "broken.jpg").write_bytes((SHIPPED / "cifar10" / "cat" / "face.jpg").read_bytes()[:4000])
    (place / "notes.docx").write_text("a text")
    save(place / "giraffe" / "g.png", seed=7)
    save(place / "IMG_0001.png", seed=8)
    save(place / "ships_02.png", seed=9)
    (place / "cat" / "copy.png").write_bytes((place / "cat" / "a.png").read_bytes())
    return place


def test_a_picture_with_a_label_becomes_an_image(folder):
    own = own_images(folder, like="cifar10")
    assert [image.file for image in own.images] == ["cat/a.png", "cat/b.png", "Chien/c.png", "ships_02.png"]
    assert own.y.tolist() == [3, 3, 5, 8]
    assert (own.x.shape, own.x.dtype) == ((4, 32, 32, 3), np.uint8)
    assert own.x[0, ..., 0].mean() > 180 > 80 > own.x[1, ..., 0].mean()  # red and blue


def test_what_is_bad_is_named_and_skipped(folder):
    report = own_images(folder, like="cifar10").report
    reasons = dict(report.skipped.itertuples(index=False))
    assert {
        "IMG_0001.png": "has no label: put it into a folder named after its class (airplane, automobile, bird, cat, deer, "
        "dog, frog, horse, ship, truck)",
        "cat/copy.png": "is the same file as cat/a.png",
        "notes.docx": "is not a picture that can be read (JPEG, PNG, GIF, BMP, WebP, TIFF)",
    }.items() <= reasons.items()
    assert reasons["cat/broken.jpg"] == "is cut short"
    assert reasons["giraffe/g.png"].startswith("lies in the folder giraffe, which is no class of cifar10")
    assert len(reasons) == 5
    assert "mine: 4 own images of 3 classes, 5 files skipped" in repr(report)


def test_without_a_usable_picture_the_error_says_why(tmp_path):
    save(tmp_path / "giraffe" / "g.png")
    with pytest.raises(ValueError, match=r"no usable own image \(skipped: giraffe/g.png lies in") as raised:
        own_images(tmp_path, like="cifar10")
    assert "\n" not in str(raised.value)
    with pytest.raises(ValueError, match="there is no data set"):
        own_images(tmp_path)
    with pytest.raises(OSError, match="there is no folder nowhere"):
        own_images("nowhere", like="cifar10")


def test_a_folder_by_name_is_looked_for_in_the_data_folder_first(tmp_path, monkeypatch):
    save(tmp_path / "own_images" / "cifar10" / "cat" / "mine.png")
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    assert [image.file for image in own_images("cifar10").images] == ["cat/mine.png"]
    assert len(own_images("fashion_mnist")) == 6


def test_the_notes_say_label_crop_origin_and_licence(folder):
    (folder / "own_images.toml").write_text(
        'licence = "CC0-1.0"\n["IMG_0001.png"]\nlabel = "grenouille"\n'
        '["cat/a.png"]\ncrop = [4, 2, 10]\nlicence = "CC BY 4.0"\norigin = "the garden"\n'
        '["cat/b.png"]\ncrop = [20, 0, 10]\n["Chien/c.png"]\ncrop = "left"\n["ships_02.png"]\ncolour = 3\n'
        '["gone.png"]\nlabel = "cat"\n'
    )
    own = own_images(folder, like="cifar10")
    assert {image.file: image.class_name for image in own.images} == {
        "cat/a.png": "cat",
        "IMG_0001.png": "frog",
    }
    cat = own.images[0]
    assert (cat.origin, cat.licence, cat.seen) == ("the garden", "CC BY 4.0", (4, 2, 10, 10))
    assert (own.images[1].origin, own.images[1].licence) == ("not stated", "CC0-1.0")
    reasons = dict(own.report.skipped.itertuples(index=False))
    assert reasons["cat/b.png"].startswith("is 24 x 18 pixels, and the crop [20, 0, 10] leads out of it")
    assert "has the crop 'left'" in reasons["Chien/c.png"]
    assert "has colour = 3 in own_images.toml" in reasons["ships_02.png"]
    assert "own_images.toml names 1 file that are not there: gone.png" in own.report.warnings
    (folder / "own_images.toml").write_text("licence = CC0")
    with pytest.raises(ValueError, match=r"own_images.toml cannot be read \(.*line 1"):
        own_images(folder, like="cifar10")


def test_a_crop_takes_these_pixels_and_no_others():
    numbers = np.zeros((60, 100, 3), np.uint8)
    numbers[10:42, 20:52] = np.random.default_rng(0).integers(0, 256, (32, 32, 3))
    made = prepare(photo(Image.fromarray(numbers)), Recipe((32, 32, 3), crop=(20, 10, 32)))
    assert np.array_equal(made.pixels, numbers[10:42, 20:52])
    assert [step.name for step in made.steps] == ["original", "crop by hand", "resized", "range"]
    centre = prepare(photo(Image.fromarray(numbers)), Recipe((60, 60, 3)))
    assert (centre.seen, np.array_equal(centre.pixels, numbers[:, 20:80])) == ((20, 0, 60, 60), True)
    whole = prepare(photo(Image.new("RGB", (100, 50), "white")), Recipe((32, 32, 3), crop="whole"))
    assert whole.pixels[:7].max() == whole.pixels[-7:].max() == 0
    assert whole.pixels[10:22].min() == 255


def test_resizing_averages_so_that_a_fine_pattern_becomes_grey():
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    pixels = prepare(photo(Image.fromarray(checks)), Recipe((32, 32, 3))).pixels
    assert np.ptp(pixels) < 10
    assert abs(pixels.mean() - 127.5) < 3


def test_the_camera_was_held_on_its_side(tmp_path):
    upright = Image.new("RGB", (30, 40), "blue")
    upright.paste("red", (0, 0, 30, 20))
    for orientation, turn in ((6, Image.Transpose.ROTATE_90), (8, Image.Transpose.ROTATE_270)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = upright.transpose(turn)
        stored.save(tmp_path / "a.png", exif=exif)
        made = prepare(decoded((tmp_path / "a.png").read_bytes()), Recipe((32, 32, 3)))
        assert [step.name for step in made.steps][:3] == ["original", "turned upright", "crop"]
        assert np.array_equal(made.steps[0].image, np.asarray(stored))
        assert np.array_equal(made.steps[1].image, np.asarray(upright))
        assert made.pixels[2, 16].argmax() == 0


@pytest.mark.parametrize(("ground", "colour"), [("white", (40, 40, 40)), ((20, 20, 20), (225, 225, 225))])
def test_a_garment_is_light_on_black_fills_the_height_and_stands_in_the_middle(ground, colour):
    made = prepare(garment(ground, colour), Recipe((28, 28), alone=True))
    columns = np.flatnonzero(made.pixels.max(axis=0) > 100)
    assert made.seen == (60, 20, 81, 161)
    assert (made.pixels[:, columns].min() > 150, len(columns)) == (True, 14)
    assert (columns[0], columns[-1]) == (7, 20)
    assert made.pixels[:, :7].max() == made.pixels[:, 21:].max() == 0
    assert ("inverted" in [step.name for step in made.steps]) == (ground == "white")


def test_whether_to_invert_can_be_said():
    kept = prepare(garment((120, 120, 120), "white"), Recipe((28, 28), alone=True, invert=False)).pixels
    turned = prepare(garment((120, 120, 120), "black"), Recipe((28, 28), alone=True, invert=True)).pixels
    assert kept.max() == turned.max() == 255
    assert prepare(garment((120, 120, 120), "black"), Recipe((28, 28), alone=True)).pixels.max() == 0


def test_a_digit_fills_the_box_of_mnist():
    made = prepare(garment("white", "black"), Recipe((28, 28), alone=True, box=20))
    assert np.flatnonzero(made.pixels.max(axis=1)).tolist() == list(range(4, 24))


def test_nothing_on_its_ground_is_named(tmp_path):
    save(tmp_path / "bag" / "good.png", seed=3)
    Image.new("RGB", (50, 50), "white").save(tmp_path / "bag" / "empty.png")
    skipped = own_images(tmp_path, like="fashion_mnist").report.skipped
    assert skipped["file"].tolist() == ["bag/empty.png"]
    assert "shows nothing on its ground" in skipped["reason"][0]


def test_images_take_the_form_of_the_data_set():
    known = dataset("fashion_mnist")
    plain, scaled = own_images("fashion_mnist", like=known), own_images("fashion_mnist", like=known.scaled())
    assert (plain.x.shape, plain.x.dtype, plain.y.dtype) == ((6, 28, 28), np.uint8, np.uint8)
    assert (scaled.x.shape, scaled.x.dtype) == ((6, 28, 28, 1), np.float32)
    assert np.allclose(scaled.x[..., 0] * 255, plain.x)
    assert scaled.images[0].steps[-1].name == "divided by 255"
    assert np.array_equal(plain.scaled().x, scaled.x)


def test_half_of_each_class_is_trained_on_and_no_image_is_in_both():
    known = dataset()
    own = own_images("cifar10", like=known)
    extended, kept = extend(known, own)
    added = extended.x_train[len(known.x_train) :]
    assert np.array_equal(extended.x_train[: len(known.x_train)], known.x_train)
    assert extended.x_train.dtype == np.uint8
    assert np.bincount(extended.y_train[-20:]).tolist() == np.bincount(kept.y).tolist() == [2] * 10
    assert extended.x_test is known.x_test
    all_of_them = {image.tobytes() for image in own.x}
    parts = {image.tobytes() for image in added}, {image.tobytes() for image in kept.x}
    assert len(all_of_them) == 40
    assert parts[0] | parts[1] == all_of_them
    assert not parts[0] & parts[1]
    by_bytes = {image.tobytes(): label for image, label in zip(own.x, own.y, strict=True)}
    assert [by_bytes[image.tobytes()] for image in added] == extended.y_train[-20:].tolist()


def test_a_second_call_would_mix_both_parts_and_is_refused():
    known = dataset("fashion_mnist").scaled()
    own = own_images("fashion_mnist", like=known)
    extended, kept = extend(known, own, seed=1)
    with pytest.raises(ValueError, match=r"3 own images \(.*\) are in the training part already"):
        extend(extended, own, seed=2)
    assert len(extend(extended, kept, train=[kept.images[0].file])[1]) == 2


@pytest.mark.parametrize("one_hot", [True, False])
def test_each_image_goes_in_as_often_as_is_asked_for(one_hot):
    known = dataset("fashion_mnist").scaled()
    known = known.one_hot() if one_hot else known
    own = own_images("fashion_mnist", like=known)
    once, kept = extend(known, own)
    often, same = extend(known, own, repeat=4)
    assert [image.file for image in same.images] == [image.file for image in kept.images]
    assert len(often.x_train) == len(known.x_train) + 4 * 3
    for x in ("x_train", "y_train"):
        added, all_added = getattr(once, x)[-3:], getattr(often, x)[-12:]
        assert np.array_equal(all_added, np.concatenate([added] * 4))


@pytest.mark.parametrize("repeat", [0, -1, 1.5, True, "3"])
def test_how_often_is_a_whole_number(repeat):
    with pytest.raises(ValueError, match="a whole number from 1, not"):
        extend(dataset("fashion_mnist"), own_images("fashion_mnist"), repeat=repeat)


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("one_hot", [True, False])
def test_shapes_and_types_are_those_of_the_data_set(scaled, one_hot):
    known = dataset("fashion_mnist")
    own = own_images("fashion_mnist")
    known = known.scaled() if scaled else known
    known = known.one_hot() if one_hot else known
    extended, kept = extend(known, own, train=["bag/satchel.jpg", "trouser/jeans.jpg"])
    for after, before in ((extended.x_train, known.x_train), (extended.y_train, known.y_train)):
        assert (after.dtype, after.shape[1:], len(after)) == (before.dtype, before.shape[1:], len(before) + 2)
    assert extended.labels("train")[-2:].tolist() == [1, 8]
    assert kept.x.shape[1:] == known.image_shape
    assert (kept.x.dtype, len(kept.dataset.x_test), len(kept.dataset.x_train)) == (known.x_train.dtype, 4, 0)
    assert kept.x.max() > (0.9 if scaled else 230)


@pytest.mark.parametrize(
    ("name", "train", "message"),
    [
        ("fashion_mnist", 0.5, "made for cifar10 .10 classes., not for fashion_mnist"),
        ("cifar10", 2, "train must be a share between 0 and 1"),
        ("cifar10", 0, "train must be a share between 0 and 1"),
        ("cifar10", ["cat/none.jpg"], "there is no own image 'cat/none.jpg'"),
        ("cifar10", "cat/face.jpg", "or a list of files"),
    ],
)
def test_what_cannot_be_extended_is_one_line(name, train, message):
    with pytest.raises(ValueError, match=message) as raised:
        extend(dataset(name), own_images("cifar10"), train=train)
    assert "\n" not in str(raised.value)


def test_pixels_of_another_range_are_refused():
    known = dataset().scaled()
    odd = Dataset(**{**vars(known), "x_train": known.x_train * 2 - 1})
    with pytest.raises(ValueError, match="go from -1 to 1"):
        extend(odd, own_images("cifar10"))


def test_the_desk_shows_original_result_and_answer(folder):
    own = own_images(folder, like="cifar10")
    outputs = np.eye(10)[[3, 5, 5, 8]] * 0.6 + 0.04
    ax = plots.desk(own, Evaluation.of(own.y, outputs, own.class_names))
    texts = {text.get_text(): text.get_color() for text in ax.texts}
    assert {"cat 64%", "dog 64%", "ship 64%"} <= set(texts)
    by_place = [text for text in ax.texts if text.get_text().endswith("64%")]
    assert [text.get_color() == "#2a9d8f" for text in by_place] == [True, False, True, True]
    assert np.array_equal(ax.images[0].get_array(), own.images[0].original)
    assert np.array_equal(ax.images[1].get_array(), own.x[0])
    frame = ax.patches[0]
    assert (frame.get_width(), frame.get_height()) == pytest.approx((18 / 24, 18 / 24))
    assert "24x18 → crop → 32x32" in ax.texts[1].get_text() + ax.texts[0].get_text()


def test_the_desk_asks_the_network_what_it_was_trained_on():
    class Net:
        def predict(self, x, **_):
            assert (x.shape[1:], x.dtype, x.max() <= 1) == ((28, 28, 1), np.float32, True)
            return np.eye(10)[[8] * len(x)]

    class Saved:
        def probabilities(self, x):
            assert (x.shape, x.dtype) == ((6, 28, 28, 1), np.uint8)
            return np.eye(10)[[8] * len(x)]

    own = own_images("fashion_mnist").scaled()
    for model in (Net(), Saved()):
        said = [text.get_text() for text in plots.desk(own, model).texts]
        assert said.count("Bag 100%") == 6
    with pytest.raises(ValueError, match="other images"):
        plots.desk(own, Evaluation.of([0], [[0.5] * 10], own.class_names))


def test_steps_are_shown_in_french_too(folder):
    config.choose(language="fr")
    own = own_images("fashion_mnist")
    words = [text.get_text().splitlines()[0] for text in plots.steps(own.images[0]).texts]
    assert words[:3] == ["originale", "bords coupés", "réduite"]
    assert own.images[0].class_name == "Pantalons"
    every = {
        step.name
        for name in ("cifar10", "fashion_mnist")
        for i in own_images(name).images
        for step in i.steps
    }
    assert {"turned upright", "crop by hand", "inverted"} <= every
    from labkit.plots.style import _WORDS

    assert every <= {*_WORDS}


@pytest.mark.parametrize(("name", "per_class", "classes"), [("cifar10", 4, 10), ("fashion_mnist", 2, 3)])
def test_the_courses_drawings(name, per_class, classes):
    own = own_images(SHIPPED / name)
    counts = np.unique(own.y, return_counts=True)[1]
    assert counts.tolist() == [per_class] * classes
    assert own.report.skipped.empty
    assert not own.report.warnings  # no two look alike
    for image in own.images:
        assert min(image.width, image.height) >= 256
        assert (image.licence, image.origin[:5]) == ("CC0-1.0", "drawn")
        assert (SHIPPED / name / image.file).stat().st_size < 200_000
        stored = np.asarray(Image.open((SHIPPED / "results" / name / image.file).with_suffix(".png")))
        # JPEG decoders of other versions differ by a grey level or two
        assert np.abs(stored.astype(int) - image.pixels).max() <= 4
    assert len({(image.width, image.height) for image in own.images}) >= 4


def test_the_drawings_are_small_and_the_results_of_nothing_else():
    files = [path for path in SHIPPED.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 1_500_000
    for name in ("cifar10", "fashion_mnist"):
        stems = [{p.relative_to(SHIPPED / d / name).with_suffix("") for p in (SHIPPED / d / name).rglob("*.*g")}
                 for d in ("", "results")]  # fmt: skip
        assert stems[0] == stems[1]


@pytest.mark.slow
def test_the_script_draws_the_same_pictures_again(tmp_path):
    """The same bytes twice, and the pictures of the repository as near as another Pillow may come."""
    for run in ("one", "two"):
        command = [sys.executable, SHIPPED / "draw.py", "--to", tmp_path / run, "--only", "f"]
        subprocess.run(command, check=True, cwd=ROOT)
    drawn = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*g"))
    assert len(drawn) > 8
    for path in drawn:
        first, second, shipped = (root / path for root in (tmp_path / "one", tmp_path / "two", SHIPPED))
        assert first.read_bytes() == second.read_bytes()
        difference = np.asarray(Image.open(first), int) - np.asarray(Image.open(shipped), int)
        assert np.abs(difference).mean() < 3


def test_saving_writes_what_labkit_made(tmp_path):
    own = own_images("fashion_mnist").scaled()
    paths = own.save(tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in paths[:2]] == [
        "trouser/jeans.png",
        "trouser/wide.png",
    ]
    assert np.array_equal(np.asarray(Image.open(paths[0])), own.images[0].pixels.reshape(28, 28))


def test_a_zip_goes_the_same_way(folder, tmp_path):
    (folder / "own_images.toml").write_text('["cat/a.png"]\norigin = "here"\n')
    zipped = shutil.make_archive(tmp_path / "mine", "zip", folder.parent, "mine")
    own = own_images(zipped, like="cifar10")
    assert own.images[0].file == "mine/cat/a.png"
    assert own.images[0].origin == "here"
    assert len(own) == 4


def test_a_large_photo_is_kept_small_and_its_frame_is_right():
    image = Image.new("RGB", (2000, 1000), "grey")
    made = prepare(photo(image), Recipe((32, 32, 3), crop=(100, 200, 500)))
    assert made.steps[0].image.shape == (256, 512, 3)
    assert made.seen == (100, 200, 500, 500)


def test_the_wheel_takes_all_drawings_to_where_they_are_looked_for():
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    inside = own_reading.SHIPPED[1].relative_to(ROOT).as_posix()
    assert built["force-include"] == {
        f"data/own_images/{name}": f"{inside}/{name}" for name in own_reading.DRAWINGS
    }
    assert set(own_reading.DRAWINGS) == {path.name for path in SHIPPED.iterdir() if path.is_dir()} - {
        "results"
    } - {"__pycache__"}


def test_drawings_that_were_not_installed_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(own_reading, "SHIPPED", (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(DataNotFoundError, match="install labkit again"):
        own_reading.drawings("cifar10")
