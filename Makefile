# The words that a person and CI use. PYTHON=python3.12 chooses the interpreter for .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types imports check unit generate format lock clean

help: ## say what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(READY) ## make .venv, with everything that developing takes

demo: $(READY) ## get a session image from an offline Face service, in each way that the client has
	@$(BIN)/python examples/demo.py

test: lint types imports check unit ## everything that CI runs

lint: $(READY) ## lint and format, the handwritten half
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## strict types, both halves
	$(BIN)/mypy

imports: $(READY) ## which room may import which
	$(BIN)/lint-imports --no-logo

check: $(READY) ## fail when generated/ is not what spec/openapi.yaml gives
	$(BIN)/python -m generator check

unit: $(READY) ## the tests, the built wheel in a fresh environment among them
	$(BIN)/python -m pytest

generate: $(READY) ## write generated/ from spec/openapi.yaml
	$(BIN)/python -m generator generate

format: $(READY) ## format the handwritten half
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY) ## choose the newest versions of the development tools
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --all-extras --group dev pyproject.toml --output-file requirements-dev.lock

clean: ## remove .venv and everything that was built
	rm -rf .venv build dist

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, and $(PYTHON) is older: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv, which takes about a minute ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
