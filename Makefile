# One door for people and machines. Needs Python 3.11 to 3.13, git and make; everything else is installed from the
# hash-locked files in requirements/. Nothing here reaches beyond the Python package index.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install refresh test test-duckdb2 lint locks contracts score bench-identity czech-co2 train-identity defects backtest clean

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

BIN := .venv/bin
SAMPLE := data/sample
# Tests run in as many processes as there are processors, at most four; tests/conftest.py says which stay together.
# PYTEST_ARGS comes last and so wins: PYTEST_ARGS="-n 0 -k name" runs in one process.
PYTEST = python -m pytest -n logical --maxprocesses 4 $(PYTEST_ARGS)

# A name on PATH is not enough: version managers put up names that do not run, and Debian splits off ensurepip.
ifndef PYTHON
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		>/dev/null 2>&1 && { echo "$$p"; break; }; done)
endif
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .cache/uv/bin/uv)
# The network of an agency may have a certificate authority of its own; uv asks the system only if told to.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS ?= true
endif
# Compiled once here, the tools do not compile themselves at every start.
PIP_INSTALL = $(UV) pip install --quiet --compile-bytecode --python
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links $(UPGRADE)

help:  ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*##/\1 ·/p' Makefile

install: .venv/.installed  ## the locked environment in .venv, with fusedinv in .venv/bin

refresh: install $(SAMPLE)/feeds.yaml  ## sample province, whole pipeline, published release
	$(BIN)/fusedinv refresh --feeds $(SAMPLE) --home data

test: lint  ## style, types and the test suite (PYTEST_ARGS="-k name" narrows it)
	$(BIN)/$(PYTEST)

test-duckdb2: .venv-duckdb2/.installed  ## the test suite on DuckDB 2
	.venv-duckdb2/bin/python -c 'import duckdb; print("duckdb", duckdb.__version__)'
	.venv-duckdb2/bin/$(PYTEST)

lint: .venv/.dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/mypy

contracts: install  ## everything that is generated from pipelines/contracts/tables
	$(BIN)/python -m pipelines.contracts write

score: install $(SAMPLE)/feeds.yaml  ## fused totals of the sample against its known truth
	$(BIN)/fusedinv score $(SAMPLE) --home data

bench-identity: install  ## precision and recall of linking on labelled registers (FUSEDINV_CASES), its speed
	$(BIN)/python -m benchmarks.identity
	$(BIN)/python -m benchmarks.identity.scale

czech-co2: install  ## CO2 estimated without amounts of fuel against the plants that report it (FUSEDINV_CASES)
	$(BIN)/python -m benchmarks.czech_co2

train-identity: install  ## the linking model anew, from labelled records of a synthetic province
	$(BIN)/python -m benchmarks.identity.training

defects: install $(SAMPLE)/feeds.yaml  ## what became of each defect planted in the sample, by kind
	$(BIN)/python -m pipelines.report.defects $(SAMPLE) data

backtest: install  ## nowcasts of a synthetic year from its first 3, 6 and 9 months against the finished year
	$(BIN)/python -m benchmarks.nowcast

locks: | $(UV)  ## compile requirements/*.txt again (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) pyproject.toml requirements/build.in -c requirements/constraints.in -o requirements/runtime.txt
	$(COMPILE) pyproject.toml requirements/build.in --extra dev -c requirements/constraints.in \
		-c requirements/runtime.txt -o requirements/dev.txt
	$(COMPILE) --no-deps requirements/duckdb2.in -o requirements/duckdb2.txt
	@! grep -nE '://|^-' requirements/*.txt || { echo "A lock file names an address; it must not."; exit 1; }

clean:  ## environments and caches; never data
	rm -rf .venv .venv-duckdb2 .cache build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf dbt_project/target dbt_project/logs logs

# --- what the above stands on -------------------------------------------------------------------------------------

.cache/uv/bin/uv: requirements/bootstrap.txt
	@test -n "$(PYTHON)" || { echo "No Python from 3.11 to 3.13 with venv found; install one or call make PYTHON=/path/to/it."; exit 2; }
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

.venv/bin/python .venv-duckdb2/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python from 3.11 to 3.13 with venv found; install one or call make PYTHON=/path/to/it."; exit 2; }
	$(PYTHON) -m venv --without-pip $(patsubst %/bin/python,%,$@)

.venv/.installed: requirements/runtime.txt pyproject.toml | $(UV) .venv/bin/python
	$(PIP_INSTALL) $(BIN)/python --require-hashes -r requirements/runtime.txt
	$(PIP_INSTALL) $(BIN)/python --no-deps --no-build-isolation --offline -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.installed
	$(PIP_INSTALL) $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

.venv-duckdb2/.installed: requirements/dev.txt requirements/duckdb2.txt pyproject.toml | $(UV) .venv-duckdb2/bin/python
	$(PIP_INSTALL) .venv-duckdb2/bin/python --require-hashes -r requirements/dev.txt
	$(PIP_INSTALL) .venv-duckdb2/bin/python --require-hashes --no-deps -r requirements/duckdb2.txt
	$(PIP_INSTALL) .venv-duckdb2/bin/python --no-deps --no-build-isolation --offline -e .
	@touch $@

$(SAMPLE)/feeds.yaml: | install
	$(BIN)/fusedinv sample $(SAMPLE)
