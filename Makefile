# make run: all labs in the smoke profile, report in out/index.html
# make test: all tests that CI runs (make test-nightly: those of minutes too)      make lab: JupyterLab on the notebooks
# Each does all the set-up (.venv) when it is first called.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# the versions that CI ran; `make CONSTRAINTS= ...` takes the newest ones instead
CONSTRAINTS ?= constraints.txt
# Tests run in this many processes; each takes up to 2 GB. `make WORKERS=1 test` for one after the other.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest $(if $(filter-out 0 1,$(WORKERS)),-n $(WORKERS) --dist loadgroup --no-loadscope-reorder)
TESTS := not nightly
DATASETS := ../shared/datasets/prepare.py
DATA := .data

.PHONY: help setup run test test-nightly test-fast lab build lint clean

help:
	@sed -n 's/^# //p' Makefile | head -3

setup: $(READY)

$(READY): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	v < (3, 11) and sys.exit("labkit needs Python 3.11 or newer, not %d.%d: make PYTHON=python3.12 ..." % v[:2]); \
	v > (3, 14) and print("No TensorFlow was known for Python %d.%d when this was written; if pip finds none: make PYTHON=python3.13 ..." % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) --editable ".[dev]"
	@touch $@

run: $(READY)
	$(BIN)/labkit run --profile smoke --out out

# The tests marked `real` want the real data sets: prepared where a copy lies beside the checkout.
test: $(READY)
	@if [ -f $(DATASETS) ]; then $(BIN)/python $(DATASETS) $(DATA); \
	else echo "No real data sets beside the checkout: the tests marked 'real' are skipped."; fi
	LABKIT_TEST_DATA=$(abspath $(DATA)) $(PYTEST) -m "$(TESTS)"

# Those too that take minutes each: every lab through the grader.
test-nightly: TESTS := nightly or not nightly
test-nightly: test

test-fast: $(READY)
	$(PYTEST) -m "not slow and not real"

lab: $(READY)
	$(BIN)/jupyter lab --notebook-dir notebooks

build: $(READY)
	$(BIN)/labkit build

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) out .pytest_cache .ruff_cache
