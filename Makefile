# Every target works on a machine that has only Python 3.11+, make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test check advisories bench chaos docs format clean

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

run: $(READY)  ## start the bot; without TELEGRAM_TOKEN, on the sandbox at http://127.0.0.1:8080
	@$(BIN)/phonedesk run

test: $(READY)  ## the whole suite
	@$(BIN)/python -m pytest -n auto

check: $(READY)  ## format, lint (with ruff's security rules), types, freshness of generated docs, advisories
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/phonedesk docs --check
	@$(BIN)/python .ci/advisories.py

advisories: $(READY)  ## known weaknesses of the locked dependencies, where pip-audit is installed and can ask
	@$(BIN)/python .ci/advisories.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)  ## write the generated pages anew
	$(BIN)/phonedesk docs

bench: $(READY)  ## speed and memory beside python-telegram-bot's ConversationHandler, as ratios in one run
	$(BIN)/python -m tests.bench

chaos: $(READY)  ## the long runs: 500 kills on both databases, 1,000 random walks, 100,000 broken updates and requests
	CHAOS=1 $(BIN)/python -m pytest tests/chaos -s

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
