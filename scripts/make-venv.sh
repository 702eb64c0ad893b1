#!/bin/sh
# Make the virtual environment $1 with the Python $2, or with the newest Python 3.11+ that really runs.
set -eu
venv=$1
python=${2:-}
works() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
if [ -z "$python" ]; then
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if works "$candidate"; then python=$candidate; break; fi
    done
fi
if [ -z "$python" ] || ! works "$python"; then
    echo "Python 3.11 or newer is needed and was not found. Name one: make PYTHON=/path/to/python3" >&2
    exit 1
fi
if [ -x "$venv/bin/python" ] && works "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
rm -rf "$venv"
if ! "$python" -m venv "$venv" 2>/dev/null; then
    # some systems ship Python without ensurepip; virtualenv, where it is installed, brings its own pip
    rm -rf "$venv"
    if ! "$python" -m virtualenv --quiet "$venv" 2>/dev/null; then
        echo "$python can make no virtual environment: its ensurepip is missing." >&2
        echo "Install it (Debian, Ubuntu: the package python3-venv), or name another: make PYTHON=/path/to/python3" >&2
        exit 1
    fi
fi
