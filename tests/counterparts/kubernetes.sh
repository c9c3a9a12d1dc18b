#!/bin/sh
# Build the real Kubernetes API server, controller manager and scheduler (1.20) from Debian's source package, and
# unpack Debian's etcd: `make install-kubernetes`. Ten to twenty minutes of two cores, 300 MB kept.
# The test with it runs on demand: .venv/bin/python -m pytest -m slow tests/integrations/test_real_kubernetes.py
set -eu
folder="${DOGWATCH_COUNTERPARTS:-$HOME/.cache/dogwatch}/kubernetes"
if [ -f "$folder/.built" ]; then
    exit 0
fi
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir -p "$folder" "$work/lists/partial" "$work/cache/archives/partial"

# Sources by lists of our own, so that the machine's stay as they are.
if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    lists="$work/src.sources"
    sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > "$lists"
else
    lists="$work/src.list"
    sed 's/^deb /deb-src /' /etc/apt/sources.list > "$lists"
fi
own="-o Dir::Etc::sourcelist=$lists -o Dir::Etc::sourceparts=/dev/null"
own="$own -o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=root"
cd "$work"
# shellcheck disable=SC2086  # one word per option
apt-get -qq $own update
# shellcheck disable=SC2086
apt-get -qq $own --download-only source kubernetes
apt-get -qq -o APT::Sandbox::User=root download golang-1.19-go golang-1.19-src etcd-server
for package in *.deb; do
    dpkg-deb -x "$package" root
done
tar xf kubernetes_*.orig.tar.gz
cp root/usr/bin/etcd "$folder/"

cd kubernetes-1.*
version=$(basename "$PWD" | sed 's/kubernetes-/v/')
mkdir -p .go/src/k8s.io
ln -s ../../.. .go/src/k8s.io/kubernetes
GOROOT="$work/root/usr/lib/go-1.19" GOPATH="$PWD/.go" GOCACHE="$work/gocache" HOME="$work"
export GOROOT GOPATH GOCACHE HOME CGO_ENABLED=0 GOPROXY=off GO111MODULE=off
PATH="$GOROOT/bin:$PATH"
cd .go/src/k8s.io/kubernetes

# The description of the interface is the one part that is made, not shipped.
go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
inputs=$(grep -rl --include='*.go' '+k8s:openapi-gen=true' pkg staging/src/k8s.io vendor/k8s.io/kube-openapi \
    | xargs -n1 dirname | sort -u \
    | grep -vE '/(testdata|test|testing|tests|sample-apiserver|code-generator|_examples)(/|$)' \
    | sed 's#^staging/src/#vendor/#; s#^#k8s.io/kubernetes/#' | paste -sd,)
"$work/openapi-gen" --go-header-file hack/boilerplate/boilerplate.generatego.txt --report-filename "$work/report" \
    --output-file-base zz_generated.openapi --output-package k8s.io/kubernetes/pkg/generated/openapi \
    --input-dirs "$inputs" --output-base "$GOPATH/src" >/dev/null 2>&1
told=k8s.io/kubernetes/vendor/k8s.io/component-base/version.gitVersion
for program in kube-apiserver kube-controller-manager kube-scheduler; do
    echo "Building $program $version ..."
    go build -ldflags "-s -w -X $told=$version" -o "$folder/$program" "./cmd/$program"
done
touch "$folder/.built"
