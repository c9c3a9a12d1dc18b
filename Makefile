# Two commands: `make run` starts Dogwatch, `make test` proves it. Both install what they need.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE =

.PHONY: bom scan histories install-bench run test install install-test install-airflow install-kubernetes check types imports unit lock fmt clean

run: install
	@$(BIN)/python -m runtime up

install:
	@sh tools/install.sh run

install-test:
	@sh tools/install.sh test

# The peers that benchmarks compare with: `make install-bench`, then `.venv/bin/python -m benchmarks.NAME`.
install-bench:
	@sh tools/install.sh bench

# The real Airflow, 2 and 3, for the tests that are marked slow.
install-airflow: install-test
	@sh tests/counterparts/airflow.sh

# The real Kubernetes control plane, built from Debian's source; for a test that is marked slow.
install-kubernetes:
	@sh tests/counterparts/kubernetes.sh

test: install-test check types imports unit

check:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/mypy

imports:
	@$(BIN)/lint-imports --no-cache | tail -n 20

# A file stays on one worker, so that its servers start once; the order of files is that of tests/conftest.py.
# Three on two cores take less time, but a file of stories once hung with them.
WORKERS ?= 2
unit:
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Record the stories' histories anew, after a change that no open story can meet; never to make a replay pass.
histories:
	@DOGWATCH_KEEP_HISTORIES=1 $(BIN)/python -m pytest tests/workflows -q

fmt:
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lock:
	@sh tools/lock.sh

# What is inside: a bill of materials (CycloneDX) of the locked packages.
bom: install
	@$(BIN)/uv tool run -q --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements/run.lock \
		--pyproject pyproject.toml --of JSON -o bom.json 2>/dev/null
	@echo "bom.json written"

# Known vulnerabilities of the locked packages; needs the network.
scan: install
	@$(BIN)/python tools/scan.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
