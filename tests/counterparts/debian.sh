#!/bin/sh
# Unpack Debian's Prometheus, Alertmanager, VictoriaMetrics, rsyslog, syslog-ng, slapd and xmlsec1 beside this file, not installed.
# Where there is no Debian or no network, say so and go on: the tests that need them are skipped.
set -eu
cd "$(dirname "$0")"
PACKAGES="prometheus prometheus-alertmanager rsyslog rsyslog-elasticsearch libestr0 libfastjson4 victoria-metrics"
PACKAGES="$PACKAGES syslog-ng-core syslog-ng-mod-http libivykis0 libnet1 libwrap0 libpcre3"
PACKAGES="$PACKAGES slapd ldap-utils libldap-2.5-0 libsasl2-2 libltdl7 libodbc2"
PACKAGES="$PACKAGES xmlsec1 libxmlsec1 libxmlsec1-openssl"

if [ "$(cat debian/.unpacked 2>/dev/null)" = "$PACKAGES" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "no Debian here: the tests with its servers and senders are skipped"
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
printf '%s' "$PACKAGES" > debian/.unpacked
