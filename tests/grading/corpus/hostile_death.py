"""Cells that the kernel does not survive, or only in part."""

from tests.grading.corpus.case import attack

DEAD = ("kernel died",)
GONE = ("kernel died", "cell time")  # dead, or alive and deaf
SPOILT = {"tiny.area": 0}


def _death(name, why, source, **more):
    return attack("kernel death", f"death_{name}", why, source, **{"stops": DEAD, **more})


CASES = [
    _death("exit", "an end without a word, said to be a success", "import os\n\nos._exit(0)"),
    _death("abort", "abort", "import os\n\nos.abort()"),
    _death("segfault", "a null pointer is read", "import ctypes\n\nctypes.string_at(0)"),
    _death("kill", "SIGKILL to itself", "import os, signal\n\nos.kill(os.getpid(), signal.SIGKILL)"),
    _death(
        "kill_parent",
        "SIGKILL to the parent",
        "import os, signal\n\nos.kill(os.getppid(), signal.SIGKILL)\narea = 1",
        stops=(),
    ),
    _death(
        "signals_to_parent",
        "every other signal to the parent",
        """
import os

for number in (1, 2, 3, 10, 12, 13, 14, 15, 20, 21):
    try:
        os.kill(os.getppid(), number)
    except OSError:
        continue
area = 1
""",
        stops=(),
    ),
    _death("sys_exit", "sys.exit with success", "import sys\n\nsys.exit(0)", stops=()),
    _death("quit", "quit()", "quit()", stops=()),
    _death(
        "shutdown",
        "the kernel is asked to shut down",
        "get_ipython().kernel.do_shutdown(False)\narea = 1",
        stops=(),
    ),
    _death(
        "soon",
        "the kernel ends between this cell and the next ones, wherever they are by then",
        "import os, threading\n\nthreading.Timer(0.02, os._exit, [1]).start()\narea = 1",
        stops=(),
    ),
    _death(
        "loop_stopped",
        "the kernel's event loop is stopped",
        "import asyncio\n\nasyncio.get_running_loop().stop()\narea = 1",
        stops=(),
    ),
    _death(
        "files_closed",
        "every file and socket is closed",
        "import os\n\nos.closerange(3, 4096)\narea = 1",
        stops=(),
    ),
    _death(
        "sockets_replaced",
        "every socket becomes the null device",
        """
import os

null = os.open(os.devnull, os.O_RDWR)
for number in range(3, 256):
    if number != null:
        os.dup2(null, number)
area = 1
""",
        stops=(),
    ),
    _death(
        "replaced",
        "the process becomes another program",
        'import os\n\nos.execv("/bin/sleep", ["sleep", "86413"])',
        stops=GONE,
    ),
    _death(
        "stack",
        "the stack of C overflows",
        """
import sys

sys.setrecursionlimit(10**8)
nested = []
for _ in range(10**6):
    nested = [nested]
area = len(repr(nested))
""",
        stops=(),
    ),
    _death(
        "later",
        "the kernel dies a second after the cell, in the middle of another one",
        "import os, threading\n\nthreading.Timer(1, os._exit, [1]).start()\narea = 1",
        marks=SPOILT,
        stops=(),
    ),
    _death(
        "next_cell",
        "the kernel dies whenever a cell begins",
        """
import os

get_ipython().events.register("pre_run_cell", lambda *_: os._exit(0))
""",
        marks=SPOILT,
        stops=(),
    ),
    _death(
        "last_cell",
        "the same in the last answer: only its own probe is left",
        """
import os

get_ipython().events.register("pre_run_cell", lambda *_: os._exit(0))
""",
        at="grid",
    ),
    _death(
        "in_probe",
        "the kernel dies when the function is called with anything but the public examples",
        """
import os


def double(x):
    return 2 * x if x in (2, -3) else os._exit(0)
""",
        at="double",
    ),
    _death(
        "in_probe_of_object",
        "the kernel dies when the answer is read",
        """
import os


class Area:
    def __getattribute__(self, name):
        os._exit(0)


area = Area()
""",
        stops=(),
    ),
    _death(
        "no_builtins",
        "all of Python's own names are taken away",
        "import builtins\n\nvars(builtins).clear()",
        marks=SPOILT,
        stops=(),
    ),
    _death(
        "no_modules", "all modules are forgotten", "import sys\n\nsys.modules.clear()", marks=SPOILT, stops=()
    ),
]
