"""Damaged .npz files, places that cannot be written to, several writers at once, sudden death."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit import config
from labkit.data import BadArchiveError, archive, load, pack, sources, verify
from labkit.data.catalog import entry
from tests.tiny_data import tiny

ROOT = Path(archive.__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for variable in ("LABKIT_PROFILE", "LABKIT_LANGUAGE", "LABKIT_SEED", "LABKIT_PROGRESS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(config, "_chosen", config._Chosen())
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def one_line(caught):
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


# ---------------------------------------------------------------------------- damaged .npz files


def cut(path):
    path.write_bytes(path.read_bytes()[:-3000])


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


def flip_a_byte_uncompressed(path):
    np.savez(path, **tiny("mnist"))
    flip_a_byte(path)


def become(content):
    def change(path):
        path.write_bytes(content)

    return change


def become_a_folder(path):
    path.unlink()
    path.mkdir()


def become_a_single_array(path):
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


FILE_FAULTS = {
    cut: "is cut short or not an .npz file",
    become(b""): r"\(0 bytes\) is cut short",
    become(b"<html>Please log in</html>"): "is cut short or not an .npz file",
    become_a_single_array: "is cut short or not an .npz file",
    flip_a_byte: "is damaged",
    flip_a_byte_uncompressed: "is damaged",
    become_a_folder: "is a folder; expected a file",
}


@pytest.mark.parametrize(("damage", "message"), FILE_FAULTS.items())
def test_damaged_file(damage, message, folder):
    path = folder / "mnist.npz"
    archive.write(path, tiny("mnist"))
    damage(path)
    with pytest.raises(BadArchiveError, match=message) as caught:
        load("mnist")
    text = one_line(caught)
    assert str(path) in text
    assert "labkit data pack mnist" in text


def zeros(*shape, dtype=np.uint8):
    return np.zeros(shape, dtype)


CONTENT_FAULTS = [
    ({"x_train": None}, "expected the arrays x_train, y_train, x_test, y_test, found .*: x_train missing"),
    ({"x_train": zeros(40, 14, 14)}, r"x_train should hold uint8 images of shape \(n, 28, 28\), found uint8"),
    ({"x_test": zeros(40, 28, 28, 3)}, r"x_test should hold .* found uint8 \(40, 28, 28, 3\)"),
    ({"x_test": zeros(40, 28, 28, dtype="f4")}, r"x_test should hold uint8 .* found float32"),
    ({"x_train": zeros(), "y_train": zeros()}, r"x_train should hold"),
    ({"x_train": zeros(0, 28, 28), "y_train": zeros(0)}, "x_train is empty"),
    ({"y_train": zeros(39)}, "expected one label an image, found 40 images in x_train and 39 labels"),
    ({"y_train": zeros(40) + 10}, "integer labels from 0 to 9 .*, found labels from 10 to 10"),
    ({"y_test": np.arange(40) - 1}, "y_test should hold .* found labels from -1 to 38"),
    ({"y_test": np.arange(40) + 256}, "found labels from 256 to 295"),  # 256 would become 0 in uint8
    ({"y_train": zeros(40, dtype="f4")}, r"y_train should hold integer labels .* found float32 \(40,\)"),
    ({"y_train": zeros(40, dtype=bool)}, "found bool"),
    ({"y_train": np.array(["ONE"] * 40)}, "found <U3"),
    ({"y_train": zeros(40, 10)}, r"found uint8 \(40, 10\)"),
    ({"y_train": np.array([{}] * 40, dtype=object)}, "holds Python objects"),
]


@pytest.mark.parametrize(("changes", "message"), CONTENT_FAULTS)
def test_wrong_content(changes, message, folder):
    arrays = {k: v for k, v in (tiny("mnist") | changes).items() if v is not None}
    np.savez(folder / "mnist.npz", **arrays)
    with pytest.raises(BadArchiveError, match=message) as caught:
        load("mnist")
    assert str(folder / "mnist.npz") in one_line(caught)


def test_pickles_are_never_opened(folder, tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    np.savez(folder / "mnist.npz", **(tiny("mnist") | {"y_test": np.array([Trap()], dtype=object)}))
    with pytest.raises(BadArchiveError, match="never unpickles"):
        load("mnist")
    assert not (tmp_path / "sprung").exists()


def test_unreadable_file(folder, monkeypatch):
    archive.write(folder / "mnist.npz", tiny("mnist"))

    def refuse(self, *mode):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything, so chmod would not do
    with pytest.raises(
        BadArchiveError, match=r"mnist\.npz cannot be read \(Permission denied\): ask its owner"
    ):
        load("mnist")


def test_a_damaged_file_is_not_passed_over(folder, monkeypatch):
    monkeypatch.setattr(sources, "_from_keras", lambda known: pytest.fail("Keras was asked"))
    (folder / "mnist.npz").write_bytes(b"half")
    for use in (load, verify, pack):
        with pytest.raises(BadArchiveError):
            use("mnist")


# ---------------------------------------------------------------------------- writing


def test_pack_where_nothing_can_be_written(folder, tmp_path):
    archive.write(folder / "mnist.npz", tiny("mnist"))
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match=r"^cannot write to .*: choose a folder of yours\.$"):
        pack("mnist", tmp_path / "file" / "below")


def test_full_disk_leaves_nothing(folder, tmp_path, monkeypatch):
    archive.write(folder / "mnist.npz", tiny("mnist"))

    def no_space(file, **arrays):
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", no_space)
    with pytest.raises(OSError, match=r"^cannot write .*mnist\.npz \(No space left on device\)") as caught:
        pack("mnist", tmp_path / "stick")
    one_line(caught)
    assert list((tmp_path / "stick").iterdir()) == []


def python(code, *arguments):
    """Start another Python that runs `code`."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


