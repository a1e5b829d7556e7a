"""Hand-ins are found under every name, told apart by student, and nothing but regular files is opened."""

import hashlib
import io
import os
import socket
import stat
import time
import zipfile
from pathlib import Path

import pytest

from labkit.grading import hand_ins
from labkit.grading.hand_ins import gather
from labkit.grading.records import Rejected
from labkit.grading.students import MOST_FILES, shown, wrapper

NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    return folder


@pytest.fixture
def found(tmp_path, place):
    """Gather what lies in `place`, by name."""

    def found(where=place):
        return {hand_in.name: hand_in for hand_in in gather(where, tmp_path / "scratch")}

    return found


def put(folder: Path, *names: str, data: bytes = NOTEBOOK) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def zipped(members: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return memory.getvalue()


def kinds(hand_in) -> list[str]:
    return [flag.kind for flag in hand_in.flags]


def test_moodles_folders(place, found):
    put(
        place,
        "Marie Curie_12345_assignsubmission_file_/lab.ipynb",
        "Zoé_Van_Der_Berg_7_assignsubmission_file/a/b/x.ipynb",
    )
    rows = found()
    assert {(row.student, row.identifier) for row in rows.values()} == {
        ("Marie Curie", "12345"),
        ("Zoé_Van_Der_Berg", "7"),
    }
    assert not any(row.rejected or row.flags for row in rows.values())


def test_moodles_flat_files(place, found):
    put(
        place,
        "Marie Curie_12345_assignsubmission_file_lab.ipynb",
        "Emmy Noether_9_assignsubmission_file_my_lab.ipynb",
    )
    put(place, "Ada_8_assignsubmission_file_essay.pdf", data=b"%PDF")
    rows = found()
    assert sorted((row.student, row.identifier) for row in rows.values()) == [
        ("Ada", "8"),
        ("Emmy Noether", "9"),
        ("Marie Curie", "12345"),
    ]
    (essay,) = [row for row in rows.values() if row.student == "Ada"]
    assert essay.rejected.startswith("no notebook in it; it holds: Ada_8")


def test_any_folders_and_files(place, found):
    put(place, "curie/lab.ipynb", "noether.ipynb", "b/deep/er/lab.ipynb")
    put(place, "curie/sub/data.csv", data=b"a,b")
    rows = found()
    assert {name: row.student for name, row in rows.items()} == {
        "curie/lab.ipynb": "curie",
        "noether.ipynb": "noether",
        "b/deep/er/lab.ipynb": "b",
    }
    for row in rows.values():
        assert Path(row.path).read_bytes() == NOTEBOOK
        assert row.sha == hashlib.sha256(NOTEBOOK).hexdigest()


NAMES = [
    "LAB.IPYNB", "lab.ipynb.txt", "lab.ipynb (1)", "lab (1).ipynb", "-rf.ipynb", "a b.ipynb", "ünï.ipynb",
    "new\nline.ipynb", "$(reboot).ipynb", "'; drop.ipynb", ".ipynb", "x" * 240 + ".ipynb", "tab\t.ipynb", "ﷺ.ipynb",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_of_any_name(name, place, found):
    put(place, f"curie/{name}", data=b"anything")
    (row,) = found().values()
    assert not row.rejected
    assert "\n" not in row.name
    assert row.path.endswith("/00001.ipynb")
    assert len(row.path) < 300


@pytest.mark.parametrize("name", ["notebook (1).json", "lab", "lab.txt", "labipynb", "lab.nb"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_notebooks_without_their_ending_are_known_by_their_text(name, encoding, place, found):
    put(place, f"curie/{name}", data=NOTEBOOK.decode().encode(encoding))
    put(place, "curie/environment.json", data=b'{"python": "3.11"}')
    put(place, "curie/notes.txt", data=b"my cells: are fine")
    assert list(found()) == [f"curie/{name}"]


def test_what_systems_leave_behind_is_passed_over(place, found):
    put(
        place,
        "curie/lab.ipynb",
        "curie/.ipynb_checkpoints/lab-checkpoint.ipynb",
        "__MACOSX/curie/._lab.ipynb",
    )
    put(place, "curie/._lab.ipynb", "curie/lab.ipynb~", ".DS_Store", "curie/.git/x.ipynb", "Thumbs.db")
    assert list(found()) == ["curie/lab.ipynb"]


def test_names_that_are_no_unicode(place, found):
    for name in (b"caf\xe9", b"caf\xe8"):
        folder = os.fsencode(place) + b"/" + name
        os.mkdir(folder)
        with open(folder + b"/lab.ipynb", "wb") as file:
            file.write(NOTEBOOK)
    rows = found()
    assert sorted(rows) == ["caf\ufffd/lab.ipynb", "caf\ufffd/lab.ipynb (2)"]
    "".join(rows).encode("utf-8")


def test_numbers_never_meet_names(place, found):
    """A second "a (2)" would share the row of the first."""
    for name in (b"caf\xe9.ipynb", b"caf\xe8.ipynb", "caf\ufffd.ipynb (2)".encode()):
        with open(os.fsencode(place) + b"/" + name, "wb") as file:
            file.write(NOTEBOOK)
    assert len(found()) == 3


def test_accents_in_two_spellings_are_one_student(place, found):
    put(place, "Zoe\u0301_5_assignsubmission_file_/lab.ipynb")
    (row,) = found().values()
    assert row.student == "Zo\u00e9"


def test_several_notebooks_are_each_a_flagged_hand_in(place, found):
    put(place, "curie/lab.ipynb", "curie/old/lab.ipynb", "noether/lab.ipynb")
    rows = found()
    assert {name: kinds(row) for name, row in rows.items()} == {
        "curie/lab.ipynb": ["several notebooks"], "curie/old/lab.ipynb": ["several notebooks"], "noether/lab.ipynb": [],
    }  # fmt: skip


def test_thousands_of_notebooks_of_one_student_are_not_graded(place, found):
    put(place, *[f"curie/{i:03}.ipynb" for i in range(60)], "noether/lab.ipynb")
    rows = found()
    assert len(rows) == MOST_FILES + 2
    assert sum(bool(row.rejected) for row in rows.values()) == 1
    assert rows["curie/..."].rejected.startswith("40 more files")


def test_students_without_a_notebook_are_rejected_rows(place, found):
    put(place, "curie/lab.ipynb")
    put(place, "noether/essay.pdf", "noether/more/lab.rar", data=b"%PDF")
    (place / "empty_11_assignsubmission_file_").mkdir()
    (place / "hollow/inside").mkdir(parents=True)
    rows = {row.student: row for row in found().values()}
    assert rows["noether"].rejected == "no notebook in it; it holds: noether/essay.pdf, noether/more/lab.rar"
    assert (rows["empty"].rejected, rows["empty"].identifier) == ("no notebook in it", "11")
    assert rows["hollow"].rejected == "no notebook in it"
    assert rows["noether"].name == "noether"
    assert rows["noether"].path == ""


def test_links_pipes_sockets_and_devices_are_never_opened(place, found, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(NOTEBOOK)
    put(place, "good/lab.ipynb")
    (place / "a").mkdir()
    (place / "a/file.ipynb").symlink_to(secret)
    (place / "a/folder").symlink_to(tmp_path)
    (place / "a/loop").symlink_to(place)
    (place / "a/dangling.ipynb").symlink_to("nowhere")
    os.mkfifo(place / "a/pipe.ipynb")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(place / "a")  # the path of a socket is short
        server.bind("socket.ipynb")
        os.chdir(here)
        rows = found()
    reasons = {name: row.rejected for name, row in rows.items()}
    assert reasons.pop("good/lab.ipynb") == ""
    assert all(
        "it is a link" in reasons.pop(f"a/{name}")
        for name in ("file.ipynb", "folder", "loop", "dangling.ipynb")
    )
    assert reasons == {"a/pipe.ipynb": "it is a pipe", "a/socket.ipynb": "it is a socket"}
    assert all(row.path == "" for name, row in rows.items() if name != "good/lab.ipynb")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_devices(place, found):
    try:
        os.mknod(place / "zero.ipynb", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no devices here")
    (row,) = found().values()
    assert "a device" in row.rejected


def test_link_that_takes_a_files_place_is_not_followed(tmp_path, monkeypatch):
    """Between the look and the opening: the opened thing is looked at again, and a link does not open."""
    secret, path = tmp_path / "secret", tmp_path / "lab.ipynb"
    secret.write_bytes(b"secret")
    path.symlink_to(secret)
    regular = os.stat(secret)
    monkeypatch.setattr(hand_ins.os, "stat", lambda *_, **__: regular)
    with pytest.raises(Rejected, match="cannot be read"), hand_ins.opened(path):
        pass
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Rejected, match="a pipe"), hand_ins.opened(path):
        pass


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_folders_are_rejected(place, found):
    put(place, "a/lab.ipynb", "b/lab.ipynb", "c/lab.ipynb")
    (place / "a/lab.ipynb").chmod(0)
    (place / "b").chmod(0)
    rows = found()
    (place / "b").chmod(0o700)
    assert {name: bool(row.rejected) for name, row in rows.items()} == {
        "a/lab.ipynb": True,
        "b": True,
        "c/lab.ipynb": False,
    }


def test_unreadable_for_anyone(place, found, monkeypatch):
    """The same for root: the system refuses."""
    put(place, "a/lab.ipynb", "b/lab.ipynb")
    really = os.open

    def refusing(path, flags, *rest, dir_fd=None):
        if (path == "b" and flags & os.O_DIRECTORY) or path == "lab.ipynb":
            raise PermissionError(13, "Permission denied")
        return really(path, flags, *rest, dir_fd=dir_fd)

    monkeypatch.setattr(hand_ins.os, "open", refusing)
    assert {name: row.rejected for name, row in found().items()} == {
        "a/lab.ipynb": "it cannot be read (Permission denied)",
        "b": "the folder cannot be read (Permission denied)",
    }


def test_files_that_are_too_large_are_rejected(place, found):
    put(place, "a/lab.ipynb")
    with open(place / "large.ipynb", "wb") as file:
        file.truncate(hand_ins.LARGEST + 1)
    assert "larger than 200 MB" in found()["large.ipynb"].rejected


def test_folders_nested_too_deeply(place, found):
    put(place, "a/lab.ipynb", "b/" + "x/" * 60 + "lab.ipynb")
    rows = found()
    assert not rows["a/lab.ipynb"].rejected
    assert [row.rejected for row in rows.values() if row.student == "b"] == ["it is nested too deeply"]


def test_zip_of_a_class(tmp_path, found):
    inner = zipped({"mine/lab.ipynb": NOTEBOOK, "again.zip": zipped({"lab.ipynb": NOTEBOOK})})
    members = {
        "Marie Curie_1_assignsubmission_file_/lab.ipynb": NOTEBOOK,
        "Emmy Noether_2_assignsubmission_file_/all.zip": inner,
        "Ada_3_assignsubmission_file_/": b"",
        "Alan_4_assignsubmission_file_/broken.zip": b"PK\x03\x04",
        "Eve_5_assignsubmission_file_/../../../etc/cron.ipynb": NOTEBOOK,
    }
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(members))
    rows = {row.identifier: row for row in found(path).values()}
    assert (rows["1"].rejected, rows["2"].rejected) == ("", "")
    assert rows["2"].name == "Emmy Noether_2_assignsubmission_file_/all.zip/mine/lab.ipynb"
    assert rows["3"].rejected == "no notebook in it"
    assert rows["4"].rejected.startswith("it is no zip that can be read")
    assert rows["5"].rejected == "it was not unpacked: a path that leads out of the folder"
    assert kinds(rows["5"]) == ["not unpacked"]


def test_zips_in_a_folder(place, found):
    put(place, "curie.zip", data=zipped({"lab.ipynb": NOTEBOOK, "__MACOSX/._lab.ipynb": b"x"}))
    put(place, "noether/work.ZIP", data=zipped({"essay.pdf": b"x"}))
    put(place, "void/work.zip", data=zipped({}))
    rows = {row.student: row for row in found().values()}
    assert rows["curie"].name == "curie.zip/lab.ipynb"
    assert "essay.pdf" in rows["noether"].rejected
    assert rows["void"].rejected == "no notebook in it"


def test_only_copies_stay_in_the_scratch_folder(place, found, tmp_path):
    put(place, "curie.zip", data=zipped({"lab.ipynb": NOTEBOOK, "more.csv": b"x"}))
    put(place, "noether.ipynb")
    found()
    left = [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]
    assert sorted(path.suffix for path in left) == [".ipynb", ".ipynb"]
    (own,) = (tmp_path / "scratch").iterdir()
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert len(found()) == 2  # and a second time, beside the first


def test_folder_around_everything_names_nobody(place, found):
    put(place, "submissions/curie.ipynb", "submissions/noether.ipynb", "submissions/ada/lab.ipynb")
    assert {row.student for row in found().values()} == {"curie", "noether", "ada"}


@pytest.mark.parametrize(
    ("paths", "depth"),
    [
        ([], 0), ([["lab.ipynb"]], 0), ([["a", "lab.ipynb"]], 0), ([["a", "lab.ipynb"], ["a", ""]], 0),
        ([["s", "a", "x"], ["s", "b", "x"]], 1), ([["s", "t", "a", "x"], ["s", "t", "b", "x"]], 2),
        ([["M_1_assignsubmission_file_", "a"], ["M_1_assignsubmission_file_", "b"]], 0), ([["s", "x"], ["lab"]], 0),
    ],
)  # fmt: skip
def test_wrapper(paths, depth):
    assert wrapper(paths) == depth


def test_the_same_place_gives_the_same_rows(place, tmp_path):
    put(place, *[f"{name}/lab.ipynb" for name in ("b", "a", "Z", "é", "10", "9")])
    rows = [gather(place, tmp_path / f"scratch{i}") for i in range(2)]
    assert [row.name for row in rows[0]] == sorted(row.name for row in rows[0])
    assert [(r.name, r.sha) for r in rows[0]] == [(r.name, r.sha) for r in rows[1]]


@pytest.mark.parametrize("made", ["missing", "empty folder", "junk", "text", "notes only"])
def test_places_with_nothing_to_grade(made, place, found, tmp_path):
    where = place
    if made == "missing":
        where = place / "gone"
    elif made == "junk":
        put(place, ".DS_Store", "__MACOSX/lab.ipynb")
    elif made == "notes only":
        put(place, "notes.txt", data=b"hello")
    elif made == "text":
        where = place / "lab.txt"
        put(place, "lab.txt", data=b"hello")
    with pytest.raises(ValueError, match=str(where.name)) as raised:
        found(where)
    assert "\n" not in str(raised.value)


def test_what_grading_writes_is_no_hand_in(tmp_path, place):
    put(place, "anna/lab.ipynb", "grades/.work/solution.ipynb", "anna/grades/lab.ipynb")
    rows = gather(place, tmp_path / "scratch", out=place / "grades")
    assert [row.name for row in rows] == ["anna/grades/lab.ipynb", "anna/lab.ipynb"]
    linked = tmp_path / "linked"
    linked.symlink_to(place)
    assert len(gather(place, tmp_path / "scratch", out=linked / "grades")) == 2
    with pytest.raises(ValueError, match="another folder"):
        gather(place, tmp_path / "scratch", out=linked)


def test_a_name_of_many_accents_takes_no_time():
    start = time.process_time()  # others may be busy on the same cores
    assert len(shown("a" + "\u0300\u0323" * 100_000)) <= 120
    assert time.process_time() - start < 5
