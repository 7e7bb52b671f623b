# Every target sets up what it needs; `make` alone prints them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
STACK  ?= staging

.DEFAULT_GOAL := help
.PHONY: help setup up stop test unit lint types docs demo bench soak newcomer conformance toolchain-matrix clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the virtual environment

$(READY): requirements.txt components/pyproject.toml rehearsal/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is %s; run make PYTHON=..." % sys.version.split()[0])'
	@echo "setting up $(VENV): a minute or two, once"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@# where Python writes no bytecode, as in many containers, every process would compile all of it again
	@$(BIN)/python -m compileall -q components/strata rehearsal/strata_rehearsal
	@touch $@

up: $(READY) ## put the staging stack live on the local AWS (STACK=prod for the other)
	@$(BIN)/strata rehearse $(STACK)

stop: $(READY) ## stop the local AWS
	@$(BIN)/strata rehearse $(STACK) --stop

test: $(READY) ## all tests: unit, contract, property, integration
	@$(BIN)/python -m pytest

unit: $(READY) ## the fast tests only
	@$(BIN)/python -m pytest tests/unit tests/contract tests/property

lint: $(READY) ## formatting, lint rules, and which room may use which
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo --no-cache

types: $(READY) ## type checks
	@$(BIN)/basedpyright

docs: $(READY) ## rewrite what of the documentation and the stubs comes from the code
	@$(BIN)/python docs/tables.py
	@$(BIN)/python docs/stubs.py
	@$(BIN)/python docs/reference.py
	@$(BIN)/python docs/permission_page.py

demo: $(READY) ## the life of an image on the terminal: pinned, promoted, rolled back (WITH=--containers for those, WITH=--operation for drift, healing and break-glass)
	@$(BIN)/python -m demo $(WITH)

bench: $(READY) ## measure speed and memory against the goals
	@$(BIN)/python -m bench

soak: $(READY) ## 200 random rollouts of servers and 200 of containers, with kills and network faults, 200 interleavings of commands, 200 histories of servers and 200 of tasks without drift
	@$(BIN)/python -m pytest tests/integration/test_soak.py tests/integration/test_container_soak.py tests/property/test_interleavings.py tests/property/test_drift_histories.py tests/property/test_task_drift_histories.py --dist=load --seeds 200

newcomer: $(READY) ## README top to bottom: a clean clone, an empty home, a folder with blanks
	@$(BIN)/python -m tests.newcomer

conformance: $(READY) ## the same programs through the real AWS provider
	@$(BIN)/python -m pytest -n0 tests/conformance

toolchain-matrix: $(READY) ## the oldest, the pinned and the newest Pulumi (NEWEST=3.280.0 tries one): builds what is not here
	@STRATA_NEWEST_CLI=$(NEWEST) $(BIN)/python -m tests.toolchain_pairs
	@STRATA_NEWEST_CLI=$(NEWEST) STRATA_MATRIX=1 $(BIN)/python -m pytest -n0 tests/integration/test_toolchain_matrix.py

clean: ## remove the environment and all state of rehearsals
	@test ! -x $(BIN)/strata || $(BIN)/strata rehearse $(STACK) --stop
	rm -rf $(VENV) .strata
