# Each target installs what it needs; the machine needs only git, make and Python >= 3.11 with venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check sites bench golden pictures schemas examples widths lock clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: .venv/runtime ## write a sample listener's repository to demo/; with OPTIONS=--open, see it in a browser
	$(BIN)/python -m exporter demo $(OPTIONS)

test: .venv/ready ## run the tests, in parallel, without those of browsers and site generators
	$(BIN)/pytest --numprocesses=auto --dist=worksteal -m "not browser and not generator"

check: .venv/ready ## lint, types and all tests, as CI does
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses=auto --dist=worksteal

sites: ## install what builds the example sites, with npm; tests of what is not installed are skipped
	npm ci --prefix examples/eleventy --no-audit --no-fund
	npm ci --prefix examples/astro --no-audit --no-fund

bench: .venv/ready ## measure, and write the tables of docs/performance.md; with PARTS="run start-up", only these
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m bench $(PARTS)

golden: .venv/ready ## rewrite the golden files; review the diff before you commit it
	UPDATE_GOLDEN=1 $(BIN)/pytest tests/render/test_golden.py tests/setup/test_check.py

pictures: .venv/ready ## make the pictures of the README again, from the demo
	$(BIN)/python tests/pictures.py

schemas: .venv/ready ## make the JSON Schemas in docs/schemas again, after you add a field
	$(BIN)/python tests/schemas.py

examples: .venv/ready ## make the examples in docs/outputs.md and examples/profile again
	$(BIN)/python tests/document_examples.py

widths: .venv/ready ## make the table of text widths again, from the fonts on this machine
	$(BIN)/python tests/make_widths.py

lock: .venv/ready ## pin all dependencies again, from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --custom-compile-command "make lock" \
	  --output-file requirements/runtime.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --custom-compile-command "make lock" \
	  --output-file requirements/dev.lock pyproject.toml --group dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --custom-compile-command "make lock" \
	  --output-file requirements/release.lock --group release

clean: ## remove what was made here: the environment, demo/, build/ and dist/
	rm -rf .venv demo build dist

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.venv/runtime: requirements/runtime.lock
	$(PYTHON) -m venv --clear .venv
	$(PIP_INSTALL) --require-hashes -r requirements/runtime.lock
	touch $@

.venv/ready: .venv/runtime requirements/dev.lock pyproject.toml
	$(PIP_INSTALL) --require-hashes -r requirements/dev.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $@
