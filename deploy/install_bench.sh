#!/bin/sh
# Makes .venv-bench with the peers that the bench measures beside Leadlight, and sees to wrk. Called by `make bench`, after install.sh.
set -eu

lock=requirements-bench.lock
venv=.venv-bench

if ! command -v wrk >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing wrk" >&2
        { apt-get install -y -qq wrk || { apt-get update -qq && apt-get install -y -qq wrk; }; } >/dev/null 2>&1 || true
    fi
    if ! command -v wrk >/dev/null 2>&1; then
        echo "leadlight: the bench needs wrk; install it (Debian: apt-get install wrk)" >&2
        exit 1
    fi
fi

wanted=$(sha256sum "$lock" | cut -d " " -f 1)
stamp="$venv/.installed"
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

echo "Installing the peers from $lock into $venv (once; half a minute)" >&2
rm -rf "$venv"
.venv/bin/python -m venv "$venv"
if ! "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes --only-binary :all: -r "$lock"; then
    rm -rf "$venv"
    echo "leadlight: the peers could not be installed; the lines above say why. Leadlight itself is measured all the same" >&2
    exit 0
fi
echo "$wanted" >"$stamp"
