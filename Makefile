PYTHON ?= python3
BIN := .venv/bin
# Quiet but for errors.
PIP := PIP_ROOT_USER_ACTION=ignore $(PYTHON) -m pip --quiet --quiet --disable-pip-version-check --python $(BIN)/python

# A virtual environment whose Python is gone is built again. Its targets cannot tell: they are newer
# than the Python that the link leads to.
$(shell [ -e .venv/bin/python ] || rm -rf .venv)

.PHONY: help
help:  ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

.PHONY: run
run: .venv/runtime  ## Serve the demo platform, or DATABASE_URL, on 127.0.0.1:8000 or PORT
	@exec $(BIN)/sample-gateway serve --demo

# A process for each core, but no more connections than a database server takes by default.
IN_PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=worksteal

.PHONY: test
test: .venv/development  ## Run all tests, on SQLite and each server that is reachable: 15 minutes on 2 cores
	@echo "Running all tests in parallel, then those that measure time, alone: about 15 minutes on 2 cores."
	@echo "For a subset in less than a minute: make test-quick"
	@$(BIN)/pytest $(IN_PARALLEL) -m "not serial"; parallel=$$?; $(BIN)/pytest -m serial && exit $$parallel

.PHONY: test-quick
test-quick: .venv/development  ## Run some tests of each package, on SQLite, without servers, browser and Node.js: 1 minute
	TEST_ENGINES=sqlite $(BIN)/pytest $(IN_PARALLEL) -m quick

.PHONY: scale
scale: .venv/development  ## Print what each cookbook query and each filter costs on 100, 1,000 and 10,000 runs
	$(BIN)/python -m tests.bench.scale

.PHONY: cost
cost: .venv/development  ## Print what operations are charged, and the work that they take
	$(BIN)/python -m tests.bench.cost

.PHONY: attacks
attacks: .venv/development  ## Print how long an honest client waits beside each attack
	$(BIN)/python -m tests.bench.attacks

.PHONY: bench
bench: .venv/development  ## Print how fast the gateway is beside a hand-written server; takes wrk
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.diffs

.PHONY: soak
soak: .venv/development  ## Print a gateway's memory over 100,000 mixed and 2,000 hostile requests; takes wrk
	$(BIN)/python -m tests.bench.soak

.PHONY: failover
failover: .venv/development  ## Print what clients get while nodes of a Galera cluster and gateways are lost
	$(BIN)/pytest -q tests/deployment/test_galera.py tests/deployment/test_nginx.py

.PHONY: pictures
pictures: .venv/development  ## Take the pictures of the pages for browsers again; takes chromium
	PICTURES=docs/pictures $(BIN)/pytest tests/browser

.PHONY: examples
examples: .venv/development  ## Write what the examples in the documents print into the documents
	UPDATE_EXAMPLES=1 $(BIN)/pytest -q tests/docs/test_examples.py

.PHONY: lint
lint: .venv/development  ## Check style, types, and that schema.graphql is up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sample-gateway schema | diff schema.graphql -

.PHONY: format
format: .venv/development  ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: schema
schema: .venv/runtime  ## Export schema.graphql
	$(BIN)/sample-gateway schema > schema.graphql

# The generator needs other versions of our packages, so it has an environment of its own.
.venv/codegen: .venv/bin/python tests/client/requirements.lock
	@$(PYTHON) -m venv --without-pip $@
	@PIP_ROOT_USER_ACTION=ignore $(PYTHON) -m pip --quiet --quiet --disable-pip-version-check --python $@/bin/python install --require-hashes --requirement tests/client/requirements.lock
	@touch $@

.PHONY: client
client: .venv/development .venv/codegen  ## Write sample_gateway_client, from schema.graphql and the named queries
	$(BIN)/python -m tests.client.generate

# Pins for each Python that pyproject.toml allows. The second file has what tests need beside the first.
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate pyproject.toml
PINNED = $$(sed -nE 's/^([^ =]+)==.*/--no-emit-package \1/p' requirements.lock)

.PHONY: lock
lock: .venv/development  ## Pin the newest versions that pyproject.toml allows, with hashes
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --output-file tests/requirements.lock --extra dev --constraint requirements.lock $(PINNED)
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate tests/client/requirements.in --output-file tests/client/requirements.lock

# Debian's Python makes a virtual environment without pip unless python3-venv is installed;
# its own pip, told where to, installs into one all the same.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("Sample Gateway needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Name another one: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" % v[:2])'
	@$(PYTHON) -m venv --without-pip .venv

.venv/runtime: .venv/bin/python pyproject.toml requirements.lock
	@echo "Installing what the gateway needs into .venv: about 20 seconds."
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --editable .
	@$(BIN)/python -m compileall -q gql rest_compat sample_gateway_client
	@touch $@

.venv/development: .venv/runtime tests/requirements.lock
	@echo "Installing what its tests need: about 20 seconds."
	@$(PIP) install --require-hashes --requirement tests/requirements.lock
	@touch $@
