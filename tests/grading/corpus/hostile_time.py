"""Cells that never end: in Python, in C, while an answer is read, in hooks, at the very end."""

from tests.grading.corpus.case import attack, full

TIME = ("cell time",)


def _time(name, why, source, **more):
    return attack("time", f"time_{name}", why, source, **{"stops": TIME, **more})


# What the hooks do to later cells is theirs to bear: only what the student has not earned is asked.
SPOILT = {"tiny.area": 0}

CASES = [
    _time("loop", "a plain endless loop", "while True:\n    pass"),
    _time(
        "loop_catches_all",
        "a loop that catches the interrupt",
        """
import time

while True:
    try:
        time.sleep(0.1)
    except BaseException:
        continue
""",
    ),
    _time(
        "sigint_ignored",
        "SIGINT and SIGTERM are ignored",
        """
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    pass
""",
    ),
    _time("sigstop", "the kernel stops itself", "import os, signal\n\nos.kill(os.getpid(), signal.SIGSTOP)"),
    _time("in_c", "one long call in C that no signal reaches", "area = 3 ** (10**9) % 7"),
    _time("sleep", "a long sleep", "import time\n\ntime.sleep(1e6)"),
    _time(
        "regex",
        "catastrophic backtracking",
        'import re\n\nre.fullmatch(r"(a|a)*(b|b)*(a|a)*$", "a" * 64 + "c")',
    ),
    _time(
        "in_repr",
        "the answer is shown, and its repr never ends",
        """
class Area:
    def __repr__(self):
        while True:
            pass

    __str__ = __repr__


area = Area()
area
""",
    ),
    _time(
        "when_read",
        "the answer is an object whose every method never ends",
        """
class Area:
    def _loop(self, *_):
        while True:
            pass

    __float__ = __int__ = __index__ = __len__ = __iter__ = __eq__ = __hash__ = __getitem__ = __array__ = _loop
    __repr__ = __str__ = __bool__ = __reduce__ = _loop


area = Area()
""",
        stops=(),  # it need not be asked anything to be found wrong
    ),
    _time(
        "attribute_when_read",
        "every attribute of the answer never ends, and catches the interrupt",
        """
class Area:
    def __getattribute__(self, name):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                continue


area = Area()
""",
        stops=(),
    ),
    _time(
        "function_loops",
        "the function is right for the public examples and never ends for others",
        """
def double(x):
    while x not in (2, -3):
        pass
    return 2 * x
""",
        at="double",
    ),
    _time(
        "function_loops_for_good",
        "the function catches the interrupt, so that the kernel dies in the probe",
        """
def double(x):
    while x not in (2, -3):
        try:
            while True:
                pass
        except BaseException:
            continue
    return 2 * x
""",
        at="double",
    ),
    _time(
        "gil_in_thread",
        "a thread of C code that keeps the interpreter",
        """
import threading
import time

threading.Thread(target=lambda: 3 ** (10**9), daemon=True).start()
time.sleep(1)
""",
        stops=("cell time", "kernel died"),
    ),
    _time(
        "pre_run_hook",
        "IPython is told to loop before each later cell; the last question has only its probe left",
        """
def forever(*_):
    while True:
        pass


get_ipython().events.register("pre_run_cell", forever)
""",
        at="grid",
        stops=(),
    ),
    _time(
        "post_run_hook",
        "IPython is told to loop after each cell",
        """
def forever(*_):
    while True:
        pass


get_ipython().events.register("post_run_cell", forever)
""",
        marks=SPOILT,
    ),
    _time(
        "atexit",
        "the kernel never ends when it is asked to; all answers are right",
        """
import atexit
import signal

grid = np.eye(4)


@atexit.register
def forever():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        try:
            signal.pause()
        except BaseException:
            continue
""",
        at="grid",
        stops=(),
        marks=full(),
    ),
    _time(
        "non_daemon_thread",
        "a thread that the interpreter waits for at its end; all answers are right",
        """
import threading
import time

grid = np.eye(4)
threading.Thread(target=time.sleep, args=(86413,), daemon=False).start()
""",
        at="grid",
        stops=(),
        marks=full(),
    ),
    _time(
        "never_awaited",
        "an await that nobody answers",
        "import asyncio\n\narea = await asyncio.get_running_loop().create_future()",
    ),
    _time(
        "import_lock",
        "a deadlock on two locks",
        """
import threading

lock = threading.Lock()
lock.acquire()
lock.acquire()
""",
    ),
    _time(
        "stuck_child",
        "waits for a child that ignores every polite signal",
        """
import subprocess
import sys

child = "import signal, time; signal.signal(2, 1); signal.signal(15, 1); time.sleep(86413)"
subprocess.run([sys.executable, "-c", child])
""",
    ),
    _time(
        "clock",
        "time is said to stand still",
        """
import time

time.monotonic = time.time = time.perf_counter = lambda: 0.0
while True:
    pass
""",
        marks=SPOILT,
    ),
]
