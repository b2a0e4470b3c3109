# The commands for development and CI. PYTHON=python3.12 selects the interpreter for .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# The demo needs little of that, and is where many begin.
DEMO := .venv-demo/.ready

IS_NEW_ENOUGH := import sys; sys.exit("Python 3.11 or newer is needed, and $(PYTHON) is older: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-pythons lint types imports check unit generate bump changes dist bench chaos mutants targets foreign docs docs-serve docs-audit picture lint-spec format lock clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: $(READY) ## create .venv with the development dependencies

demo: $(DEMO) ## play two liveness sessions at an offline Face service, from their creation to their deletion
	@PYTHONPATH=generated:handwritten .venv-demo/bin/python examples/demo.py

test: lint types imports check changes unit ## lint, types, the check of generated/, and all tests (CI also runs test-pythons, targets and foreign)

lint: $(READY) ## check lint and format of the handwritten code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## check types with mypy, also of the generated code
	$(BIN)/mypy

imports: $(READY) ## check which package may import which
	$(BIN)/lint-imports --no-logo

check: $(READY) ## fail if generated/ is out of date with spec/openapi.yaml
	$(BIN)/python -m generator check

unit: $(READY) ## run the tests in parallel, including those of the built wheel
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

test-pythons: $(READY) ## run the tests of the wheel, except the emulator's, on each other Python from 3.11 to 3.14
	@$(BIN)/python -m tools.pythons

generate: $(READY) ## generate generated/ from spec/openapi.yaml
	$(BIN)/python -m generator generate

bump: $(READY) ## change the API version and report the changes: make bump API_VERSION=v1.3-preview.1
	@$(BIN)/python -m tools.release bump "$$API_VERSION"

changes: $(READY) ## report the changes since the last release; fail if CHANGELOG.md misses a breaking change
	@$(BIN)/python -m tools.release changes

dist: $(READY) ## build sdist and wheel into dist/, reproducibly
	@$(BIN)/python -m tools.release dist --tag "$$TAG"

bench: $(READY) ## compare the speed with other clients (BENCH="--quick", "--baseline REV", "--write-docs")
	@$(BIN)/python -m tools.benchmarks $(BENCH)

chaos: $(READY) ## make thousands of calls to a faulty server (CHAOS="--seed 8", "--calls 1000", "--only 123")
	@$(BIN)/python -m tools.chaos $(CHAOS)

mutants: $(READY) ## mutation tests: check that the tests find deliberate faults (MUTANTS="--only 3")
	@$(BIN)/python -m tools.mutants $(MUTANTS)

targets: $(READY) ## generate, compile and test clients for other languages (TARGETS="java go")
	$(BIN)/python -m tools.targets --allow-missing go $(TARGETS)

foreign: $(READY) ## generate clients from public documents, with the stock generator beside (FOREIGN="--write-docs", "--check-docs")
	@$(BIN)/python -m tools.foreign_documents $(FOREIGN)

docs: $(READY) ## build the documentation in build/site/, and the page that face-emulator serves at / (requires Node.js)
	@$(BIN)/python -m tools.site build

docs-serve: $(READY) ## show the documentation at http://localhost:8000/, rebuilt as it is edited
	@$(BIN)/python -m tools.site serve

docs-audit: docs ## check the documentation with axe, in Chromium
	@$(BIN)/python -m tools.site audit

picture: $(READY) ## record face-client in a terminal as docs/images/command-line.svg
	@$(BIN)/python -m tools.terminal_picture

lint-spec: $(READY) ## lint spec/openapi.yaml (requires Node.js)
	$(BIN)/python -m tools.spec_tools lint

format: $(READY) ## format the handwritten code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY) ## update the locked development dependencies
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --all-extras --group dev pyproject.toml --output-file requirements-dev.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate tools/benchmarks/requirements.in --output-file tools/benchmarks/requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --extra emulator pyproject.toml --constraint requirements-dev.lock \
		--output-file examples/requirements.lock

clean: ## remove .venv and build output
	rm -rf .venv .venv-demo .venv-3.* .cache build dist docs/try.html docs/iframe-worker.js handwritten/face_emulator/page.html

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c '$(IS_NEW_ENOUGH)'
	@echo "Setting up .venv, which takes about a minute ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEMO): examples/requirements.lock
	@$(PYTHON) -c '$(IS_NEW_ENOUGH)'
	@echo "Setting up .venv-demo, which takes about ten seconds ..."
	@$(PYTHON) -m venv --clear .venv-demo
	@.venv-demo/bin/python -I -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@