DIE_WHILE_PACKING = """
import sys, time
import numpy as np
from pathlib import Path
from labkit.data import pack

def half(file, **arrays):
    Path(file).write_bytes(b"PK half of it")
    print("half", flush=True)
    time.sleep(60)

np.savez_compressed = half
pack("mnist", sys.argv[1])
"""


@pytest.mark.parametrize("there_before", [False, True])
def test_kill_during_pack(there_before, folder, tmp_path):
    stick = tmp_path / "stick" / "mnist.npz"
    archive.write(folder / "mnist.npz", tiny("mnist"))
    if there_before:
        archive.write(stick, tiny("mnist", per_class=2))
    child = python(DIE_WHILE_PACKING, stick.parent)
    assert child.stdout.readline() == "half\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert stick.exists() == there_before
    if there_before:
        assert len(archive.read(stick, entry("mnist"))["x_train"]) == 20
    assert len(archive.read(pack("mnist", stick.parent), entry("mnist"))["x_train"]) == 40


PACK_OFTEN = """
import sys
from labkit.data import pack
for _ in range(15):
    pack("mnist", sys.argv[1])
"""


@pytest.mark.slow
def test_two_pack_while_a_third_reads(folder, tmp_path):
    archive.write(folder / "mnist.npz", tiny("mnist", per_class=100))
    whole = archive.fingerprint(archive.read(folder / "mnist.npz", entry("mnist")))
    stick = tmp_path / "stick" / "mnist.npz"
    writers = [python(PACK_OFTEN, stick.parent) for _ in range(2)]
    reads = 0
    while any(writer.poll() is None for writer in writers):
        if stick.exists():
            assert archive.fingerprint(archive.read(stick, entry("mnist"))) == whole
            reads += 1
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    assert reads > 5
    assert archive.fingerprint(archive.read(stick, entry("mnist"))) == whole
    assert [file.name for file in stick.parent.iterdir()] == ["mnist.npz"]
