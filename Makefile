# Thin: the commands themselves are in README.md and docs/. Everything runs in .venv, which the first target makes, with
# the packages that the pipeline runs with; the tests, lint and the audit add theirs.

PYTHON ?= python3
BIN := .venv/bin
NPM := $(shell command -v npm 2> /dev/null)

# Snakemake and W&B's client ask where the home folder is, even where they write nothing there.
ifeq ($(HOME),)
export HOME := $(or $(shell getent passwd $$(id -u) | cut -d: -f6),$(CURDIR)/.snakemake)
endif

.PHONY: demo run test faults verify audit lint lock schema

demo: .venv/installed
	$(BIN)/snakemake --cores all --config 'dataset={name: sample}'
	@echo "Open demo/results/explorer.html in a browser."

run: .venv/installed
	$(BIN)/snakemake --cores all

test: .venv/installed-for-tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

# FAULTS="--trials 5 --hypothesis-profile short" for a part of it; --fault-seed chooses another.
faults: .venv/installed-for-tests
	$(BIN)/python -m pytest tests/faults tests/test_bad_input.py -n 2 --timeout 1800 --hypothesis-profile long $(FAULTS)

verify: .venv/installed
	$(BIN)/python -P -m mnist_viz.verify

audit: .venv/installed-for-tests
	$(BIN)/python -m tests.audit

lint: .venv/installed-for-tests $(if $(NPM),tests/node_modules/installed)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	@$(if $(NPM),npm --prefix tests run lint,echo "JavaScript and CSS are not checked: npm is not installed."; test -z "$$CI")

tests/node_modules/installed: tests/package.json
	npm --prefix tests install --no-package-lock --no-audit --no-fund
	touch $@

# After a change of the configuration's keys.
schema: .venv/installed
	$(BIN)/python -m mnist_viz.config --schema > workflow/schemas/config.schema.yaml

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, for instance: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --no-deps --require-hashes --requirement requirements.txt
	$(BIN)/python -m pip install --no-deps --no-build-isolation --editable .
	touch $@

.venv/installed-for-tests: .venv/installed tests/requirements.txt
	$(BIN)/python -m pip install --no-deps --require-hashes --requirement tests/requirements.txt
	touch $@

# After a change of the dependencies in pyproject.toml; needs uv. LOCK="--upgrade-package numpy" for a newer one.
lock:
	$(PYTHON) -m tests.lock $(LOCK)
