import pytest

from labkit.files import replacing, write_text


def test_writes_and_makes_the_folder(tmp_path):
    write_text(tmp_path / "a" / "b.txt", "été\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "été\n".encode()


def test_a_failure_keeps_what_was_there_and_leaves_nothing_behind(tmp_path):
    place = tmp_path / "kept.txt"
    place.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(place) as part:
        part.write_text("half" * (1 // 0))
    assert place.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_nobody_sees_half_a_file(tmp_path):
    place = tmp_path / "seen.txt"
    with replacing(place) as part:
        part.write_text("half")
        assert not place.exists()
    assert place.read_text() == "half"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OSError, match=r"cannot write to .*file") as caught,
        replacing(tmp_path / "file" / "x"),
    ):
        pass
    assert "\n" not in str(caught.value)
