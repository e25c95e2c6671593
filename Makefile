# The two commands: make demo, make test. Everything lives in .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSULT_DATA ?= demo-data
PORT ?= 8000
TESTS_AT_ONCE ?= 3
LOAD ?=

.PHONY: demo test bench drill load lint format catalogues lock clean setup setup-dev

demo: $(VENV)/.runtime
	@CONSULT_DATA="$(CONSULT_DATA)" PORT="$(PORT)" $(BIN)/consult demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist loadfile

drill: $(VENV)/.dev
	@rm -f build/drill-lines.jsonl
	@CONSULT_DRILL=whole $(BIN)/python -m pytest tests/drills tests/deploy/test_node.py -s; ended=$$?; \
	$(BIN)/python -m tests.drills.reporting && exit $$ended
	CONSULT_DRILL=whole $(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist loadfile --ignore tests/drills --ignore tests/deploy/test_node.py

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks

load: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.load $(LOAD)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m consult.wording check

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogues: $(VENV)/.dev
	$(BIN)/python -m consult.wording update

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: sudo apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements.lock pyproject.toml
	@echo "Setting up (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -m consult.wording compile
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock/a && build/lock/a/bin/python -m pip install --quiet .
	build/lock/a/bin/python -m pip freeze --exclude consult > requirements.lock
	build/lock/a/bin/python -m pip install --quiet --upgrade pip && build/lock/a/bin/python -m pip install --quiet --group dev
	build/lock/a/bin/python -m pip freeze --exclude consult --exclude pip | grep -vxFf requirements.lock > requirements-dev.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
