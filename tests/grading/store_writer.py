"""A process that saves to a store without end and says what was saved: `python -m ... FOLDER START`."""

import random
import sys

from labkit.grading.records import CellRun, Execution, Mark
from labkit.grading.store import Store


def made(number: int) -> Execution:
    """The execution that belongs to a number: some small, some of many pages."""
    noise = random.Random(number)
    text = noise.randbytes(noise.choice([50, 5_000, 60_000])).hex()
    return Execution(
        status="done", level="full", device="cpu", seconds=number, cells=[CellRun("c", "passed", error=text)]
    )


def marks(number: int) -> dict[str, Mark]:
    return {f"q{i}": Mark(f"q{i}", number % 3, 3, "partly", "é" * 500) for i in range(20)}


if __name__ == "__main__":
    with Store(sys.argv[1]) as store:
        number = int(sys.argv[2])
        while True:
            store.save_execution(f"key {number}", made(number))
            print("execution", number, flush=True)
            store.save_marks(f"key {number}", dict.fromkeys(marks(number), "rule"), marks(number))
            print("marks", number, flush=True)
            number += 1
