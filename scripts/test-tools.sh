#!/usr/bin/env bash
# Real counterparts of tests that are Go programs: built once, by the Go module proxy's ordinary client, into
# .test-tools. With CI=true one that cannot be built is a failure; elsewhere its tests are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."

# One way to compile them all, so that what they have in common is compiled once; nobody debugs them, and memory is
# cheaper than the time that collecting garbage in the compiler takes.
export CGO_ENABLED=0 GOGC=400 GOFLAGS='-modcacherw -trimpath -ldflags=-s -gcflags=all=-dwarf=false'

tool() { # tool NAME PACKAGE@VERSION WHAT-FOR
  local mark=".test-tools/$1-${2##*@}.built"
  [ -x ".test-tools/$1" ] && [ -e "$mark" ] && return 0
  mkdir -p .test-tools
  if command -v go >/dev/null 2>&1; then
    echo "building $1 ($3)"
    GOBIN="$PWD/.test-tools" go install "$2" && touch "$mark" && return 0
  fi
  if [ "${CI:-}" = true ]; then
    echo "missing: $1 ($3); it needs Go and its module proxy" >&2
    exit 1
  fi
  echo "SKIPPED without $1 (needs Go and its module proxy): $3" >&2
}

tool h2spec github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible "the HTTP/2 specification against the gateway"
tool pebble github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.3 "certificates from a real ACME authority"
tool kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.7.1 "what deploy/kustomize comes to"
tool helm helm.sh/helm/v3/cmd/helm@v3.19.0 "what deploy/helm comes to"

python_tool() { # python_tool NAME VERSION WHAT-FOR
  local mark=".test-tools/$1-$2.built"
  [ -x ".test-tools/$1" ] && [ -e "$mark" ] && return 0
  mkdir -p .test-tools
  if command -v python3 >/dev/null 2>&1; then
    echo "installing $1 ($3)"
    python3 -m venv .test-tools/python && .test-tools/python/bin/pip install --quiet "$1==$2" &&
      ln -sf "python/bin/$1" ".test-tools/$1" && touch "$mark" && return 0
  fi
  if [ "${CI:-}" = true ]; then
    echo "missing: $1 ($3); it needs Python and PyPI" >&2
    exit 1
  fi
  echo "SKIPPED without $1 (needs Python and PyPI): $3" >&2
}

python_tool schemathesis 4.32.5 "requests made from the OpenAPI document"

# The programs of a Kubernetes control plane come from one go.mod, whose go.sum says what they are made of.
control_plane() { # control_plane NAME
  [ -x "${KUBEBUILDER_ASSETS:-/nowhere}/$1" ] && return 0
  local mark
  mark=".test-tools/$1-$(cksum <test/kubernetes/tools/go.sum | cut -d' ' -f1).built"
  [ -x ".test-tools/$1" ] && [ -e "$mark" ] && return 0
  mkdir -p .test-tools
  if command -v go >/dev/null 2>&1; then
    echo "building $1 (a real Kubernetes API server; takes minutes, once)"
    (cd test/kubernetes/tools && go build -mod=readonly -o "$OLDPWD/.test-tools/$1" "k8s.io/kubernetes/cmd/$1") &&
      touch "$mark" && return 0
  fi
  if [ "${CI:-}" = true ]; then
    echo "missing: $1 (a real Kubernetes API server); it needs Go and its module proxy, or KUBEBUILDER_ASSETS" >&2
    exit 1
  fi
  echo "SKIPPED without $1 (needs Go and its module proxy, or KUBEBUILDER_ASSETS): a real Kubernetes API server" >&2
}

control_plane kube-apiserver
control_plane kube-controller-manager
control_plane kube-scheduler
[ -x "${KUBEBUILDER_ASSETS:-/nowhere}/kwok" ] ||
  tool kwok sigs.k8s.io/kwok/cmd/kwok@v0.7.0 "nodes and pods of Kubernetes without kubelets"

# What tools that wait take objects for, by their own rules: a small program of ours around them.
kstatus() {
  local source=test/kubernetes/kstatus mark
  mark=".test-tools/kstatus-$(cat "$source/main.go" "$source/go.sum" | cksum | cut -d' ' -f1).built"
  [ -x .test-tools/kstatus ] && [ -e "$mark" ] && return 0
  mkdir -p .test-tools
  if command -v go >/dev/null 2>&1; then
    echo "building kstatus (what Flux and others take objects for)"
    (cd "$source" && go build -mod=readonly -o "$OLDPWD/.test-tools/kstatus" .) &&
      touch "$mark" && return 0
  fi
  if [ "${CI:-}" = true ]; then
    echo "missing: kstatus (what Flux and others take objects for); it needs Go and its module proxy" >&2
    exit 1
  fi
  echo "SKIPPED without kstatus (needs Go and its module proxy): what Flux and others take objects for" >&2
}

kstatus

# Definitions of custom resources, which modules of Go carry.
definitions() { # definitions NAME MODULE@VERSION FILE...
  local name=$1 module=$2 target=".test-tools/definitions/$1" dir
  shift 2
  [ -e "$target/${module##*@}" ] && return 0
  if command -v go >/dev/null 2>&1; then
    dir=$(cd /tmp && go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    if [ -n "$dir" ]; then
      rm -rf "$target" && mkdir -p "$target"
      (cd "$dir" && for file in "$@"; do echo "---" && cat "$file"; done) >"$target/all.yaml" && touch "$target/${module##*@}" && return 0
    fi
  fi
  if [ "${CI:-}" = true ]; then
    echo "missing: definitions of $name; they need Go and its module proxy" >&2
    exit 1
  fi
  echo "SKIPPED without the definitions of $name (need Go and its module proxy): its routers" >&2
}

definitions gateway-api sigs.k8s.io/gateway-api@v1.4.0 \
  config/crd/experimental/gateway.networking.k8s.io_{httproutes,grpcroutes}.yaml
definitions istio istio.io/api@v1.28.0 kubernetes/customresourcedefinitions.gen.yaml
