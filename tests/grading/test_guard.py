"""What the guard lets through of a notebook's outputs."""

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
