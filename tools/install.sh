#!/bin/sh
# Install what `make run`, `make test` or the benchmarks' peers need into .venv; a second run with nothing to do takes a moment.
#
# torch comes through pip, which alone finds its CPU build; everything else comes locked, with hashes.
set -eu
what="${1:-run}"
cd "$(dirname "$0")/.."
venv=.venv
bin="$venv/bin"
python="${PYTHON:-python3}"
lock="requirements/$what.lock"
torch="torch==2.13.0"

stamp="$venv/.installed-$what"
wanted=$(cat "$lock" tools/install.sh | cksum)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        echo "Dogwatch needs Python 3.11 or newer; set PYTHON to it (PYTHON=python3.11 make $what)." >&2
        exit 1
    }
    command -v git >/dev/null || { echo "Dogwatch needs git; install it with your system's packages." >&2; exit 1; }
    echo "Installing into $venv (less than a minute the first time) ..."
    [ -x "$bin/python" ] || "$python" -m venv "$venv"
    "$bin/python" -m pip install -q --disable-pip-version-check uv==0.13.9 2>/dev/null
    # Both at once: unpacking torch takes as long as all the rest.
    "$bin/python" -m pip install -q --disable-pip-version-check --no-deps "$torch" 2>/dev/null &
    torch_job=$!
    "$bin/uv" pip install -q --python "$bin/python" --no-deps --require-hashes -r "$lock"
    wait "$torch_job"
    printf '%s' "$wanted" > "$stamp"
fi
# The command that the pages name, for a clone: the working folder stays where you are, and decides about `.dogwatch`.
root=$PWD
printf '#!/bin/sh\nPYTHONPATH="%s${PYTHONPATH:+:$PYTHONPATH}" exec "%s/%s/python" -P -m runtime "$@"\n' \
    "$root" "$root" "$bin" > "$bin/dogwatch"
chmod 755 "$bin/dogwatch"
[ "$what" = test ] || exit 0

# Programs that tests use: bubblewrap, Chromium, PostgreSQL. As root on Debian they are installed, else named.
missing=""
command -v bwrap >/dev/null || missing="$missing bubblewrap"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing="$missing chromium"
[ -n "$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null || command -v postgres)" ] || missing="$missing postgresql"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing$missing ..."
        apt-get update -qq >/dev/null
        # shellcheck disable=SC2086  # one word per package
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "Some tests need these system packages, install them with your package manager:$missing" >&2
    fi
fi
PYTHON="$PWD/$bin/python" sh tests/counterparts/install.sh || {
    [ -z "${CI:-}" ] || exit 1
    echo "The chat counterparts could not be installed; their tests will be skipped." >&2
}
