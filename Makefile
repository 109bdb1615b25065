# The targets of this project; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-for-use
DEMO_STAMP := $(VENV)/.installed-for-demo
TEST_STAMP := $(VENV)/.installed-for-tests
DEMO_FLAGS ?=
TESTS_OF_LOGS := tests/logs tests/sources/logs $(wildcard tests/test_log*.py tests/test_cli_logs*.py tests/board/test_log*.py) \
  tests/test_terminal_log.py tests/test_lnav_line.py tests/test_typed_moments.py

# What lint looks at, the dearest first, two at a time.
LINT := types dead-code links style dependencies contracts
SIDE_BY_SIDE := --no-print-directory -j 2 -O

.DEFAULT_GOAL := help
.PHONY: help install demo quick test test-ahead lint servers $(LINT) collected bench soak coverage docs site clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## a virtual environment with the program in .venv

demo: $(DEMO_STAMP) ## the board on the simulated stack; one plain board where stdout is no terminal
	@$(BIN)/sutaz-tui --demo $(DEMO_FLAGS)

test: servers $(TEST_STAMP) ## lint, types, import contracts and all tests; asks before it installs a server
	@$(MAKE) $(SIDE_BY_SIDE) $(LINT) collected
	@scripts/run-tests

quick: lint ## the inner loop: lint, types and all tests that need no server, terminal or child process
	@$(BIN)/pytest -n 4 -q -m "not outside"

# Podman asks the kernel for the time, whatever is preloaded: its containers live in the present.
test-ahead: $(TEST_STAMP) ## the tests of logs and moments with a clock that is a year ahead: no date in them rots
	@command -v faketime >/dev/null || { echo "no faketime: make servers installs it" >&2; exit 1; }
	@FAKETIME_DONT_FAKE_MONOTONIC=1 PYTHONPATH=$(CURDIR)/tests/ahead faketime -f +365d \
	  scripts/run-tests -k "not (podman or container_through)" $(TESTS_OF_LOGS)

lint: $(TEST_STAMP) ## style, types, import contracts, declared dependencies, dead code and the links of all pages
	@$(MAKE) $(SIDE_BY_SIDE) $(LINT)

types:
	@$(BIN)/mypy -p sutaz_tui -p widgets --no-error-summary

dead-code:
	@! $(BIN)/vulture | grep -v "^tests/"

style:
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format --check -q .

dependencies:
	@$(BIN)/deptry sutaz_tui widgets > $(VENV)/deptry.log 2>&1 || { cat $(VENV)/deptry.log; exit 1; }

contracts:
	@$(BIN)/lint-imports > $(VENV)/contracts.log 2>&1 || { cat $(VENV)/contracts.log; exit 1; }

links:
	@$(MAKE) -s site > /dev/null

# What pytest makes of the tests is kept for its workers, each of which would make it again.
collected:
	@$(BIN)/python -m compileall -q sutaz_tui widgets
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest --collect-only -q > $(VENV)/collected.log 2>&1 \
	  || { cat $(VENV)/collected.log; exit 1; }

servers: ## the real servers that tests use: lists what is missing, installs it after a yes or with CI=true
	@scripts/install-test-servers

bench: $(TEST_STAMP) ## the figures of docs/performance.md
	@$(BIN)/python -m compileall -q sutaz_tui widgets
	@$(BIN)/python -m tests.bench

soak: $(TEST_STAMP) ## half an hour of every trouble in turn, as root; MINUTES=5 for a short one
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30)

coverage: $(TEST_STAMP) ## docs/coverage.md: which check keeps which old test's promise
	@$(BIN)/python -m tests.coverage

docs: $(TEST_STAMP) ## pages of docs/ that are made from registries: keys, kinds, views, tables of the upgrade
	@$(BIN)/python -m tests.reference

site: $(TEST_STAMP) ## all pages as a site in build/site; red over a dead link or a page that docs/index.md lacks
	@rm -rf build/site
	@$(BIN)/sphinx-build -q -W --keep-going -c docs . build/site
	@# A browser that reads it fetches nothing from elsewhere.
	@! grep -rnoE '<(script|link|img|iframe|object)[^>]* (src|href|data)="(https?:)?//[^"]*' build/site --include='*.html'
	@echo build/site/docs/index.html

clean: ## remove the virtual environment and what tools left
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "sutaz-tui needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "no venv: on Debian install it with: apt-get install python3-venv" >&2; exit 1; }

$(STAMP): pyproject.toml constraints.txt $(BIN)/python
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEMO_STAMP): $(STAMP)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

$(TEST_STAMP): $(STAMP)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@
