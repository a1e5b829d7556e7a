"""Honest hand-ins that behave awkwardly while they run. Every mark that is lost is lost by the student."""

from tests.grading.corpus.case import good, without

RIGHT = "area = 13 * 13 * MAPS\n"


def _area(name, why, source, **more):
    """Something is done in the first answer, which is right in the end; all others come after it."""
    return good(name, why, {"area": source.strip("\n") + "\n" + RIGHT}, **more)


CASES = [
    good("right", "nothing special", {}),
    good("neighbour", "the one whose answers others want: nothing special", {"why": "Weights are shared."}),
    _area("tqdm", "bars", "from tqdm.auto import tqdm\n\nfor _ in tqdm(range(20_000)):\n    pass"),
    _area(
        "carriage_returns",
        "a bar made by hand",
        'for n in range(3000):\n    print(f"\\r{n}", end="", flush=True)',
    ),
    _area("many_prints", "20,000 lines", "for number in range(20_000):\n    print(number)"),
    _area("many_displays", "5,000 displays", "for number in range(5_000):\n    display(number)"),
    _area("large_output", "1 MB in one line", 'print("x" * 1_000_000)'),
    _area(
        "warnings",
        "warnings",
        'import warnings\n\nwarnings.warn("look out", stacklevel=1)\nnp.array([1.0]) / 0',
    ),
    _area(
        "warnings_as_errors",
        "every later warning is an error",
        'import warnings\n\nwarnings.simplefilter("error")',
    ),
    _area(
        "logging",
        "logs",
        'import logging\n\nlogging.basicConfig(level="DEBUG", force=True)\nlogging.info("café ☕")',
    ),
    _area(
        "unicode",
        "letters of many scripts, emoji",
        'größe, π, 变量, café = 1, 3.14, "宽", "☕ 👩🏽‍🔬"\nprint(größe, π, 变量, café)',
    ),
    _area(
        "star_imports", "NumPy's and math's names over Python's", "from math import *\nfrom numpy import *"
    ),
    _area(
        "builtins_shadowed",
        "Python's own names as variables",
        "list = [1]\nsum = id = type = str = dict = len = int = float = repr = 5\n"
        "print = isinstance = hasattr = getattr = callable = range = tuple = bool = max = min = None",
    ),
    good(
        "probes_names_taken",
        "variables called as the grader might call its own",
        {
            "area": "answer = 26\njson = display = nonce = spec = question = np_ = 5\n" + RIGHT,
            "shape": "shape = (answer, answer, 32)",
        },
    ),
    _area("labkit_shadowed", "lk is a number", "lk = 5"),
    good(
        "helper",
        "a function in a cell of one's own",
        {"area": "area = helper()"},
        added={"area": "def helper():\n    return 5408"},
    ),
    good(
        "imports",
        "an import in a cell of one's own",
        {"area": "area = math.prod([13, 13, 32])"},
        added={"area": "import math"},
    ),
    good(
        "builds_on_answers",
        "answers that use earlier answers",
        {
            "area": RIGHT,
            "rows": "rows = [3 * n // 2 for n in map(double, (1, 3, 9, 27))]",
            "shape": "shape = (SIDE, SIDE, area // 169)",
        },
    ),
    good(
        "given_numbers_used",
        "variables of the lab changed on the way",
        {"area": "MAPS = MAPS + 1\narea = 13 * 13 * (MAPS - 1)", "shape": "shape = (SIDE, SIDE, MAPS - 1)"},
    ),
    _area("plot", "a figure", "import matplotlib.pyplot as plt\n\nplt.plot([1, 3, 2])\nplt.show()"),
    _area(
        "inline",
        "a magic of old notebooks",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\n\nplt.imshow(np.eye(3))",
    ),
    _area(
        "style",
        "matplotlib's settings changed",
        'import matplotlib.pyplot as plt\n\nplt.style.use("ggplot")\nplt.rcParams["figure.dpi"] = 200',
    ),
    good("time_magic", "%%time", {"area": "%%time\n" + RIGHT}),
    _area("timeit", "%timeit", "%timeit -n 3 -r 1 sum(range(1000))"),
    _area("shell", "a shell command", "!ls -l > /dev/null\nnames = !ls"),
    _area("help", "help on the side", "np.eye?\nhelp(abs)"),
    good("capture", "%%capture", {"area": "%%capture held\nprint(1)\n" + RIGHT}),
    good(
        "input",
        "input(): only its own question is lost",
        {"area": 'area = int(input("area? "))'},
        marks=without("area"),
    ),
    good(
        "debugger",
        "a breakpoint was left: only its own question is lost",
        {"area": "breakpoint()\nraise SystemExit"},
        marks=without("area"),
    ),
    good(
        "sys_exit",
        "sys.exit: only its own question is lost",
        {"area": "import sys\n\nsys.exit(1)"},
        marks=without("area"),
    ),
    good(
        "exception",
        "an error: only its own question is lost",
        {"area": "area = 1 / 0"},
        marks=without("area"),
    ),
    good(
        "syntax_error",
        "no Python: only its own question is lost",
        {"area": "area = = 5408"},
        marks=without("area"),
    ),
    good("error_after_answer", "an error after the answer was there", {"area": RIGHT + "undefined"}),
    good(
        "interrupt_raised",
        "KeyboardInterrupt, kept from an earlier run",
        {"area": RIGHT + "raise KeyboardInterrupt"},
    ),
    _area("slow", "one and a half times as slow", "import time\n\ntime.sleep(1.5)"),
    _area("other_folder", "another working folder", "import os, tempfile\n\nos.chdir(tempfile.mkdtemp())"),
    good(
        "files",
        "files here and where temporary files go",
        {
            "area": 'from pathlib import Path\nimport tempfile\n\nPath("n.txt").write_text("13")\nwith tempfile.NamedTemporaryFile("w+") as file:\n    file.write("32")\narea = int(Path("n.txt").read_text()) ** 2 * MAPS',
            "grid": 'np.save("grid.npy", np.eye(4))\ngrid = np.load("grid.npy", mmap_mode="r")',
        },
    ),
    _area("slash_tmp", "a file in /tmp, by that name", 'open("/tmp/labkit-benign.txt", "w").write("x")'),
    _area("home", "a file at home", 'import os\n\nopen(os.path.expanduser("~/notes.txt"), "w").write("x")'),
    good(
        "processes",
        "two workers",
        {
            "area": 'import multiprocessing\n\n\ndef times(n):\n    return n * MAPS\n\n\nwith multiprocessing.get_context("fork").Pool(2) as pool:\n    area = sum(pool.map(times, [100, 69]))',
        },
    ),
    good(
        "threads",
        "threads",
        {
            "area": "from concurrent.futures import ThreadPoolExecutor\n\nwith ThreadPoolExecutor(4) as pool:\n    area = sum(pool.map(lambda n: n * MAPS, [100, 69]))",
        },
    ),
    _area(
        "thread_left",
        "a thread that goes on",
        "import threading, time\n\nthreading.Thread(target=time.sleep, args=(5,), daemon=True).start()",
    ),
    good(
        "await",
        "await at the top level",
        {
            "area": "import asyncio\n\n\nasync def slow():\n    await asyncio.sleep(0.05)\n    return 13\n\n\narea = await slow() ** 2 * MAPS"
        },
    ),
    good(
        "subprocess",
        "another program",
        {
            "area": 'import subprocess\n\narea = int(subprocess.run(["echo", "5408"], capture_output=True, text=True).stdout)'
        },
    ),
    good(
        "python_subprocess",
        "another Python",
        {
            "area": 'import subprocess, sys\n\narea = int(subprocess.check_output([sys.executable, "-c", "import numpy; print(13 * 13 * 32)"]))'
        },
    ),
    _area(
        "random",
        "random numbers without a seed",
        "import random\n\nprint(random.random(), np.random.rand(3))",
    ),
    good(
        "recursion",
        "recursion, and a higher limit for it",
        {
            "area": "import sys\n\nsys.setrecursionlimit(20_000)\n\n\ndef count(n):\n    return 0 if n == 0 else 1 + count(n - 1)\n\n\narea = count(5408)"
        },
    ),
    _area(
        "numpy_errors",
        "NumPy raises what it would warn of",
        'np.seterr(all="raise")\nnp.set_printoptions(threshold=5, precision=1)',
    ),
    _area("locale", "another locale", 'import locale\n\nlocale.setlocale(locale.LC_ALL, "C.UTF-8")'),
    _area(
        "environment",
        "variables of the environment changed",
        'import os\n\nos.environ["LABKIT_LANGUAGE"] = "fr"\nos.environ["PYTHONPATH"] = "."',
    ),
    _area(
        "stdout_replaced",
        "sys.stdout was never put back",
        "import io, sys\n\nsys.stdout = sys.stderr = io.StringIO()",
    ),
    _area("collected", "memory tidied up", "import gc\n\nbig = np.ones((2000, 2000))\ndel big\ngc.collect()"),
    _area(
        "path_changed",
        "sys.path changed, modules of one's own",
        'import sys\nfrom pathlib import Path\n\nPath("mine.py").write_text("x = 5")\nsys.path.insert(0, ".")\nimport mine',
    ),
    _area("pandas", "a table is shown", "import pandas as pd\n\ndisplay(pd.DataFrame({'a': [1, 2]}))"),
    _area(
        "clear_output",
        "the output is cleared",
        "from IPython.display import clear_output\n\nprint(1)\nclear_output(wait=True)",
    ),
    _area("large_variable", "300 MB in memory", "big = np.ones((300, 1024, 128))"),
]
