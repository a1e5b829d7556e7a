"""Reading: every file becomes a valid notebook or a reason, and neither takes long."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from labkit.grading import reading
from labkit.grading.records import Rejected
from tests.conftest import ROOT
from tests.grading.filled_labs import code, filled, markdown
from tests.grading.hand_in_cases import BENIGN, BROKEN_FILES, HOSTILE_FILES


@pytest.fixture
def read(tmp_path):
    def read(made):
        path = tmp_path / "lab.ipynb"
        path.write_bytes(made if isinstance(made, bytes) else json.dumps(made).encode())
        return reading.read(path)

    return read


def notebook(*found, **more) -> dict:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(found), **more}


def kinds(flags) -> list[str]:
    return [flag.kind for flag in flags]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*BENIGN, *HOSTILE_FILES])
def test_what_is_read_is_valid_and_can_be_written(name, read):
    made = {**BENIGN, **HOSTILE_FILES}[name](filled())
    try:
        found, flags = read(made)
    except Rejected:
        assert name == "ten_thousand_copies"
        return
    nbformat.validate(found)
    nbformat.writes(found).encode("utf-8")
    json.dumps([vars(flag) for flag in flags]).encode("utf-8")
    assert all(not cell.get("outputs") and not cell.get("attachments") for cell in found.cells)


@pytest.mark.parametrize(
    ("name", "reason"),
    {
        "empty": "empty", "blank": "empty", "nul_bytes": "NUL bytes", "cut_short": "cut short", "web_page": "web page",
        "zip": "zip", "python": "not a notebook", "trailing_comma": "damaged: no valid JSON in line 1", "list": "no notebook",
        "number": "no notebook", "text": "no notebook", "nan": "no notebook", "no_cells_key": "no cells", "no_cells": "without cells",
        "cells_no_list": "no cells", "worksheets_no_list": "no cells", "worksheets_of_nothing": "without cells",
        "version_99_without_cells": "no cells", "deep": "nested too deeply", "deep_objects": "nested too deeply",
        "merge_conflict": "git conflicts", "random": "(?i)n", "utf_16_garbage": "NUL", "long_number": "no cells",
    }.items(),
)  # fmt: skip
def test_broken_files_are_rejected_with_their_reason(name, reason, read):
    with pytest.raises(Rejected, match=reason) as raised:
        read(BROKEN_FILES[name])
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200


def test_every_broken_file_is_tried():
    marks = test_broken_files_are_rejected_with_their_reason.pytestmark
    assert {name for name, _ in marks[0].args[1]} == set(BROKEN_FILES)


@pytest.mark.parametrize("at", range(1000, 200_000, 20_011))
def test_broken_off_anywhere_is_cut_short(at, read):
    with pytest.raises(Rejected, match="cut short"):
        read(json.dumps(filled(), indent=1).encode()[:at])


def test_encodings_give_the_same_text(read):
    made = notebook(code("label = 'réglé, schön'", id="a"))
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "latin-1"):
        found, flags = read(json.dumps(made, ensure_ascii=False).encode(encoding))
        assert found.cells[0].source == "label = 'réglé, schön'"
        assert kinds(flags) == ([] if encoding.startswith("utf-8") else ["encoding"])


def test_what_is_mended_is_flagged(read):
    made = notebook(
        code("a", id="same"), code("b", id="same"), code("c", id={"x": 1}), code(["d", "\r\n", "e"]),
        code(7, id="n"), code(None, id="o"), {"cell_type": "sql", "source": "f"}, markdown("g\ud800\0", id="h"), "cell",
    )  # fmt: skip
    found, flags = read(made)
    assert [cell.source for cell in found.cells] == ["a", "b", "c", "d\ne", "", "", "f", "g\ufffd\ufffd", ""]
    assert [cell.cell_type for cell in found.cells[-3:]] == ["raw", "markdown", "raw"]
    assert found.cells[1].metadata.labkit.copy_of == "same"
    assert {flag.kind: flag.detail for flag in flags} == {
        "cell id of another cell": "1 times", "cell id that is none": "1 times", "source that is no text": "1 times",
        "unknown cell type": "2 times", "characters that cannot be written": "1 times",
    }  # fmt: skip


def test_own_ids_never_meet_the_hand_ins(read):
    found, _ = read(notebook(code("a"), code("b", id="no-id-1"), code("c", id="no-id-1-")))
    assert len({cell.id for cell in found.cells}) == 3
    assert [cell.id for cell in found.cells[1:]] == ["no-id-1", "no-id-1-"]


def test_ids_are_kept_where_nbformat_would_make_new_ones(read):
    found, _ = read(notebook(code("a", id="mnist-data"), nbformat_minor=4))
    assert found.cells[0].id == "mnist-data"


def test_headings_and_html_of_format_3(read):
    cells = [{"cell_type": "heading", "level": 2, "source": "Data"}, {"cell_type": "html", "source": "<b>"}]
    found, _ = read(
        {
            "nbformat": 3,
            "metadata": {},
            "worksheets": [{"cells": cells}, {"cells": [{"cell_type": "code", "input": "x"}]}],
        }
    )
    assert [(cell.cell_type, cell.source) for cell in found.cells] == [
        ("markdown", "## Data"),
        ("markdown", "<b>"),
        ("code", "x"),
    ]


def test_limits(read):
    found, flags = read(
        notebook(
            code("x" * 1_000_001, id="a", metadata={"labkit": {"question": "mnist.data"}}), code("y", id="b")
        )
    )
    assert [cell.id for cell in found.cells] == ["b"]
    assert [(flag.kind, flag.question) for flag in flags] == [("cell too long", "mnist.data")]
    assert len(read(notebook(code("x" * 1_000_000, id="a")))[0].cells) == 1
    assert len(read(notebook(*[code("x")] * 2_000))[0].cells) == 2_000
    with pytest.raises(Rejected, match="2,001 cells"):
        read(notebook(*[code("x")] * 2_001))
    with pytest.raises(Rejected, match="20 million characters"):
        read(notebook(*[code("x" * 999_999)] * 21))


def test_pictures_pasted_into_words_do_not_count(read):
    found, flags = read(
        notebook(markdown("See ![curve](data:image/png;base64," + "A" * 3_000_000 + ")", id="a"))
    )
    assert found.cells[0].source == "See ![curve](picture)"
    assert flags == []


@pytest.mark.parametrize(
    ("metadata", "flagged"),
    [
        ({}, False), ({"kernelspec": {"language": "python"}}, False), ({"kernelspec": {"language": "R"}}, True),
        ({"language_info": {"name": "julia"}}, True), ({"kernelspec": [], "language_info": 3}, False),
    ],
)  # fmt: skip
def test_another_kernel_is_flagged(metadata, flagged, read):
    _, flags = read(notebook(code("x", id="a"), metadata=metadata))
    assert kinds(flags) == (["another kernel"] if flagged else [])


def test_links_and_pipes_are_not_read(tmp_path):
    real = tmp_path / "real.ipynb"
    real.write_text(json.dumps(filled()))
    (tmp_path / "link.ipynb").symlink_to(real)
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name, reason in (("link", "a link"), ("pipe", "a pipe"), ("gone", "cannot be read")):
        with pytest.raises(Rejected, match=reason):
            reading.read(tmp_path / f"{name}.ipynb")


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak is read from /proc")
def test_fifty_megabytes_of_outputs_stay_small(tmp_path):
    """The whole process that reads them took 214 MB: far from the worker's limit."""
    path = tmp_path / "large.ipynb"
    path.write_text(json.dumps(BENIGN["outputs_of_50_megabytes"](filled())))
    assert path.stat().st_size > 50_000_000
    program = (
        "import sys; from labkit.grading import reading; found, _ = reading.read(sys.argv[1]);"
        "peak = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')];"
        "print(len(found.cells), *peak)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    cells, peak = map(int, done.stdout.split())
    assert cells == len(filled()["cells"])
    assert peak < 400_000  # KiB


def test_memory_that_is_not_there_is_a_reason(tmp_path, monkeypatch):
    path = tmp_path / "lab.ipynb"
    path.write_text(json.dumps(filled()))
    monkeypatch.setattr(json, "loads", lambda *_, **__: [0] * (1 << 62))
    with pytest.raises(Rejected, match="too much memory"):
        reading.read(path)
