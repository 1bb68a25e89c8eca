# Holdfast's commands. `make` lists them. Nothing here touches anything outside this folder, except
# that as root `make setup` may install Debian's python3-venv, and `make test` Chromium, Java and Maven.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# What runs is installed first; what only tests and checks need comes on top of it.
RUNTIME := .venv/.runtime-done
STAMP := .venv/.setup-done
# What `make test` runs (default: everything, the browser tests by themselves, because Playwright's
# event loop and pytest-asyncio's do not share a process), in how many processes (one more than there
# are cores: many tests wait for a server of theirs), with what else.
TESTS ?=
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
# A browser keeps a core busy by itself: three on two cores took as long as two.
BROWSER_WORKERS ?= auto
PYTEST_ARGS ?=
# Which systems `make test-fresh` tries, and how.
FRESH_ARGS ?=
# What `make bench` measures, and how: `make bench BENCH_ARGS=--help`.
BENCH_ARGS ?=
PYTEST = $(BIN)/pytest -n $(WORKERS) --maxprocesses 8 --dist worksteal $(PYTEST_ARGS)

# It measures how fast a page is, so nothing runs beside it.
LIGHTHOUSE := tests/e2e/test_lighthouse.py

# A Python to make .venv with; by default the first usable one (3.11 to 3.14) on PATH.
export PYTHON ?=
# uv takes the Python of .venv, and pyright the node that is installed with it.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
unexport VIRTUAL_ENV

# Runs a command and shows what it said only when it failed.
quietly = out=$$($(1) 2>&1) || { printf '%s\n' "$$out"; echo "failed: $(1)"; exit 1; }

# A .venv that was copied here from elsewhere is set up anew.
ifneq ($(shell cat .venv/.made-in 2>/dev/null || pwd),$(shell pwd))
.PHONY: $(RUNTIME)
endif

.PHONY: help
help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: $(STAMP) ## make .venv with everything in it (only when something changed)
	@:

SYNC = $(BIN)/uv sync --quiet --locked --python $(BIN)/python
DISAGREE = { echo "If pyproject.toml and uv.lock do not agree, run: make lock"; exit 1; }

# `--inexact`: development tools that are there already stay.
$(RUNTIME): pyproject.toml uv.lock tools/make-venv
	@echo "Setting up .venv ..." >&2
	@tools/make-venv
	@$(SYNC) --inexact --no-default-groups --group web || $(DISAGREE)
	@touch $@

$(STAMP): $(RUNTIME)
	@echo "Adding what tests and checks need ..." >&2
	@$(SYNC) || $(DISAGREE)
	@touch $@

# The web app is built anew when one of its sources is newer than its page.
WEB_DIST := src/holdfast/web_dist/index.html
WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print)
WEB := $(BIN)/python tools/build_web.py

.PHONY: web
web: $(RUNTIME) $(WEB_DIST) ## build the web app (only when something changed)
	@:

$(WEB_DIST): $(WEB_SOURCES) | $(RUNTIME)
	@echo "Building the web app ..." >&2
	@$(call quietly,$(WEB) build)
	@touch $@

.PHONY: web-dev
web-dev: $(RUNTIME) ## serve the web app with live reload, in front of `make run`
	@$(WEB) run dev

.PHONY: api-types
api-types: $(RUNTIME) ## write the web app's types of the API anew from the routes
	@$(call quietly,$(WEB) install)
	@$(BIN)/holdfast export openapi >.venv/openapi.json
	@$(call quietly,$(WEB) run api-types ../.venv/openapi.json -o src/api/schema.d.ts)

.PHONY: run
run: web ## start the server with demo data on http://127.0.0.1:8088
	@exec $(BIN)/holdfast serve --demo

.PHONY: test
test: setup web ## run all tests but the long ones
ifeq ($(TESTS),)
	@tools/ensure-chromium
	@tools/ensure-kafka >/dev/null || true
	@$(PYTEST) -m "not long" tests --ignore=tests/e2e
	@$(BIN)/pytest -n 0 -m "not long" $(PYTEST_ARGS) $(LIGHTHOUSE)
	@$(PYTEST) -n $(BROWSER_WORKERS) -m "not long" tests/e2e --ignore=$(LIGHTHOUSE)
else
	@$(PYTEST) -m "not long" $(TESTS)
endif

.PHONY: test-long
test-long: setup ## run the tests that take minutes, and the races with ten times the rounds
	@HOLDFAST_TEST_ROUNDS=$${HOLDFAST_TEST_ROUNDS:-10} $(PYTEST) -m "long or race" $(or $(TESTS),tests)

.PHONY: test-fresh
test-fresh: ## as root: try `make run` and `make test` on fresh systems (TESTS, FRESH_ARGS=--help)
	@$(or $(PYTHON),python3) tools/fresh.py --tests "$(TESTS)" $(FRESH_ARGS)

.PHONY: check check-python check-web
check: setup web ## check format, style, types, import arrows, lock file, documentation, web app
	@$(MAKE) -j 2 check-python check-web

check-python:
	@$(call quietly,$(BIN)/ruff format --check .)
	@$(call quietly,$(BIN)/ruff check .)
	@$(call quietly,$(BIN)/pyright)
	@$(call quietly,$(BIN)/lint-imports)
	@$(call quietly,$(BIN)/uv lock --check)
	@$(call quietly,$(BIN)/pytest tests/contract/test_docs.py tests/contract/test_style.py)

check-web:
	@$(call quietly,$(WEB) run format:check)
	@$(call quietly,$(WEB) run lint)
	@$(call quietly,$(WEB) run types)
	@$(call quietly,$(WEB) run test)
	@$(BIN)/holdfast export openapi >.venv/openapi.json
	@$(call quietly,$(WEB) run api-types ../.venv/openapi.json --check -o src/api/schema.d.ts)

.PHONY: format
format: setup ## format the code and mend what ruff can mend
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .
	@$(call quietly,$(WEB) run format)

.PHONY: bench
bench: setup ## measure all that has an aim (BENCH_ARGS: subjects and options)
	@$(BIN)/python -m bench $(BENCH_ARGS)

.PHONY: screenshots
screenshots: setup web ## take pictures of the main screens into docs/images
	@tools/ensure-chromium
	@$(BIN)/python -m tests.e2e.screenshots

.PHONY: lock
lock: $(BIN)/uv ## write uv.lock after a change of pyproject.toml (UPGRADE=1: newest versions)
	@$(BIN)/uv lock --quiet $(if $(UPGRADE),--upgrade)

$(BIN)/uv:
	@tools/make-venv

.PHONY: clean
clean: ## remove .venv and all caches; never data/
	@rm -rf .venv web/node_modules src/holdfast/web_dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache .schemathesis .coverage dist build
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
