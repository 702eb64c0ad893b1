#!/bin/sh
# What the browser tests need beside Python: Chromium (Debian's package, as root) and axe-core (npm), into the folder $1.
set -eu
folder=${1:-.venv/browser}
if ! command -v chromium >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
    else
        echo "Chromium is not installed; the browser tests are skipped. As root: apt-get install chromium" >&2
    fi
fi
if [ ! -f "$folder/node_modules/axe-core/axe.min.js" ]; then
    if command -v npm >/dev/null 2>&1; then
        mkdir -p "$folder"
        npm install --silent --no-audit --no-fund --prefix "$folder" axe-core@4
    else
        echo "npm is not installed; the accessibility tests are skipped. Debian: apt-get install npm" >&2
    fi
fi
