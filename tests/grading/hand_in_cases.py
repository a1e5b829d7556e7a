"""Hand-ins as they come, one case a function from lab 1 filled in to a dict or to the bytes of a file.

`BENIGN` cases still hold every answer; `HOSTILE_FILES` try something with the notebook's structure;
`BROKEN_FILES` are no notebooks at all.
"""

import random

from tests.grading import benign_cells, benign_files, hostile_hand_ins  # noqa: F401 - they fill the two tables
from tests.grading.filled_labs import BENIGN, HOSTILE_FILES, as_bytes, filled  # noqa: F401

BROKEN_FILES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\n ",
    "nul_bytes": b"\0" * 4096,
    "cut_short": b"",  # made below
    "web_page": b"<!DOCTYPE html><html><body>Log in</body></html>",
    "zip": b"PK\x03\x04\x14\x00\x00\x00rest",
    "python": b"import keras\nprint(1)\n",
    "trailing_comma": b'{"cells": [], "metadata": {},}',
    "list": b"[1, 2]",
    "number": b"7",
    "text": b'"cells"',
    "nan": b"NaN",
    "no_cells_key": b'{"nbformat": 4, "metadata": {}}',
    "no_cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    "cells_no_list": b'{"nbformat": 4, "cells": {"0": {}}}',
    "worksheets_no_list": b'{"nbformat": 3, "worksheets": 5}',
    "worksheets_of_nothing": b'{"nbformat": 3, "worksheets": [1, {"cells": 3}]}',
    "version_99_without_cells": b'{"nbformat": 99, "pages": []}',
    "deep": b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep_objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "merge_conflict": b'{\n "cells": [\n<<<<<<< HEAD\n {}\n=======\n >>>>>>> b\n ]}',
    "random": random.Random(3).randbytes(5_000),
    "utf_16_garbage": b"\xff\xfe\x00\xd8\x00",
    "long_number": b'{"cells": ' + b"7" * 10_000 + b"}",
}
BROKEN_FILES["cut_short"] = as_bytes(filled())[:100_000]
