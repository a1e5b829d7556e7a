"""Unpacking: hostile members are named and left out, the rest is there, nothing lies outside."""

import io
import stat
import struct
import zipfile

import pytest

from labkit.grading.archive import Limits, unpack


@pytest.fixture
def unpacked(tmp_path):
    """Unpack members, a dict or a list of (name or ZipInfo, bytes); give the files found and the refusals."""

    def unpacked(members, limits=None, edit=None, how=zipfile.ZIP_DEFLATED):
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", how) as archive:
            for name, data in members.items() if isinstance(members, dict) else members:
                archive.writestr(name, data)
        data = memory.getvalue()
        (tmp_path / "a.zip").write_bytes(edit(data) if edit else data)
        folder = tmp_path / "out" / "in"
        refused = unpack(tmp_path / "a.zip", folder, limits)
        files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if not p.is_dir()}
        assert all(stat.S_ISREG(p.lstat().st_mode) for p in files.values())
        assert {p.name for p in tmp_path.iterdir()} == {"a.zip", "out"}
        assert [p.name for p in (tmp_path / "out").iterdir()] == ["in"]
        return files, {refusal.name: refusal.reason for refusal in refused}

    return unpacked


def member(name, mode=0, **more):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in more.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../up.ipynb", "leads out"), ("a/../../up.ipynb", "leads out"), ("..\\up.ipynb", "leads out"),
        ("/etc/passwd", "absolute"), ("\\etc\\x", "absolute"), ("C:\\x.ipynb", "absolute"), ("c:x", "absolute"),
        ("nul", "device"), ("a/CON.ipynb", "device"), ("com1.txt", "device"), ("aux /lab.ipynb", "device"),
        ("a/" * 40 + "lab.ipynb", "too deeply"), ("./.", "leads out"),
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name, reason, unpacked):
    files, refused = unpacked({name: b"x", "good/lab.ipynb": b"{}"})
    assert list(files) == ["good/lab.ipynb"]
    assert len(refused) == 1
    assert reason in next(iter(refused.values()))


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (stat.S_IFLNK, "a link"),
        (stat.S_IFIFO, "a pipe"),
        (stat.S_IFSOCK, "a socket"),
        (stat.S_IFCHR, "a device"),
    ],
)
def test_what_is_no_file_is_refused(mode, reason, unpacked):
    files, refused = unpacked([(member("lab.ipynb", mode | 0o777), "/etc/passwd"), ("b", b"x")])
    assert list(files) == ["b"]
    assert reason in refused["lab.ipynb"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_second_files_of_a_name_are_refused(unpacked):
    names = ["a/lab.ipynb", "a/lab.ipynb", "A/LAB.ipynb", "e\u0301.ipynb", "\u00e9.ipynb", "a//lab.ipynb"]
    files, refused = unpacked([(name, str(i)) for i, name in enumerate(names)])
    assert {name: path.read_text() for name, path in files.items()} == {
        "a/lab.ipynb": "0",
        "e\u0301.ipynb": "3",
    }
    assert set(refused) == set(names) - {"e\u0301.ipynb"}


def test_file_where_a_folder_should_be(unpacked):
    files, refused = unpacked({"a": b"1", "a/lab.ipynb": b"2", "b": b"3"})
    assert set(files) == {"a", "b"}
    assert "cannot be written" in refused["a/lab.ipynb"]


def test_caps(unpacked):
    members = {f"{i}": b"x" * 1000 for i in range(10)}
    files, refused = unpacked(members, Limits(members=7))
    assert (len(files), set(refused)) == (7, {"7", "8", "9"})


def test_cap_on_one_and_on_all(unpacked, tmp_path):
    files, refused = unpacked({"large": bytes(3_000_000), "small": b"x"}, Limits(one=2_000_000))
    assert set(files) == {"small"}
    assert "larger than 2 MB" in refused["large"]


def test_cap_on_all(unpacked):
    members = {str(i): bytes(2_000_000) for i in range(5)}
    files, refused = unpacked(members, Limits(all=6_000_000))
    assert 2 <= len(files) <= 3
    assert all("all together" in reason for reason in refused.values())
    assert sum(path.stat().st_size for path in files.values()) <= 6_000_000


def test_bomb_by_its_ratio(unpacked):
    text = b"epoch 12: loss 0.1234\n"
    files, refused = unpacked(
        {"bomb": bytes(30_000_000), "output": text * 1_000_000}, Limits(ratio=500, unsuspicious=1_000_000)
    )
    assert "zip bomb" in refused["bomb"]
    assert set(files) == {"output"}


def test_declared_sizes_are_not_believed(unpacked):
    def small(data):
        """Both headers say 10 bytes."""
        size = struct.pack("<I", 5_000_000)
        assert data.count(size) == 2
        return data.replace(size, struct.pack("<I", 10))

    files, refused = unpacked({"a": bytes(5_000_000), "b": b"x"}, Limits(one=1_000_000), edit=small)
    assert set(files) == {"b"}
    assert "damaged" in refused["a"]


def test_encrypted_and_strange_methods(unpacked):
    def encrypted(data):
        at = data.index(b"PK\x01\x02")
        return data[:6] + b"\x01" + data[7 : at + 8] + b"\x01" + data[at + 9 :]

    files, refused = unpacked({"a": b"secret", "b": b"x"}, edit=encrypted)
    assert (set(files), refused) == ({"b"}, {"a": "it is encrypted"})


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_decoders_without_a_bound_are_refused(how, unpacked):
    files, refused = unpacked({"a": bytes(1000)}, how=how)
    assert files == {}
    assert "deflate" in refused["a"]


def test_damaged_member_leaves_no_half_file(unpacked):
    files, refused = unpacked(
        {"a": b"abcdefgh" * 1000, "b": b"good"}, edit=lambda data: data[:45] + b"\xff\xfe" + data[47:]
    )
    assert set(files) == {"b"}
    assert "damaged" in refused["a"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip",
        b"PK\x03\x04" + bytes(500),
        b"PK\x05\x06" + b"\xff" * 18,
        b"PK\x05\x06" + bytes(8) + b"\xff\xff\xff\x7f" + bytes(6),
    ],
)
def test_broken_zip_is_one_clear_error(data, tmp_path):
    path = tmp_path / "broken.zip"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"broken\.zip: no zip that can be read") as raised:
        unpack(path, tmp_path / "out")
    assert "\n" not in str(raised.value)


