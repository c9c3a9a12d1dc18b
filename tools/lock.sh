#!/bin/sh
# Lock the versions of pyproject.toml with hashes. Addresses of registries stay out of the files.
set -eu
cd "$(dirname "$0")/.."
common="--override requirements/without-torch.txt --python-version 3.11 --generate-hashes --no-header --no-annotate -q"
# shellcheck disable=SC2086  # several words on purpose
.venv/bin/uv pip compile pyproject.toml requirements/torch-needs.in $common -o requirements/run.lock
# shellcheck disable=SC2086
.venv/bin/uv pip compile pyproject.toml requirements/torch-needs.in --extra dev $common -c requirements/run.lock -o requirements/test.lock
# shellcheck disable=SC2086
.venv/bin/uv pip compile pyproject.toml requirements/torch-needs.in --extra dev --extra bench $common -c requirements/run.lock -o requirements/bench.lock
