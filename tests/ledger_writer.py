"""A process that writes to a ledger; it imports no Keras, so that two of them start at once."""

from labkit.experiments import Ledger
from labkit.training import Run


def write(path, writer, count, ready):
    ledger = Ledger(path)
    # Longer than what a file's buffer holds, so that a row goes to the disk in several pieces.
    history = {"loss": [0.123456789] * 2_000}
    ready.wait()
    for number in range(count):
        ledger.add(Run(name=f"{writer} {number}", history=history))
