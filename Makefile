# Two commands do all the set-up from a fresh checkout: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Most tests wait for the embedded AWS, so there are more of them at work than there are cores.
WORKERS ?= 6
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

# Tests start hundreds of processes: each would compile all of labcli anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test faults quick lint types check docs bench soak clean

run: $(VENV)/run.ok
	$(BIN)/labcli day mon run
	@echo 'In this shell, labcli is $(BIN)/labcli.'

test: $(VENV)/dev.ok
	$(PYTEST) -m "not faults"

# FULL=1: kills at every point, not at a sample
faults: $(VENV)/dev.ok
	$(PYTEST) -m faults

# What can be known in a minute
quick: lint types
	$(BIN)/python -m pytest -n 2 tests/unit

lint: $(VENV)/dev.ok
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: $(VENV)/dev.ok
	$(BIN)/mypy

check: lint types test faults

docs: $(VENV)/dev.ok
	$(BIN)/python -m docs.generate

bench: $(VENV)/dev.ok
	$(BIN)/python -m tests.bench

soak: $(VENV)/dev.ok
	$(BIN)/python -m tests.soak

clean:
	rm -rf $(VENV) build dist

$(VENV)/run.ok: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev.ok: pyproject.toml $(VENV)/run.ok
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
