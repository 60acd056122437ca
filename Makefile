# `make` sets up .venv and runs the article's comparison; `make test` sets up and runs all tests;
# `make calibrate` shows on this machine how often equal things are called different, and a 5 % difference is seen.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: .types all setup test check calibrate by-hand clean

all: setup
	$(BIN)/fairfit run --threads 1 --blocks 2 --budget 60s

setup: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	touch $@

test: check
	$(BIN)/python -m pytest

# mypy sees `Any` through the finder of an editable installation: it gets links with the names that are imported
.types: setup
	mkdir -p .types/fairfit
	ln -sfn $(CURDIR)/models .types/fairfit/models
	ln -sfn $(CURDIR)/frameworks .types/fairfit/frameworks
	ln -sfn $(CURDIR)/compare/* .types/fairfit/

check: setup .types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

calibrate: setup
	$(BIN)/python -m tests.calibration

by-hand: setup  # is each adapter as fast as a loop written by hand?
	$(BIN)/python -m tests.calibration.adapters

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .types
