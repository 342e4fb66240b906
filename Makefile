# `make run` runs the product, `make test` tests it. Nothing has to be installed first but Python 3.11, make and git.
PYTHON ?= python3
BIN := .venv/bin
# Not as a module: the package of commands may need what this installs.
INSTALL = PYTHONPATH=. exec $(PYTHON) -P commands/install.py
# Where it is set, as in many containers, every process compiles every file anew: half a second of each start.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test check bench proof pictures architecture translations requirements python
.DEFAULT_GOAL := help

help:
	@echo "make run           run Take A Number on this machine (PORT=8000)"
	@echo "make test          run all tests (TESTS=tests/bot runs some, ALL=1 each on both databases)"
	@echo "make check         lint, types, import rules, all tests, known security holes of packages"
	@echo "make bench         run the benchmarks"
	@echo "make proof         show that no text is lost or sent twice; takes hours (SEEDS=1-20 GUESTS=200)"
	@echo "make pictures      take new screenshots for the README"
	@echo "make architecture  redraw docs/architecture.svg from the imports"
	@echo "make translations  collect the pages' words and compile their translations"
	@echo "make requirements  pin the newest versions for requirements.in and requirements-test.in"

# The launcher watches make itself, so that it ends when make does, however that happens.
run: python
	@$(INSTALL) requirements.txt
	@STARTED_BY=$$PPID exec $(BIN)/python -m commands.run

TESTS ?=
WORKERS ?= 3
test: python
	@$(INSTALL) requirements-test.txt --browser
	STARTED_BY=$$PPID exec $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ALL:%=--all-rows) $(TESTS)

check: python
	@$(INSTALL) requirements-test.txt
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test
	@$(BIN)/python -m tests.audit_dependencies

bench: python
	@$(INSTALL) requirements-test.txt
	$(BIN)/python -m bench

SEEDS ?= 1-20
GUESTS ?= 200
proof: python
	@$(INSTALL) requirements-test.txt
	$(BIN)/python -m tests.proof --seeds $(SEEDS) --guests $(GUESTS)

pictures: python
	@$(INSTALL) requirements-test.txt --browser
	$(BIN)/python -m tests.browser.pictures

architecture: python
	@$(INSTALL) requirements-test.txt
	$(BIN)/python -m tests.architecture

# After a change of words: see docs/translating.md.
translations: python
	@$(INSTALL) requirements-test.txt
	$(BIN)/pybabel -q extract -F pyproject.toml --add-location=file --no-wrap --omit-header -k _l -k lazy_gettext -o translations/messages.pot .
	$(BIN)/pybabel -q update -i translations/messages.pot -d translations --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d translations

requirements: python
	@$(INSTALL) requirements-test.txt
	$(PIN) --output-file=requirements.txt requirements.in
	$(PIN) --output-file=requirements-test.txt requirements-test.in

PIN = CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-find-links

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
