"""The application without a browser: answers, the seam to labkit.explain, examples, the server's manners, the command."""

import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import labkit
from labkit import config, saving
from labkit.app import answer as answers
from labkit.app import page, server, words
from labkit.classifier import Classifier
from tests.test_classifier import colours
from tests.test_photo import huge_png

NAMES = ["red", "green", "blue"]


@pytest.fixture(scope="module")
def rgb():
    return Classifier.of(colours(), class_names=NAMES, preprocessing="unit")


def red_left(size=(320, 240)):
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, (220, 30, 30))
    picture.paste((30, 30, 220), (size[0] // 2, 0, *size))
    return picture


# --- the heatmap: one small function between the app and labkit.explain --------------------------------------


def explaining(monkeypatch, explain):
    """Let `labkit.explain` be this function's module, or be missing."""
    module = None if explain is None else types.SimpleNamespace(explain=explain)
    monkeypatch.setitem(sys.modules, "labkit.explain", module)


def test_the_heatmap_is_asked_for_as_agreed(rgb, monkeypatch):
    asked = {}

    def explain(model, images, classes=None, method="gradcam++", layer=None):
        asked.update(model=model, images=images, classes=classes, method=method, layer=layer)
        return types.SimpleNamespace(maps=np.array([[[0.0, 2.0], [-1.0, 4.0]]]), layer="conv", grid=(2, 2))

    explaining(monkeypatch, explain)
    found = answers.answer(rgb, red_left())
    assert (asked["model"], asked["method"], asked["layer"]) == (rgb.model, "gradcam++", None)
    assert (asked["images"].dtype, asked["images"].shape) == (np.float32, (1, 8, 6, 3))
    np.testing.assert_array_equal(asked["images"], rgb.prepare(red_left()))
    assert asked["classes"] == [NAMES.index(next(iter(found.probabilities)))]
    heat = answers.heatmap(rgb.model, rgb.prepare(red_left()), 0)
    np.testing.assert_allclose(heat, [[0, 0.5], [0, 1]])  # nothing below 0, the highest is 1
    assert found.overlay.size == (252, 336)


def cannot(*_, **__):
    raise ValueError("colours has no convolution to explain")


def of_nan(*_, **__):
    return types.SimpleNamespace(maps=np.full((1, 2, 2), np.nan))


@pytest.mark.parametrize("explain", [None, cannot, of_nan], ids=["missing", "cannot", "nan"])
def test_without_a_heatmap_the_answer_still_comes(rgb, monkeypatch, explain):
    explaining(monkeypatch, explain)
    found = answers.answer(rgb, Image.new("RGB", (60, 60), "red"))
    assert found.overlay is None
    assert next(iter(found.probabilities)) == "red"
    shown = page._pictures(found, "a CPU")
    assert "No heatmap" in shown
    assert shown.count("<img") == 1


def test_an_empty_heatmap_leaves_the_picture_as_it_is():
    picture = red_left((40, 30))
    np.testing.assert_array_equal(answers.overlaid(picture, np.zeros((2, 2))), picture)
    hot = np.asarray(answers.overlaid(picture, np.array([[0.0, 1.0]]))).astype(int)
    change = abs(hot - np.asarray(picture)).sum(axis=2).mean(axis=0)
    assert change[-1] > 100 > 20 > change[0]


def test_the_answer_says_what_was_seen_and_how_long_it_took(rgb, monkeypatch):
    explaining(monkeypatch, None)
    found = answers.answer(rgb, red_left())
    assert found.seen.size == (6, 8)
    left, right = found.seen.getpixel((0, 4)), found.seen.getpixel((5, 4))
    assert left[0] > left[2]
    assert right[2] > right[0]
    assert found.milliseconds > 0
    assert "Answer in " in page._pictures(found, "a CPU")


# --- the desk: what happens to a picture that comes in -------------------------------------------------------


@pytest.fixture
def desk(rgb, monkeypatch):
    pytest.importorskip("gradio", reason="gradio is not installed: pip install 'labkit[app]'")
    monkeypatch.setattr(page, "GRACE", 0)
    return page._Desk(rgb, [])


def uploaded(tmp_path, data):
    path = tmp_path / "upload" / "photo.jpg"
    path.parent.mkdir()
    if callable(data):
        data(path)
    else:
        path.write_bytes(data)
    return path


def wait_until_gone(path):
    import time

    for _ in range(500):
        if not path.parent.exists():
            return
        time.sleep(0.02)
    pytest.fail(f"{path} is kept")


def test_an_upload_is_answered_and_deleted(desk, tmp_path):
    path = uploaded(tmp_path, lambda place: Image.new("RGB", (50, 40), "red").save(place))
    label, pictures, problem, photo = desk.photo({"path": str(path)})
    assert next(iter(label)) == "red"
    assert "data:image/png;base64," in pictures
    assert (problem["visible"], photo) == (False, None)
    wait_until_gone(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "This file is empty"),
        (b"a text, renamed to .jpg", "This is no picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 400, "This is no picture|This picture is damaged"),
        (huge_png, "too large"),
    ],
    ids=["empty", "text", "damaged", "huge"],
)
def test_what_is_no_picture_gets_a_message_and_is_deleted(desk, tmp_path, data, message):
    import re

    path = uploaded(tmp_path, data)
    label, pictures, problem, photo = desk.photo({"path": str(path)})
    assert (label, pictures, photo) == (None, "", None)
    assert problem["visible"]
    assert re.search(message, problem["value"])
    wait_until_gone(path)


def test_a_network_that_diverged_is_a_message(desk, tmp_path):
    model = colours()
    model.layers[-1].set_weights([np.full((3, 3), np.nan), np.zeros(3)])
    desk.classifier = Classifier.of(model, class_names=NAMES, preprocessing="unit")
    path = uploaded(tmp_path, lambda place: Image.new("RGB", (50, 40), "red").save(place))
    assert "answers with NaN" in desk.photo({"path": str(path)})[2]["value"]


def test_an_example_is_answered_and_kept(desk, tmp_path):
    Image.new("RGB", (50, 40), "blue").save(tmp_path / "a.png")
    desk.examples = [tmp_path / "a.png"]
    assert next(iter(desk.example(0)[0])) == "blue"
    assert (tmp_path / "a.png").exists()


def test_a_cleared_picture_clears_the_answer(desk):
    assert desk.photo(None)[0] is None


# --- examples ------------------------------------------------------------------------------------------------


def test_examples_come_from_every_class_in_turn(tmp_path):
    for folder, count in (("cat", 3), ("dog", 1)):
        (tmp_path / folder).mkdir()
        for i in range(count):
            Image.new("RGB", (5, 5)).save(tmp_path / folder / f"{i}.png")
    (tmp_path / "note.txt").write_text("no picture")
    (tmp_path / "cat" / "bad.jpg").write_text("no picture either")
    found = [path.relative_to(tmp_path).as_posix() for path in server.example_pictures(tmp_path)]
    assert found == ["cat/0.png", "dog/0.png", "cat/1.png", "cat/2.png"]
    assert len(server.example_pictures(tmp_path, most=2)) == 2


def test_a_folder_without_pictures_is_one_line(tmp_path):
    with pytest.raises(NotADirectoryError, match="there is no folder"):
        server.example_pictures(tmp_path / "nothing")
    with pytest.raises(ValueError, match="has no picture in it"):
        server.example_pictures(tmp_path)


# --- the words -----------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_words_and_gaps():
    import string

    def gaps(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, french = words._WORDS["en"], words._WORDS["fr"]
    assert english.keys() == french.keys()
    for key, text in english.items():
        assert gaps(text) == gaps(french[key])
        assert text != french[key]


def test_many_classes_are_not_all_listed():
    assert words.listed([str(i) for i in range(100)]).endswith("11 and 88 more")
    config.choose(language="fr")
    assert words.listed([str(i) for i in range(100)]).endswith("11 et 88 autres")


def test_names_of_classes_are_text_and_no_html():
    names = ["<script>alert(1)</script>", "b", "c"]
    about = page._about(Classifier.of(colours(), class_names=names, preprocessing="unit"))
    assert "<script>" not in about
    assert "&lt;script&gt;" in about


# --- the server ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(rgb, tmp_path_factory):
    """A page that is served, and its address."""
    pytest.importorskip("gradio", reason="gradio is not installed: pip install 'labkit[app]'")
    demo = labkit.app.demo(rgb)
    yield demo
    demo.close()


def get(demo, path):
    import urllib.error
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{demo.url.rstrip('/')}{path}", timeout=120) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.slow
def test_the_page_is_served_to_this_machine_only(served):
    assert served.url.startswith("http://127.0.0.1:")
    assert repr(served) == f"The page is at {served.url}"
    assert served.share_url == ""
    status, body = get(served, "/")
    assert status == 200
    assert b"colours" in body
    for stranger in (b"googleapis", b"cdnjs", b"googletagmanager"):
        assert stranger not in body
    assert not served._blocks.analytics_enabled


@pytest.mark.slow
def test_no_file_of_the_machine_can_be_fetched(served):
    for path in ("/etc/passwd", str(Path(__file__)), "README.md", "pyproject.toml"):
        assert get(served, f"/gradio_api/file={path}")[0] == 403
    assert get(served, "/monitoring/summary")[0] == 403
    assert b'"named_endpoints":{}' in get(served, "/gradio_api/info")[1]


@pytest.mark.slow
def test_uploads_are_private_and_limited(served):
    import urllib.error
    import urllib.request

    folder = config.private_gradio_folder()
    assert folder.name.startswith("labkit-app-")
    assert folder.stat().st_mode & 0o077 == 0
    edge = "boundary"
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'.encode()
        + bytes(words.MOST_MEGABYTES * 1024 * 1024 + 1_000_000)
        + f"\r\n--{edge}--\r\n".encode()
    )
    request = urllib.request.Request(
        f"{served.url.rstrip('/')}/gradio_api/upload",
        body,
        {"Content-Type": f"multipart/form-data; boundary={edge}"},
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120)
    assert raised.value.code == 413
    assert not [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000]


@pytest.mark.slow
def test_a_taken_port_is_one_line(rgb, served):
    port = int(served.url.rstrip("/").rpartition(":")[2])
    with pytest.raises(OSError, match=f"port {port} is taken"):
        labkit.app.demo(rgb, port=port)
    assert get(served, "/")[0] == 200


class FakeBlocks:
    """Gradio's Blocks as far as the server knows them."""

    def __init__(self, share_url="https://abc.gradio.live", failures=0):
        self.local_url, self.wanted_share_url, self.failures, self.launched = (
            "http://127.0.0.1:1/",
            share_url,
            failures,
            [],
        )

    def queue(self, **_):
        pass

    def close(self, **_):
        self.launched.append("closed")

    def launch(self, share=None, server_name=None, server_port=None, quiet=None, **options):
        self.launched.append({"share": share, "server_name": server_name, **options})
        if len(self.launched) <= self.failures:
            raise ValueError("When localhost is not accessible, a shareable link must be created.")
        self.share_url = self.wanted_share_url if share else None


@pytest.fixture
def fake(monkeypatch):
    pytest.importorskip("gradio", reason="gradio is not installed: pip install 'labkit[app]'")
    monkeypatch.setenv("GRADIO_TEMP_DIR", "unused")

    def make(**options):
        blocks = FakeBlocks(**options)
        monkeypatch.setattr(page, "page", lambda *_, **__: blocks)
        return blocks

    return make


def test_the_share_link_is_said_plainly(rgb, fake):
    fake()
    said = repr(labkit.app.demo(rgb, share=True))
    assert "Public link: https://abc.gradio.live" in said
    assert "Whoever has the link can use the page" in said
    fake(share_url=None)
    assert "No public link could be made" in repr(labkit.app.demo(rgb, share=True))


def test_colab_shares_and_other_places_do_not(rgb, fake, monkeypatch):
    here = fake()
    labkit.app.demo(rgb)
    assert here.launched[0]["share"] is False
    assert here.launched[0]["server_name"] == "127.0.0.1"
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    colab = fake()
    demo = labkit.app.demo(rgb)
    assert colab.launched[0]["share"] is True
    assert demo.share_url == "https://abc.gradio.live"


def test_a_busy_machine_gets_more_than_one_try(rgb, fake):
    busy = fake(failures=2)
    assert labkit.app.demo(rgb).url == busy.local_url
    hopeless = fake(failures=99)
    with pytest.raises(OSError, match=r"does not answer .*NO_PROXY"):
        labkit.app.demo(rgb)
    assert hopeless.launched[-1] == "closed"


def test_the_first_answer_is_computed_before_anybody_asks(rgb, fake, monkeypatch):
    seen = []
    monkeypatch.setattr(server, "answer", lambda classifier, picture: seen.append(picture.size))
    fake()
    labkit.app.demo(rgb)
    assert seen == [(6, 8)]


def test_a_bare_model_needs_names_and_preprocessing(fake):
    fake()
    with pytest.raises(ValueError, match="class_names is missing"):
        labkit.app.demo(colours())
    assert labkit.app.demo(colours(), class_names=NAMES, preprocessing="unit").url


def test_without_gradio_one_line_says_what_to_install(rgb, monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(ModuleNotFoundError, match="pip install gradio"):
        labkit.app.demo(rgb)


def test_the_folder_of_uploads_is_one_a_process(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    assert config.private_gradio_folder() == tmp_path
    monkeypatch.delenv("GRADIO_TEMP_DIR")
    first = config.private_gradio_folder()
    assert first == config.private_gradio_folder()
    assert first.is_dir()
    first.rmdir()
    os.environ.pop("GRADIO_TEMP_DIR")


# --- the command ---------------------------------------------------------------------------------------------


def invoke(*arguments):
    from labkit.cli import app

    return CliRunner().invoke(app, ["app", *map(str, arguments)])


def test_the_command_opens_a_file_and_ends_with_ctrl_c(rgb, fake, tmp_path, monkeypatch):
    path = saving.save(rgb, tmp_path / "colours.keras")
    blocks = fake()

    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr("threading.Event.wait", interrupted)
    result = invoke(path, "--port", "7870", "--share")
    assert result.exit_code == 0, result.output
    assert "Public link: https://abc.gradio.live" in result.output
    assert blocks.launched[-1] == "closed"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"no model", "is no .keras file"), (None, "there is no file")],
)
def test_a_bad_model_is_one_line_and_exit_code_2(fake, tmp_path, content, message):
    fake()
    path = tmp_path / "net.keras"
    if content is not None:
        path.write_bytes(content)
    result = invoke(path)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_an_h5_is_opened_with_the_names_of_its_classes(fake, tmp_path, monkeypatch):
    colours().save(tmp_path / "masks.h5")
    fake()
    monkeypatch.setattr(server.Demo, "wait", lambda self: None)
    result = invoke(tmp_path / "masks.h5", "--classes", "red, green,blue", "--preprocessing", "unit")
    assert result.exit_code == 0, result.output
    assert "The page is at" in result.output
