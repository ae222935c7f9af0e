# Every target does its own set-up; a second call does only what has changed.
# Settings: PYTHON (interpreter of the environment), TELLBACK_HOST, TELLBACK_PORT, WORKERS (of the
# tests), ARGS (more arguments for pytest, bench or serve), UV (only `make lock`).

BIN := .venv/bin
# More than cores: much of a test waits for a database, a browser or a process.
WORKERS ?= 4
UV ?= uv

# The first interpreter that is new enough; `python3` where none is, to be named in the refusal.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$python"; exit; }; done; echo python3)

.DEFAULT_GOAL := help
.PHONY: help install run test check bench bench-peers soak screenshots assets format lock wheel \
	messages clean python for-run for-test

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s%s\n", $$1, $$2}'

python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
	found=$$("$(PYTHON)" --version 2>/dev/null); \
	echo "Tellback needs Python 3.11 or newer; '$(PYTHON)' is $${found:-missing or too old}." \
	"Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }

for-run: python
	@"$(PYTHON)" deploy/set_up.py run

for-test: python
	@"$(PYTHON)" deploy/set_up.py test

install: for-run ## Create the environment, install the locked packages, build the front-end files

run: for-run ## Serve the demonstration on http://127.0.0.1:8000 (TELLBACK_HOST, TELLBACK_PORT)
	@echo "[4/4] Loading the demonstration and starting ..."
	@exec $(BIN)/tellback serve --demo $(ARGS)

test: for-test ## Run the tests, with PostgreSQL and a browser (ARGS="-k words")
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) $(ARGS)

check: for-test ## Check format, lint, types, layers and migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.drift

bench: for-test ## Measure the hot paths
	$(BIN)/python -m tests.bench $(ARGS)

bench-peers: for-test ## Measure submissions beside other survey software, which it installs apart
	$(BIN)/python -m tests.bench --only peers $(ARGS)

soak: for-test ## Run the long tests (ARGS="--minutes 30 --seed 1 -k kills")
	$(BIN)/python -m pytest -m soak $(ARGS)

screenshots: for-test ## Take the screenshots of the README
	$(BIN)/python -m tests.system.screenshots $(ARGS)

assets: for-run ## Build the front-end files

format: for-test ## Format the code and mend what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: for-run ## Bring the translations up to date and list what is missing
	$(BIN)/python deploy/messages.py

wheel: for-run ## Build the wheel into dist/ and prove it in a clean environment
	$(BIN)/python deploy/check_wheel.py

# No addresses of registries and no comments go into the locks, hashes do.
EXPORT := $(UV) export --quiet --frozen --format requirements-txt --no-emit-project --no-header --no-annotate
PEERS := survey-and-report form-surveys
RESOLVE := $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
NPM_LOCK := npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
lock: ## Resolve the newest allowed versions and write the locks (needs uv and npm)
	$(UV) lock --upgrade
	$(EXPORT) --no-default-groups --output-file deploy/requirements.txt
	$(EXPORT) --all-groups --no-group node --output-file deploy/requirements-dev.txt
	$(EXPORT) --only-group build --output-file deploy/requirements-build.txt
	$(EXPORT) --only-group node --output-file deploy/requirements-node.txt
	for peer in $(PEERS); do $(RESOLVE) tests/bench/peers/$$peer.in \
	--output-file deploy/requirements-peers-$$peer.txt >/dev/null || exit 1; done
	cd deploy && $(NPM_LOCK)
	cd tests/bench/surveyjs && $(NPM_LOCK)

clean: ## Remove everything that the other targets made, except var/
	rm -rf .venv .cache api/static/built build dist .mypy_cache .pytest_cache .ruff_cache \
	.import_linter_cache .hypothesis
