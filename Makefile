# Two commands matter: `make run` starts the proxy, `make check` says whether a change is fit to land.
#
# PYTHON=...      the interpreter to build .venv with (default: the newest suitable one on the PATH)
# SDK_PYTHON=...  the same for .sdk-venv, best a 3.12 or 3.13
# ARGS=...        further arguments for what a target runs, e.g. make test ARGS='-k redact -x'

PYTHON ?=
SDK_PYTHON ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet

# Given on make's command line or in the environment alike, it reaches scripts/find-python.
export PYTHON

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint lint-rules lint-format lint-types lint-layers format check lock upgrade wheel \
    bench bench-redaction fuzz-redaction clean sdk

help:
	@echo 'make run      start the proxy on 127.0.0.1:7717 (the first call installs it into $(VENV))'
	@echo 'make check    lint and test: what a change must pass'
	@echo 'make test     every test, with coverage'
	@echo 'make lint     ruff, mypy and the import layers'
	@echo 'make format   let ruff lay out the code and fix what it can'
	@echo 'make bench    how many spans a second the proxy takes in'
	@echo 'make bench-redaction  accuracy and speed of redaction beside other engines (some 20 minutes)'
	@echo 'make fuzz-redaction   a million mutants through both engines (some 10 minutes)'
	@echo 'make wheel    dist/*.whl'
	@echo 'make lock     write requirements/*.txt after a change of the dependencies'
	@echo 'make upgrade  the same, moving every pin to its latest release'
	@echo 'make clean    remove everything that these commands made'

# ---- environments: each stamp says which files its environment was made from -----------------------

$(VENV)/.made:
	@python=$$(scripts/find-python 3.11) && echo "making $(VENV) with $$python" >&2 && \
	    rm -rf $(VENV) && "$$python" -m venv $(VENV) && touch $@

# The package is installed as a link to the source tree, so a change of the source needs no install.
$(VENV)/.run: $(VENV)/.made requirements/run.txt requirements/build.txt pyproject.toml setup.py $(wildcard jamjet_proxy/redact/core/*)
	$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The agent's side of the tests. The script keeps a stamp of its own, and looks for a Python of its own.
sdk:
	@PYTHON='$(SDK_PYTHON)' scripts/make-sdk-env .sdk-venv

# What the redaction benchmark compares with; nothing of it may get into $(VENV).
.bench-venv/.complete: requirements/bench.txt
	@python=$$(scripts/find-python 3.11 3.13) && echo "making .bench-venv with $$python" >&2 && \
	    rm -rf .bench-venv && "$$python" -m venv .bench-venv
	.bench-venv/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet \
	    install --only-binary=:all: --require-hashes -r requirements/bench.txt
	@touch $@

# ---- what a person calls ---------------------------------------------------------------------------

run: $(VENV)/.run
	@exec $(BIN)/jamjet-proxy serve --first-project my-app-dev $(ARGS)

test: $(VENV)/.dev sdk
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report

# In parts, so that `make -k lint` tells everything at once.
lint: lint-rules lint-format lint-types lint-layers

lint-rules: $(VENV)/.dev
	$(BIN)/ruff check .

lint-format: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint-types: $(VENV)/.dev
	$(BIN)/mypy

lint-layers: $(VENV)/.dev
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

check: lint
	@$(MAKE) --no-print-directory test

lock: $(VENV)/.dev
	scripts/lock $(BIN)/python $(ARGS)

upgrade: $(VENV)/.dev
	scripts/lock $(BIN)/python --upgrade $(ARGS)

wheel: $(VENV)/.dev
	@rm -rf build dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

bench: $(VENV)/.dev
	$(BIN)/python -m bench $(ARGS)

bench-redaction: $(VENV)/.dev sdk .bench-venv/.complete
	$(BIN)/python bench/redaction.py $(ARGS)

fuzz-redaction: $(VENV)/.dev
	$(BIN)/python bench/fuzz_redaction.py $(ARGS)

clean:
	rm -rf $(VENV) .sdk-venv .bench-venv build dist *.egg-info .coverage .coverage.* \
	    .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find jamjet_proxy tests -name __pycache__ -type d -prune -exec rm -rf {} +
