# make demo, make test: both work in a fresh clone; nothing else to set up but Python >= 3.11.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint wheel clean

demo: $(READY)
	$(BIN)/python -m diskret demo

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(READY)
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(READY): pyproject.toml Makefile tests/peers/bugsink-requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("diskret needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[cli,demo]' --group test --group lint --group build
	$(BIN)/python tests/peers/install_bugsink.py $(VENV)/bugsink
	touch $@
