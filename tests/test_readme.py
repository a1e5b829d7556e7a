"""The README tells the truth: its code runs, its commands and links exist."""

import os
import re
import shutil
from pathlib import Path

import pytest

from labkit import config
from tests.tiny_photos import two_classes

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_library_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # they write a ledger and a network
    config.choose(profile="smoke")
    folder = two_classes(tmp_path / "masks", 20)
    shutil.make_archive("masks", "zip", folder)
    shutil.copy(folder / "blue" / "00.png", "somebody.jpg")
    digits, quick, photos, outside, maps = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(digits, names)
    assert names["result"].accuracy > 0.5
    exec(quick, names)
    assert names["fast"].name == "speed_cnn"
    exec(photos, names)
    answer = names["lk"].load("masks.keras").predict("somebody.jpg")
    assert max(answer, key=answer.get) == "blue"
    exec(outside, names)
    assert (len(names["kept"]), names["small"].image_shape) == (20, (32, 32, 3))
    exec(maps, names)


def test_links_and_pictures_are_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert "images/readme/report.png" in links
    for link in links:
        assert (ROOT / link).exists(), link


def test_the_make_targets_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE)
    assert {"run", "test", "lab"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_ci_calls_the_readmes_test_command():
    assert "make lint test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_constraints_have_versions_only():
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.+!-]+", line), line


def our_files():
    """All files of the checkout; the 60,000 of the virtual environment are not gone through."""
    for top, folders, names in os.walk(ROOT):
        folders[:] = sorted({*folders} - {".venv", ".git"})
        yield from (Path(top, name) for name in names)


def test_the_public_address_stands_in_one_place():
    """Badges and install cells are written from pyproject.toml; nothing else may name the address."""
    address = "your_organisation/labkit"
    generated = {ROOT / "README.md", *(ROOT / "notebooks").rglob("*.ipynb")}
    texts = [path for path in our_files() if path.suffix in {".py", ".toml", ".md", ".yml", ".cff"}]
    naming = {path for path in texts if address in path.read_text(encoding="utf-8")}
    assert naming - generated == {ROOT / "pyproject.toml", Path(__file__).resolve()}
