# Two commands do everything, set-up included:
#   make demo   show the sample study with the bundled models' layers
#   make test   pass every check and test
# While you work: make lint, make typecheck, make test-fast (under two minutes, all but tests/long.txt); make test-slow and
# make benchmark take longer.
# make docs: the manual as HTML, in build/docs.
# Packages: make packages builds and checks them all (packaging/README.md); make release-checks before a tag.
VENV := .venv
ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN := $(VENV)/Scripts
else
PYTHON ?= python3
BIN := $(VENV)/bin
endif
RUN_TESTS := QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(BIN)/python -m pytest
# A worker takes a whole file at a time, in the order of tests/conftest.py: the long ones first. None is replaced when it
# crashes: pytest-xdist then waits for ever, near the end, for a file that nobody carries out.
IN_PARALLEL := -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart=0

.PHONY: demo test tests test-fast test-slow lint typecheck benchmark docs libraries packages release-checks test-versions upgrade clean

demo: $(VENV)/.demo
	@sh packaging/show-demo.sh $(BIN)

test: $(VENV)/.dev
	@$(MAKE) --no-print-directory -j 2 lint typecheck
	@$(MAKE) --no-print-directory tests

lint: $(VENV)/.dev
	@if git rev-parse --is-inside-work-tree >/dev/null 2>&1; \
	then PATH="$(CURDIR)/$(BIN):$$PATH" SKIP=mypy pre-commit run --all-files --show-diff-on-failure; \
	else $(BIN)/ruff check . && $(BIN)/ruff format --check .; fi
	$(BIN)/lint-imports
	$(BIN)/deptry .

typecheck: $(VENV)/.dev
	$(BIN)/mypy

tests: $(VENV)/.dev
	$(RUN_TESTS) $(IN_PARALLEL)

test-fast: $(VENV)/.dev
	$(RUN_TESTS) $(IN_PARALLEL) $(addprefix --ignore=,$(shell cat tests/long.txt))

test-slow: $(VENV)/.dev
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m slow

benchmark: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

packages:
	@PYTHON=$(PYTHON) sh packaging/libraries.sh packages
	@PYTHON=$(PYTHON) sh packaging/packages.sh

release-checks:
	@for check in reproducible licences sbom; do PYTHON=$(PYTHON) sh packaging/release.sh $$check || exit 1; done

test-versions:
	@PYTHON=$(PYTHON) sh packaging/release.sh versions

upgrade:
	@PYTHON=$(PYTHON) sh packaging/release.sh upgrade

libraries:
	@sh packaging/libraries.sh all

$(VENV)/.demo: pyproject.toml
	@sh packaging/libraries.sh window
	@[ -x $(BIN)/python ] || { echo "Making $(VENV)" && $(PYTHON) -m venv $(VENV); }
	@echo "Installing PyTorch" && sh packaging/install-torch.sh $(BIN)/python
	@echo "Installing Mammoview" && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -e ".[demo]"
	@touch $@

$(VENV)/.dev: pyproject.toml | libraries
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@sh packaging/install-torch.sh $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -e ".[demo,training,scale,onnx,dev]"
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist
