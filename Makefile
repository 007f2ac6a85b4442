# What there is to do here. Works with GNU make 3.81 and newer; `make help` lists the targets.

STACK ?= dev
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV := $(BIN)/uv --quiet
COMPILE := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make requirements"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The environment: pinned dependencies, byte-compiled at install (an uncompiled start takes three times as long),
# then the project itself.
$(INSTALLED): requirements.txt requirements-dev.txt pyproject.toml
	@python=$$(PYTHON="$(PYTHON)" sh scripts/find_python.sh) && \
		{ $(BIN)/python -c 'import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || \
		{ echo "Making $(VENV) with $$python"; "$$python" -m venv --clear $(VENV); }; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(VENV)/uv.txt
	@echo "Installing the pinned dependencies"
	@$(UV) pip sync --python $(BIN)/python --require-hashes --only-binary :all: --compile-bytecode requirements-dev.txt
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: install
install: $(INSTALLED) ## Make the virtual environment and install the pinned dependencies

.PHONY: rehearse
rehearse: $(INSTALLED) ## Deploy STACK (dev) on an emulated AWS account, again, and destroy it
	@$(BIN)/airflow-infra rehearse $(STACK)

.PHONY: test
test: lint unit ## Everything that must pass: lint, types, import fences, tests, the three stacks rehearsed

.PHONY: unit
unit: $(INSTALLED) ## The tests alone
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -q tests --ignore tests/e2e

# Without Go (exit status 2) the tests that need a cluster are skipped by name, unless REQUIRE_CLUSTER is set.
.PHONY: e2e
e2e: $(INSTALLED) ## The tests that need more than the package index: a real Kubernetes, a browser
	@$(BIN)/airflow-infra cluster build || { [ $$? -eq 2 ] && [ -z "$$REQUIRE_CLUSTER" ]; }
	@$(BIN)/python -m pytest -q tests/e2e

.PHONY: cluster
cluster: $(INSTALLED) ## Bring up a real Kubernetes of STACK's (dev) minor on this machine; needs Go the first time
	@$(BIN)/airflow-infra cluster up $(STACK)

.PHONY: cluster-down
cluster-down: $(INSTALLED) ## Take it down, without a trace
	@$(BIN)/airflow-infra cluster down

.PHONY: lint
lint: $(INSTALLED) ## Lint, strict types, import fences
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/basedpyright --warnings

.PHONY: format
format: $(INSTALLED) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: validate
validate: $(INSTALLED) ## Check the stack files
	@$(BIN)/airflow-infra validate

.PHONY: bench
bench: $(INSTALLED) ## Measure the rehearsal, judging a crowded account, and checking pods beside gator
	@$(BIN)/python benchmarks/rehearsal.py
	@$(BIN)/python benchmarks/invariants.py
	@$(BIN)/python benchmarks/check.py
	@$(BIN)/python benchmarks/cluster.py

.PHONY: generated
generated: $(INSTALLED) ## Write again what is generated: schema, settings reference, resource types
	@$(BIN)/python -m airflow_infra.settings.schema --write
	@$(BIN)/python -m airflow_infra.rehearsal.providers.table --write

.PHONY: golden
golden: $(INSTALLED) ## Write again the golden files: registered resources, README, pods of the real operator
	@$(BIN)/python -m pytest -q tests/stacks tests/cli/test_rehearse.py tests/cli/test_pod.py tests/cli/test_check.py \
		tests/e2e/test_operator_samples.py tests/e2e/test_check_dags.py --update-golden

.PHONY: diagram
diagram: $(INSTALLED) ## Draw the dev stack again, as the README shows it
	@$(BIN)/airflow-infra diagram dev --output docs/dev.svg

.PHONY: requirements
requirements: $(INSTALLED) ## Compile requirements.txt and requirements-dev.txt from pyproject.toml
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt

.PHONY: clean
clean: ## Remove the virtual environment and caches, but not what Go built in tools/bin
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
