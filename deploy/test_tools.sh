#!/bin/sh
# What the tests need besides Python packages: Debian's Chromium, with and without a window, one font, faketime, nginx, Caddy, Dovecot and Node. Installed as root, else named.
# Called by `make test`.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
command -v chromium-headless-shell >/dev/null 2>&1 || missing="$missing chromium-headless-shell"
fc-list 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-dejavu-core"
command -v faketime >/dev/null 2>&1 || missing="$missing faketime"
PATH="$PATH:/usr/sbin" command -v nginx >/dev/null 2>&1 || missing="$missing nginx"
command -v caddy >/dev/null 2>&1 || missing="$missing caddy"
PATH="$PATH:/usr/sbin" command -v dovecot >/dev/null 2>&1 || missing="$missing dovecot-imapd"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests: $missing" >&2
    apt-get update -qq
    # RUNLEVEL=1: a package starts no service.
    # shellcheck disable=SC2086 - several packages
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "leadlight: the tests need packages that only root may install. Run: sudo apt-get install $missing" >&2
    exit 1
fi
