"""What the guard lets through of a notebook's outputs."""

from types import SimpleNamespace

from labkit.grading import guard, guarded_kernel


def test_a_notebook_has_room_for_so_much():
    room = {"pictures": 10}
    assert guard._kept("pictures", ["1234", "12345678", "123456"], room) == ["1234", "123456"]
    assert guard._kept("pictures", ["1"], room) == []


def test_the_memory_of_this_process_is_known():
    before = guarded_kernel.memory()
    grown = bytearray(b"x" * 50_000_000)
    assert guarded_kernel.memory() - before > 40_000_000
    del grown


def kernel(monkeypatch, *, alive, answers):
    """A kernel after a cell, in a careful run."""
    made = guarded_kernel.GuardedKernel.__new__(guarded_kernel.GuardedKernel)
    made.linger, made.kc = 0.01, SimpleNamespace(kernel_info=lambda: "asked")
    monkeypatch.setattr(guarded_kernel, "ANSWERING", 0.2)
    monkeypatch.setattr(made, "is_alive", lambda: alive)
    monkeypatch.setattr(made, "_replied", lambda asked: answers and asked == "asked")
    return made


def test_a_kernel_has_survived_a_cell_only_if_it_answers(monkeypatch):
    assert kernel(monkeypatch, alive=True, answers=True)._survives()
    assert not kernel(monkeypatch, alive=True, answers=False)._survives()  # a process that is about to end
    assert not kernel(monkeypatch, alive=False, answers=False)._survives()


def test_nobody_waits_for_a_kernel_in_the_first_run(monkeypatch):
    first = kernel(monkeypatch, alive=True, answers=False)
    first.linger = 0.0
    assert first._survives()
