#!/usr/bin/env bash
# Everything `npm test` does: build, then format, lint, types, and all tests. Debian packages that some tests
# need are installed where that is allowed; what is missing is named, and with CI=true it fails.
set -euo pipefail
cd "$(dirname "$0")/.."

need() { # need COMMAND PACKAGE WHAT-FOR
  command -v "$1" >/dev/null 2>&1 && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing $2 ($3)"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2"; } >/dev/null 2>&1 || true
  fi
  command -v "$1" >/dev/null 2>&1 && return 0
  if [ "${CI:-}" = true ]; then
    echo "missing: $1 ($3); install the Debian package $2" >&2
    exit 1
  fi
  echo "SKIPPED without $1 (Debian package $2): $3" >&2
}

need curl curl "a second HTTP client against the gateway"
need openssl openssl "certificates in tests"
need mount mount "full disks on a tiny file system"
need prometheus prometheus "the metric source against the real server"
need systemd-analyze systemd "units of a service, sockets passed on, readiness told"
need /usr/sbin/sshd openssh-server "commands to another machine through a real sshd"
need ssh openssh-client "the same"
need zsh zsh "completion in zsh"
need fish fish "completion in fish"
need perl perl-base "a datagram socket as that of a service manager"
need etcd etcd-server "what a real Kubernetes API server keeps its objects in"
need chromium chromium "the dashboard in a real browser"

# What is built of Go takes minutes of both processors where it is not there yet; what reads the sources keeps one busy.
bash scripts/test-tools.sh &
tools=$!
trap 'kill "$tools" 2>/dev/null || true' EXIT
for check in build format:check lint types; do
  echo "-- $check, after $SECONDS s"
  npm run --silent "$check"
done
wait "$tools"
trap - EXIT
echo "-- tests, after $SECONDS s"
npx vitest run
