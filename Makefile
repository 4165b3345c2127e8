# Every command of the project. `make help` lists them; `make demo` and `make test` need nothing
# but Python 3.13 and make: they set up the rest in .venv.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo nightly test check static format e2e spark-check model mutants bench bench-signal build schemas events up tools lock clean load reconcile kills system bench-nightly

export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0

PYTHON := .venv/bin/python
UV := .venv/bin/uv
UV_VERSION := $(shell sed -n 's/^ *"uv==\(.*\)",$$/\1/p' pyproject.toml)
READY := .venv/ready
SAM_READY := .venv-sam/ready
AWS_CLI_READY := .venv-aws-cli/ready
SPARK_READY := .venv-spark/ready
PANDAS_READY := .venv-bench-nightly/ready
USUAL := not e2e and not kills and not system
# Servers and processes. Coverage must come from below them, and following each of their lines takes long.
STACK_SUITES := tests/faults tests/integration
WITH_JAVA := command -v java >/dev/null || { apt-get update -qq && apt-get install -qq -y openjdk-17-jre-headless; } >/dev/null

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## Watch a day of real viewing go through the real functions (DATA=folder, SIZE=viewers, KEEP=new folder)
	$(PYTHON) -m local.demo $(if $(DATA),--data $(DATA)) $(if $(SIZE),--size $(SIZE)) $(if $(KEEP),--keep $(KEEP))

nightly: $(READY) ## Run a day of viewing and the two nights after it on the local stack (SIZE=viewers)
	$(PYTHON) -m local.nightly $(if $(SIZE),--size $(SIZE))

load: $(READY) ## Send for minutes while things break, then account for it (OPTIONS="--minutes 3 --rate 150 --seed 1")
	$(PYTHON) -m local.load $(OPTIONS)

test: $(READY) ## Run every test but the slow tiers (about six minutes on two cores)
	$(PYTHON) -m pytest -m "$(USUAL)" -n 2 --dist loadfile $(addprefix --ignore=,$(STACK_SUITES)) --cov --cov-report=term --durations=15
	$(PYTHON) -m pytest -m "$(USUAL)" -n 2 --dist loadfile $(STACK_SUITES) --durations=15

check: test static ## What CI runs before e2e: the tests, then everything that needs no run

static: $(READY) ## Lint, types, architecture, templates, lock file
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m basedpyright
	.venv/bin/lint-imports
	.venv/bin/cfn-lint template.yaml
	$(UV) lock --check
	$(UV) export --quiet --locked --no-default-groups --no-emit-project --no-header \
	  --format requirements-txt | diff - layers/dependencies/requirements.txt
	$(UV) export --quiet --locked --only-group nightly --no-emit-project --no-header \
	  --format requirements-txt | diff - layers/engine/requirements.txt

format: $(READY) ## Format the code and mend what ruff can mend
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

build: $(SAM_READY) ## Build functions and layers with `sam build`, byte-compiled, and lint the built template
	$(PYTHON) -m scripts.build
	.venv/bin/cfn-lint .aws-sam/build/template.yaml

e2e: $(SAM_READY) build ## Run what `sam build` made, in Lambda containers, against the local stack
	$(PYTHON) -m pytest -m e2e tests/e2e

spark-check: $(READY) $(SPARK_READY) ## Run the nightly SQL in DuckDB and in Spark, and compare every row (OPTIONS="--rows N" or "--archive DIR")
	$(WITH_JAVA)
	$(PYTHON) -m tests.engines $(OPTIONS)

system: $(READY) $(SPARK_READY) ## Let nights, rebuilds, Spark and a load run on the whole local stack (seven minutes)
	$(WITH_JAVA)
	$(PYTHON) -m pytest -m system -n 2 --dist loadfile $(STACK_SUITES)

kills: $(READY) ## Kill functions of the local stack a hundred times, and compare the final counts
	$(PYTHON) -m pytest -m kills tests/faults

model: $(READY) ## Try many more histories of failures than `make test` does, other ones each time (under 20 minutes)
	HYPOTHESIS_PROFILE=thorough $(PYTHON) -m pytest -n 2 --dist loadfile tests/model

mutants: $(READY) ## Put named faults into copies of our code, and see that tests notice each (ONLY=words of a name)
	$(PYTHON) -m tests.mutants $(if $(ONLY),--only "$(ONLY)")

bench: $(READY) ## Measure speed and cost, each part beside what it is compared with (PARTS="hot-path cold-start")
	$(PYTHON) -m tests.benchmarks $(PARTS)

bench-signal: $(READY) ## Train on our signal and on naive ones, and ask whose recommendations meet a known taste
	$(PYTHON) -m tests.benchmarks.signal $(OPTIONS)

bench-nightly: $(READY) $(PANDAS_READY) ## Measure the nightly build beside a pandas script that does the same (ROWS="1000000 10000000" ROUNDS=3)
	$(PYTHON) -m tests.benchmarks.nightly $(if $(ROWS),--rows $(ROWS)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(OPTIONS)

schemas: $(READY) ## Write the JSON Schema of the contract to docs/schemas
	$(PYTHON) -m scripts.export_schemas

events: $(READY) ## Write the sample Lambda events to events/
	$(PYTHON) -m scripts.sample_events

up: $(READY) ## Start the local stack and keep it open (Ctrl-C ends it)
	$(PYTHON) -m local up --containers

reconcile: $(READY) ## Account for every message of the archive, of `make up` by default (OPTIONS="--help")
	$(PYTHON) -m reconcile $(or $(OPTIONS),--local)

tools: $(SAM_READY) $(AWS_CLI_READY) ## Install AWS SAM CLI and the AWS CLI, as .venv-sam/bin/sam and .venv-aws-cli/bin/aws

lock: $(READY) ## Renew uv.lock and the requirements of the layers
	$(UV) lock --upgrade
	$(UV) export --quiet --locked --no-default-groups --no-emit-project --no-header \
	  --format requirements-txt -o layers/dependencies/requirements.txt
	$(UV) export --quiet --locked --only-group nightly --no-emit-project --no-header \
	  --format requirements-txt -o layers/engine/requirements.txt

clean: ## Remove everything that the commands made
	rm -rf .venv .venv-sam .venv-aws-cli .venv-spark .venv-bench-nightly .aws-sam .state .hypothesis .pytest_cache .ruff_cache .coverage

# The environments -------------------------------------------------------------------------------

.venv/bin/uv:
	python3.13 -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(READY): pyproject.toml uv.lock .venv/bin/uv
	$(UV) sync --quiet --locked
	@touch $@

# Each command line tool of AWS pins versions of its own, so it has an environment of its own; Spark is
# large and needed by one check.
$(SAM_READY) $(AWS_CLI_READY) $(SPARK_READY) $(PANDAS_READY): .venv-%/ready: pyproject.toml uv.lock $(READY)
	UV_PROJECT_ENVIRONMENT=.venv-$* $(UV) sync --quiet --locked --no-install-project --only-group $*
	@touch $@
