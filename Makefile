# Two commands do everything, set-up included:
#   make demo   show the sample study with the bundled models' layers
#   make test   pass every check and test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow benchmark libraries clean

demo: $(VENV)/.demo
	@sh packaging/show-demo.sh $(BIN)

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/deptry .
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

test-slow: $(VENV)/.dev
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m slow

benchmark: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks

libraries:
	@sh packaging/libraries.sh

$(VENV)/bin/python: | libraries
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python libraries
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[demo]"
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python libraries
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[demo,training,scale,dev]"
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist
