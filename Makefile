# Everything runs in .venv; `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
A ?= quickstart
export OMP_NUM_THREADS ?= 1

.PHONY: help install install-dev check test quickstart ablation plan report bench architectures claims evidence docs outputs verdicts wheel clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: .venv/installed  ## Install trickbench in .venv

install-dev: .venv/installed-dev  ## Install what tests, checks and benchmarks need too

.venv/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Python 3.11 to 3.14 is needed, got %d.%d; name another: make PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable .
	@touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[dev]'
	@touch .venv/installed $@

check: install-dev  ## Lint, types and import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install-dev  ## Run all tests
	$(BIN)/pytest -n auto --dist loadgroup

quickstart: install  ## Compare three tricks under two conditions on data that need no download, in some minutes
	$(BIN)/trickbench ablate quickstart

plan: install  ## Show what an ablation would train: make plan A=quickstart
	$(BIN)/trickbench plan $(A)

ablation: install  ## Train an ablation and judge its tricks: make ablation A=quickstart
	$(BIN)/trickbench ablate $(A)

report: install  ## Write an ablation's report again: make report A=quickstart
	$(BIN)/trickbench report $(A)

bench: install-dev  ## Measure speed and memory, as ratios in one run, and write docs/benchmarks.md
	$(BIN)/python -m tests.bench --write docs/benchmarks.md

architectures: install-dev  ## Print the table of docs/architectures.md: parameters and FLOPs beside the references'
	$(BIN)/python -W ignore -m docs.architectures

claims: install-dev  ## Print the table of docs/claims.md: what was claimed, and what was measured
	$(BIN)/python -m docs.claims

evidence: install-dev  ## Write the table of docs/evidence.md from the claims about real images and their bundles
	$(BIN)/python -m docs.evidence

docs: install-dev  ## Build the site of docs/ into build/site; a link that leads nowhere ends it
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict  # as a module: its hooks import docs

outputs: install-dev  ## Run the commands of the tutorials, and write what they print into the pages; picture the report (needs Chromium)
	$(BIN)/python -m docs.console

verdicts: install-dev  ## Simulate the rule, and draw the plots of docs/verdicts.md
	$(BIN)/python -m docs.verdicts

wheel: install-dev  ## Build wheel and sdist into build/dist
	$(BIN)/python -m build --outdir build/dist

clean:  ## Remove the environment and caches; results in runs/ stay
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
