# Everything runs from a clean clone with Python 3.11 (or later) and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO ?= demo
# When the commit was made; a fixed instant where there is no history.
EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)

.PHONY: demo test browser screens lint types imports check bench book museum names package package-check \
	reproducible sbom licences audit spark clean lock

demo: $(STAMP)
	$(BIN)/tipoff demo --out $(DEMO)

test: $(STAMP) browser
	$(BIN)/python -m pytest -n 2 --dist loadscope

# Debian's Chromium for the tests of the page; without it, and without the right to install it,
# they are skipped with a reason.
browser:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& { apt-get install -qq -y --no-install-recommends chromium >/dev/null 2>&1 \
		|| { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; }; }; } \
		|| echo "No Chromium: tests in a browser are skipped."

# The pictures in docs/serve.md, by the tests of the page in a browser.
screens: $(STAMP) browser
	TIPOFF_SCREENSHOTS=docs/screens $(BIN)/python -m pytest tests/web/pages/test_browser.py -k in_the_browser

lint: $(STAMP)
	$(BIN)/ruff check src tests bench release
	$(BIN)/ruff format --check src tests bench release

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

# What the shell completes, the schema of tipoff.toml and its documented keys, from the declarations.
names: $(STAMP)
	$(BIN)/python -m tests.cli.names_declared

# Wheel and sdist in dist/; the same commit gives the same bytes, whenever and wherever it is built.
package: $(STAMP)
	rm -rf dist
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/python -m hatchling build -d dist

# Both in environments of nothing else, with the locked libraries: they install, and the demo runs.
package-check: package sbom
	release/install.sh "$(PYTHON)" dist

# Two clones elsewhere, built with other clocks and rights, have the same sha256.
reproducible: $(STAMP)
	release/reproducible.sh "$(abspath $(BIN))/python"

# Software bill of materials of this environment, with the libraries' licences.
sbom: $(STAMP)
	mkdir -p build
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/cyclonedx-py environment --output-reproducible \
		--of JSON -o build/sbom.json $(BIN)/python
	$(BIN)/python -m release.licences build/sbom.json

# Of what a user gets, docs/licences.md; fails where one may not be shipped with ours.
licences: $(STAMP)
	$(BIN)/python -m release.licences > docs/licences.md

# Known faults of the locked libraries. Fails where the advisories can not be reached.
audit:
	release/audit.sh "$(PYTHON)" requirements.lock

# Spark is 400 MB and no part of the lock: it lies in a folder of its own, and needs Java 17.
SPARK := build/spark
spark: $(STAMP)
	test -d $(SPARK)/pyspark || $(BIN)/python -m pip install --quiet --target $(SPARK) pyspark==4.0.1
	PYTHONPATH=$(SPARK) $(BIN)/python -m pytest -rs tests/api/test_spark.py

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
