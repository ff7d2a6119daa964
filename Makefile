# Two commands matter: `make run` (a working contact centre) and `make test`. Both set themselves up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run demo test lint format constraints clean bench-sip bench-sip-long bench-media bench-acd fuzz

run: $(VENV)/.run
	$(BIN)/cordboard serve --config callflows/examples/acme

demo: $(VENV)/.dev
	$(BIN)/cordboard demo

test: $(VENV)/.dev
	$(BIN)/python -m tests

# Calls a second and what each costs, by SIPp on loopback; about three minutes, the long one ten.
bench-sip: $(VENV)/.dev
	$(BIN)/python -m bench.sip_calls

bench-sip-long: $(VENV)/.dev
	$(BIN)/python -m bench.sip_calls --long 100000

# Coverage-guided, for a minute; what it finds is left in fuzz-found. Needs the extra `fuzz`.
FUZZ_SECONDS ?= 60
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS)

# CPU a packet and jitter: our worker, a C relay, recording, playback, the whole server; about three minutes.
bench-media: $(VENV)/.dev
	$(BIN)/python -m bench.media

# What a routing event costs with 1,000 and 10,000 agents; a minute or so.
bench-acd: $(VENV)/.dev
	@$(BIN)/python -m bench.acd_router

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A virtual environment needs Python's venv module; Debian keeps it in a package of its own.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cordboard needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python venv failed; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.made constraints/run.txt pyproject.toml
	@[ -e $(VENV)/.dev ] || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints/run.txt
	@PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.made constraints/dev.txt pyproject.toml
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints/dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Pinned versions with hashes and no addresses, for every Python that the project supports.
constraints:
	uv pip compile pyproject.toml constraints/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o constraints/run.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o constraints/dev.txt
	uv pip compile constraints/fuzz.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o constraints/fuzz.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
