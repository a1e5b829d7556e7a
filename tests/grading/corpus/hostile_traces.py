"""Cells that leave something behind: for later runs, for other students, for the grader to trip over.

Each gives the right answer if it can write where it should not: a mark would tell.
"""

from tests.grading.corpus.hostile_host import host

CASES = [
    host(
        "kit",
        "a file in the labkit that later runs import",
        """
from pathlib import Path

import labkit

Path(labkit.__file__).with_name("hostile_marker.txt").write_text("86413")
""",
    ),
    host(
        "site_packages",
        "a .pth file where every Python looks",
        """
import site
from pathlib import Path

for folder in [*site.getsitepackages(), Path(np.__file__).parents[1]]:
    Path(folder, "labkit_hostile_marker.pth").write_text("# 86413")
""",
    ),
    host(
        "hand_in",
        "its own and others' hand-ins are changed",
        """
import glob

with open("{hand_ins}/planted.ipynb", "w") as file:
    file.write("{}")
for path in glob.glob("{hand_ins}/*/*.ipynb"):
    open(path, "a").write(" ")
""",
    ),
    host(
        "canary",
        "a file outside is removed and another put there",
        """
import os

with open("{outside}/marker", "w") as file:
    file.write("86413")
os.remove("{outside}/canary")
""",
    ),
    host(
        "links",
        "links to the outside, where someone tidies up or writes later",
        """
import os

for name in ("link", "result.json", "cells.jsonl", "lab.ipynb", "out", "tmp"):
    try:
        os.symlink("{outside}", name)
    except FileExistsError:
        os.remove(name)
        os.symlink("{outside}/canary", name)
open("link/marker", "w").write("86413")
""",
    ),
    *[
        host(
            f"startup_{turn}",
            "a file that IPython runs at its start; two hand-ins do so, the second would see it",
            """
import builtins
from pathlib import Path

place = Path.home() / ".ipython" / "profile_default" / "startup"
place.mkdir(parents=True, exist_ok=True)
(place / "00.py").write_text("import builtins\\nbuiltins.labkit_owned = True")
assert hasattr(builtins, "labkit_owned")
"""
            + f"# the {turn}\n",
        )
        for turn in ("first", "second")
    ],
    host(
        "sitecustomize",
        "files that a Python started here or at home would import",
        """
import site
from pathlib import Path

for folder in (Path("."), Path(".."), Path(site.getusersitepackages())):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("sitecustomize.py", "usercustomize.py", "conftest.py", "json.py", "labkit.py"):
        (folder / name).write_text('open("{outside}/marker", "w").write("86413")')
raise SystemExit
""",
    ),
    host(
        "cron",
        "a job for later",
        """
from pathlib import Path

places = ("/etc/cron.d/labkit-hostile-marker", "/etc/profile.d/labkit-hostile-marker.sh")
written = 0
for place in places:
    try:
        Path(place).write_text("# 86413\\n")
        written += 1
    except OSError:
        continue
assert written
""",
    ),
    host(
        "kernel_switches",
        "the machine's switches; nothing is written",
        """
opened = 0
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/power/state"):
    try:
        open(path, "w").close()
        opened += 1
    except OSError:
        continue
assert opened
""",
    ),
]
