"""The store keeps what it acknowledged, through kills and damage, and leaves foreign files alone."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.grading.records import CellRun, Execution, Flag, HandIn, Mark
from labkit.grading.store import NAME, Store, StoreError, execution_key, rule_key
from labkit.quiz import question
from tests.grading import store_writer

DONE = Execution(
    status="done",
    level="full",
    device="cpu",
    seconds=2.5,
    answers={"q": "x = 1 # \udc80 é", "lost": None},
    flags=[Flag("cell added", "one")],
    cells=[CellRun("c", "failed", 0.1, error="NameError: x", evidence=["{}"], pictures=["iVBO"])],
)
MARK = Mark("q", 1.5, 2, "partly", "nearly \U0001f600")


def writer(folder, start):
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.grading.store_writer", str(folder), str(start)],
        cwd=root, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip


def killed(folder, start, seconds):
    """The lines of a writer that is killed so long after its first save."""
    process = writer(folder, start)
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    lines = [line.split() for line in (first + rest).splitlines()]
    return [(what, int(number)) for what, number in lines]


def check_saved(store, acknowledged):
    for what, number in acknowledged:
        if what == "execution":
            assert store.execution(f"key {number}") == store_writer.made(number)
        else:
            for name, mark in store_writer.marks(number).items():
                assert store.mark(f"key {number}", name, "rule") == mark


def test_what_is_saved_comes_back(tmp_path):
    hand_in = HandIn("B/lab.ipynb", "/x", "B\u202e", "12", "ab", flags=(Flag("k", "d"),))
    with Store(tmp_path / "out") as store:
        secret = store.secret
        store.save_execution("k", DONE)
        store.save_marks("k", {"q": "r"}, {"q": MARK})
        store.note_attempt("k", "OSError: \udc80")
        store.save_hand_ins([hand_in, HandIn("A.ipynb", "", "A", rejected="no notebook")])
    with Store(tmp_path / "out" / NAME) as store:
        assert len(secret) == 32
        assert store.secret == secret
        assert store.execution("k") == DONE
        assert store.mark("k", "q", "r") == MARK
        assert store.mark("k", "q", "another rule") is None
        assert store.execution("other") is None
        assert [error for error, _ in store.attempts("k")] == ["OSError: \\udc80"]
        assert [h.name for h in store.hand_ins()] == ["B/lab.ipynb", "A.ipynb"]
        assert store.hand_ins()[0] == hand_in


def test_secrets_differ(tmp_path):
    with Store(tmp_path / "a") as a, Store(tmp_path / "b") as b:
        assert a.secret != b.secret


def test_an_error_of_the_grader_is_no_result(tmp_path):
    with Store(tmp_path) as store, pytest.raises(ValueError, match="note_attempt"):
        store.save_execution("k", Execution(status="error"))


def test_forget(tmp_path):
    with Store(tmp_path) as store:
        for key in ("k", "l"):
            store.save_execution(key, DONE)
            store.save_marks(key, {"q": "r", "p": "r"}, {"q": MARK, "p": MARK})
            store.note_attempt(key, "e")
        assert store.forget(question="q", key="l") == 1
        assert store.mark("k", "q", "r")
        assert store.forget(question="q") == 1
        assert (store.mark("k", "q", "r"), store.mark("k", "p", "r")) == (None, MARK)
        assert store.execution("k")
        assert store.forget(key="k") == 2
        assert store.execution("k") is None
        assert store.attempts("k") == []
        assert store.execution("l")
        assert store.attempts("l")
        with pytest.raises(ValueError, match="what to forget"):
            store.forget()


def test_a_failed_save_changes_nothing(tmp_path):
    with Store(tmp_path) as store:
        with pytest.raises(KeyError):
            store.save_marks("k", {"q": "r"}, {"q": MARK, "p": MARK})
        store.save_marks("k", {"p": "r"}, {"p": MARK})
        assert store.mark("k", "q", "r") is None


def test_a_second_grader_is_refused(tmp_path):
    process = writer(tmp_path, 0)
    process.stdout.readline()
    try:
        with (
            pytest.raises(StoreError, match="another labkit grade is at work in") as refused,
            Store(tmp_path),
        ):
            pass
        assert "\n" not in str(refused.value)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    with Store(tmp_path) as store:  # the lock went with the process
        assert store.execution("key 0")
        with pytest.raises(StoreError, match="another labkit grade"), Store(tmp_path):
            pass


@pytest.mark.slow
def test_twenty_kills_lose_nothing(tmp_path):
    chance = random.Random(4)
    acknowledged, journals = [], 0
    for _ in range(20):
        acknowledged += killed(
            tmp_path, acknowledged[-1][1] + 1 if acknowledged else 0, chance.uniform(0, 0.15)
        )
        journals += (tmp_path / f"{NAME}-journal").exists()
        with Store(tmp_path) as store:
            check_saved(store, acknowledged[-20:])
            assert store._rows("PRAGMA integrity_check") == [("ok",)]
    with Store(tmp_path) as store:
        check_saved(store, acknowledged)
    print(f"{len(acknowledged)} saves acknowledged, {journals} of 20 kills inside a transaction")
    assert len(acknowledged) >= 40


def hot(tmp_path):
    """A store whose writer was killed inside a transaction, and what it had acknowledged."""
    for attempt in range(60):
        folder = tmp_path / f"hot {attempt}"
        acknowledged = killed(folder, 0, 0.02 + attempt / 100)
        if (folder / f"{NAME}-journal").exists():
            return folder, acknowledged
    pytest.skip("no kill fell into a transaction")


@pytest.mark.slow
@pytest.mark.parametrize("where", [NAME, f"{NAME}-journal"])
def test_garbage_at_the_end_is_passed_over(tmp_path, where):
    folder, acknowledged = hot(tmp_path)
    with (folder / where).open("ab") as file:
        file.write(random.Random(1).randbytes(50_000))
    with Store(folder) as store:
        check_saved(store, acknowledged)
        assert store._rows("PRAGMA integrity_check") == [("ok",)]
        store.save_execution("after", DONE)
    with Store(folder) as store:
        check_saved(store, acknowledged)
        assert store.execution("after") == DONE


def filled(folder):
    with Store(folder) as store:
        for number in range(12):
            store.save_execution(f"key {number}", store_writer.made(number))
    return folder / NAME


def test_a_journal_of_garbage_is_passed_over(tmp_path):
    path = filled(tmp_path)
    path.with_name(f"{NAME}-journal").write_bytes(b"garbage" * 1000)
    with Store(tmp_path) as store:
        check_saved(store, [("execution", number) for number in range(12)])


@pytest.mark.parametrize("share", [0, 0.0001, 0.1, 0.5, 0.99])
def test_a_truncated_store_is_refused_and_left_alone(tmp_path, share):
    path = filled(tmp_path)
    os.truncate(path, int(path.stat().st_size * share))
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused, Store(tmp_path):
        pass
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == before


def test_a_damaged_page_is_refused(tmp_path):
    path = filled(tmp_path)
    with path.open("r+b") as file:
        file.seek(4096 + 5)
        file.write(b"\xff" * 60)
    with pytest.raises(StoreError, match=r"damaged: restore grades\.sqlite from a backup"), Store(tmp_path):
        pass


def test_a_changed_value_is_made_again_and_never_believed(tmp_path):
    with Store(tmp_path) as store:
        store.save_marks("k", {"q": "r", "p": "r"}, {"q": MARK, "p": MARK})
    data = (tmp_path / NAME).read_bytes()
    changed = data.replace(b'"points":1.5', b'"points":2.5', 1)
    assert changed != data
    (tmp_path / NAME).write_bytes(changed)
    with Store(tmp_path) as store:
        assert sorted([store.mark("k", name, "r") is None for name in "pq"]) == [False, True]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (f"PRAGMA application_id = {0x12345678}", "belongs to another program"),
        ("PRAGMA user_version = 99", "newer labkit"),
    ],
)
def test_a_foreign_or_newer_file_is_left_alone(tmp_path, change, said):
    path = filled(tmp_path)
    with sqlite3.connect(path) as database:
        database.execute(change)
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=said) as refused, Store(tmp_path):
        pass
    assert str(path) in str(refused.value)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    (tmp_path / NAME).write_text("my own notes\n" * 30)
    with pytest.raises(StoreError, match="is no store of labkit grade"), Store(tmp_path):
        pass
    assert (tmp_path / NAME).read_text().startswith("my own notes")


def test_a_journal_without_its_database_is_not_rolled_into_a_new_one(tmp_path):
    journal = tmp_path / f"{NAME}-journal"
    journal.write_bytes(b"x")
    with pytest.raises(StoreError, match=r"without grades\.sqlite"), Store(tmp_path):
        pass
    assert journal.exists()


def test_a_folder_that_cannot_be_used(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose a folder of yours"), Store(tmp_path / "file" / "out"):
        pass


def test_the_settings_that_make_a_save_durable(tmp_path):
    with Store(tmp_path) as store:
        assert store._rows("PRAGMA journal_mode") == [("delete",)]
        assert store._rows("PRAGMA synchronous") == [(3,)]  # EXTRA


def test_a_program_that_holds_the_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("labkit.grading.database.PATIENCE", 0.1)
    path = filled(tmp_path)
    with Store(tmp_path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program has it open"):
            store.save_execution("k", DONE)
        other.execute("ROLLBACK")
        other.close()
        store.save_execution("k", DONE)


def test_a_copy_of_the_file_is_a_backup(tmp_path):
    path = filled(tmp_path / "a")
    (tmp_path / "b").mkdir()
    shutil.copy(path, tmp_path / "b")
    with Store(tmp_path / "b") as store:
        assert store.execution("key 3") == store_writer.made(3)


def test_keys_change_with_all_that_counts():
    parts = {"reference": "r", "specs": {"q": {"n": 1}}, "profile": "smoke", "level": "full", "device": "cpu"}
    key = execution_key("a", **parts, version="1")
    assert key == execution_key("a", **parts, version="1")
    changes = [
        {"reference": "s"},
        {"specs": {"q": {"n": 1.0}}},
        {"profile": "full"},
        {"level": "none"},
        {"device": "gpu"},
    ]
    others = {execution_key("a", **{**parts, **change}, version="1") for change in changes}
    others |= {execution_key("b", **parts, version="1"), execution_key("a", **parts, version="2")}
    assert len(others | {key}) == 8


def test_rules_change_with_the_question():
    asked = question("mnist.flatten_size")
    assert rule_key(asked) == rule_key(replace(asked))
    changed = [replace(asked, tolerance=1.0), replace(asked, hint={"en": "no"}), replace(asked, points=7)]
    assert len({rule_key(q) for q in [asked, *changed]} | {rule_key(asked, "9.9")}) == 5


def test_what_a_kernel_says_of_its_device_can_be_kept(tmp_path):
    with Store(tmp_path) as store:
        store.save_execution("k", replace(DONE, device="\ud800"))
        assert store.execution("k").device == "\ud800"
