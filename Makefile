PYTHON ?= python3
BIN := .venv/bin

.PHONY: .types all help setup test check calibrate scale by-hand clean

all: setup  ## set up .venv and run the article's comparison (this is what `make` does)
	$(BIN)/fairfit run --threads 1 --budget 60s

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/installed  ## set up .venv

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	touch $@

test: check  ## set up and run all tests, two files at a time, style and types first
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# mypy sees `Any` through the finder of an editable installation: it gets links with the names that are imported
.types: setup
	mkdir -p .types/fairfit
	ln -sfn $(CURDIR)/models .types/fairfit/models
	ln -sfn $(CURDIR)/frameworks .types/fairfit/frameworks
	ln -sfn $(CURDIR)/compare/* .types/fairfit/

check: setup .types  ## style and types alone
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

calibrate: setup  ## how often equal things are called different here, quiet and busy, and a 5 % difference is seen
	$(BIN)/python -m tests.calibration
	$(BIN)/python -m tests.calibration --busy --mode quick --mode default --mode make

scale: setup  ## time and memory from 10^4 to 10^7 rows (half an hour, 24 GB)
	$(BIN)/python -m tests.calibration.scale

by-hand: setup  ## is each adapter as fast as a loop written by hand?
	$(BIN)/python -m tests.calibration.adapters

clean:  ## remove what was set up
	rm -rf .venv .venv-3.12 build *.egg-info .pytest_cache .mypy_cache .ruff_cache .types
