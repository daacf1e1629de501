#!/bin/sh
# Makes .venv and installs what a lock file names, by hash; does nothing if that is done. Called by the Makefile.
set -eu

lock=$1
venv=.venv

fail() {
    echo "leadlight: $1" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "needs Python 3.11 or newer; found $(python3 --version 2>&1 || echo none). Install it, or run: make PYTHON=/path/to/python"
}

make_venv() {
    python=$(find_python) || exit 1
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "the venv module of $python is missing; install it (Debian: apt-get install python3-venv)"
    echo "Making $venv with $("$python" --version)" >&2
    "$python" -m venv "$venv" || fail "cannot make $venv here; is this folder writable?"
}

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf "$venv"
    make_venv
fi

# The developers' lock holds everything the other one does.
wanted=$(cat "$lock" requirements-fast.lock pyproject.toml | "$venv/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
stamp="$venv/.installed-$(basename "$lock" .lock)"
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -x "$venv/bin/leadlight" ]; then
    exit 0
fi

echo "Installing from $lock (once; a minute or two)" >&2
install() {
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-deps "$@"
}
install --require-hashes --only-binary :all: -r "$lock" || fail "could not install from $lock; the lines above say why"
# Comes as source alone. Without a C compiler the edge works too, only slower; `leadlight doctor` says so again.
install --require-hashes --no-build-isolation -r requirements-fast.lock >/dev/null 2>&1 ||
    echo "leadlight: no C compiler or no Python headers here; the edge will use its slower HTTP parser" >&2
install --no-build-isolation --no-index --no-warn-script-location -e . || fail "could not install Leadlight itself; the lines above say why"
echo "$wanted" >"$stamp"
