# Everything runs from a clean clone with Python 3.11 (or later) and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO ?= demo

.PHONY: demo test lint types imports check bench book museum clean lock

demo: $(STAMP)
	$(BIN)/tipoff demo --out $(DEMO)

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadscope

lint: $(STAMP)
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

check: lint types imports test

bench: $(STAMP)
	$(BIN)/python -m bench

book: $(STAMP)
	$(BIN)/python -m sphinx -W --keep-going -q -j 2 -d build/book-cache docs build/book
	@echo "The book: build/book/index.html"

museum: $(STAMP)
	$(BIN)/python -m tests.faults.museum

lock:
	test -x $(BIN)/uv || { "$(PYTHON)" -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv; }
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock

clean:
	rm -rf $(VENV) build dist docs/reference $(DEMO) .mypy_cache .ruff_cache .pytest_cache

$(STAMP): requirements.lock pyproject.toml
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tipoff needs Python 3.11 or later, this is " + sys.version.split()[0])'
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
