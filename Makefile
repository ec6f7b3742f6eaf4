# Tremplin. Needs Python 3.11 or newer and make; everything else it installs into .venv.
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
WORKERS ?= auto
# A run of the chaos, and how many of them the table takes.
SECONDS ?= 120
SEED ?= 1
SEEDS ?= 20
FIRST ?= 1
# A production of no deployment, to check its settings with.
PRETENDED := TREMPLIN_ENV=production SECRET_KEY=pretended-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF \
	SITE_URL=https://tremplin.example ALLOWED_HOSTS=tremplin.example DATABASE_URL=postgresql://tremplin@db/tremplin \
	REDIS_URL=redis://redis/0 EMAIL_HOST=mail.tremplin.example MAIL_FROM=programme@tremplin.example

.PHONY: help setup run test check lint lock messages bench screenshots chaos chaos-table fuzz clean
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

$(BIN)/uv: requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Tremplin needs Python 3.11 or newer.")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $(BIN)/uv

.venv/.run: requirements.txt pyproject.toml $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

setup: .venv/.dev ## Install everything into .venv

run: .venv/.run ## Start the product with its demo: PORT=9000 make run moves it
	@$(MANAGE) up

test: .venv/.dev ## Run the tests
	$(MANAGE) messages compile
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(MANAGE) makemigrations --check --dry-run
	TREMPLIN_KEYS="$$($(BIN)/python -c 'from portal.sealing.files import new_ring; print(new_ring())')" \
	$(PRETENDED) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) messages check

check: lint test ## All checks and all tests, as CI runs them

messages: .venv/.dev ## Collect and compile the words of the pages
	$(MANAGE) messages extract

lock: .venv/.dev ## Resolve the requirements anew
	$(BIN)/uv pip compile --upgrade --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --upgrade --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	echo 'uv' | $(BIN)/uv pip compile --upgrade --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 - -c requirements-dev.txt -o requirements-uv.txt

bench: .venv/.dev ## Measure speed against its budgets: BENCH_STARTUPS=100000 for the record
	$(MANAGE) messages compile
	$(BIN)/python -m benchmarks $(ARGS)

screenshots: .venv/.dev ## Walk the journey and renew docs/screenshots
	$(MANAGE) messages compile
	TREMPLIN_SCREENSHOTS=1 TREMPLIN_REQUIRE_BROWSER=1 $(BIN)/python -m pytest -n0 tests/journeys/test_journey.py

chaos: .venv/.dev ## Break everything for a while: SECONDS=120 SEED=1 make chaos
	$(BIN)/python -m tests.chaos --seconds $(SECONDS) --seed $(SEED)

fuzz: .venv/.dev ## Send odd values to every address for a while: FUZZ_SECONDS=600 FUZZ_SEED=2 make fuzz
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m pytest -n0 tests/fuzz

chaos-table: .venv/.dev ## Run 20 seeds and renew the table in docs/reliability.md
	$(BIN)/python -m tests.chaos.table --seeds $(SEEDS) --first $(FIRST) --seconds $(SECONDS)

clean: ## Remove what the machine made (not the embedded data in var/)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache var/static