def test_zip_cut_short_is_one_clear_error(tmp_path, unpacked):
    unpacked({"a": bytes(1000), "b": bytes(1000)})
    data = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="no zip that can be read"):
        unpack(tmp_path / "cut.zip", tmp_path / "out2")


def test_table_of_contents_too_large_is_not_read(tmp_path):
    """A gigabyte-long table, sparse on the disk: reading it would take several gigabytes."""
    path = tmp_path / "table.zip"
    size = 1 << 30
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, size, 0, 0))
    with pytest.raises(ValueError, match="table of contents is too large"):
        unpack(path, tmp_path / "out")


def test_names_in_any_spelling(unpacked):
    utf8 = "Zoé/é.ipynb".encode().decode("cp437")
    long = "x" * 180 + "é" * 100 + ".ipynb"
    files, refused = unpacked(
        {utf8: b"1", "b\\c.ipynb": b"2", f"d/{long}": b"3", "-rf": b"4", "a\nb": b"5", "e ": b"6"}
    )
    assert refused == {}
    assert {path.read_text() for path in files.values()} == set("123456")
    assert {"b/c.ipynb", "-rf", "a\nb", "e "} < set(files)
    (shortened,) = [name for name in files if name.startswith("d/")]
    assert shortened.endswith(".ipynb")


def test_undeclared_utf8_is_read_as_such(tmp_path):
    """As macOS writes it: UTF-8 bytes without the flag that says so."""
    name = "Zoé.ipynb".encode()
    path = tmp_path / "mac.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Zo\u00ff\u00ff.ipynb".encode("ascii", "replace").decode(), b"x")
    path.write_bytes(path.read_bytes().replace(b"Zo??.ipynb", name))
    assert unpack(path, tmp_path / "out") == []
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["Zoé.ipynb"]


def test_empty_folders_are_made(unpacked, tmp_path):
    unpacked({"empty/": b"", "a": b""})
    assert (tmp_path / "out/in/empty").is_dir()
