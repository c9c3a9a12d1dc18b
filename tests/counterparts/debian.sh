#!/bin/sh
# Unpack Debian's Prometheus, Alertmanager and rsyslog beside this file, without installing them.
# Where there is no Debian or no network, say so and go on: the tests that need them are skipped.
set -eu
cd "$(dirname "$0")"
PACKAGES="prometheus prometheus-alertmanager rsyslog libestr0 libfastjson4"

if [ -f debian/.unpacked ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "no Debian here: the tests with its Prometheus, Alertmanager and rsyslog are skipped"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for package in $PACKAGES; do
    if ! (cd "$folder" && apt-get -q download "$package" >/dev/null 2>&1); then
        (apt-get -q update >/dev/null 2>&1 && cd "$folder" && apt-get -q download "$package" >/dev/null 2>&1) || {
            echo "$package can't be downloaded: its tests are skipped"
            continue
        }
    fi
    dpkg-deb -x "$folder/$package"_*.deb debian
done
mkdir -p debian
touch debian/.unpacked
