#!/bin/sh
# Install the real Airflow, 2 and 3, each into a folder of its own: `make install-airflow`. About 500 MB.
# The tests with it run on demand: .venv/bin/python -m pytest -m slow tests/integrations/test_real_airflow.py
set -eu
cd "$(dirname "$0")/../.."
folder="${DOGWATCH_COUNTERPARTS:-$HOME/.cache/dogwatch}"
uv=.venv/bin/uv
for version in 2.11.2 3.3.2; do
    home="$folder/airflow-${version%%.*}"
    if [ "$(cat "$home/.version" 2>/dev/null)" = "$version" ]; then
        continue
    fi
    echo "Installing Airflow $version into $home ..."
    rm -rf "$home"
    "$uv" venv -q -p .venv/bin/python "$home"
    # What the scheduled releases were tried with; their constraint files lie outside the package registry.
    "$uv" pip install -q --python "$home/bin/python" \
        "apache-airflow==$version" apache-airflow-providers-openlineage==2.20.3 \
        apache-airflow-providers-fab "pendulum<4"
    printf '%s' "$version" > "$home/.version"
done
