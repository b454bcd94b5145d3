#!/bin/sh
# Makes sure that the tests find a real Dagster, which internal/dagstertest starts. It lies in a Python environment of its own,
# under .cache, one for each version in e2e/dagster/requirements.txt.
set -eu
cd "$(dirname "$0")/.."

pins=e2e/dagster/requirements.txt
folder=.cache/venv-dagster-$(sed -n 's/^dagster-webserver==//p' "$pins")

# The copy of the list is written last: it says that all of it is there.
if cmp -s "$pins" "$folder/pins.txt"; then exit 0; fi
able() { python3 -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1; }
if ! able && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing Python, which the tests need"
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q python3-venv >/dev/null 2>&1 || { apt-get update -q && apt-get install -y -q python3-venv; }
fi
if ! able; then
	echo "Python is missing: the tests start a real Dagster, which needs Python 3.11 to 3.14 with its module venv." >&2
	echo "Debian, Ubuntu: sudo apt-get install python3-venv. Elsewhere: put python3 in PATH." >&2
	exit 1
fi
echo "installing Dagster into $folder"
rm -rf "$folder"
python3 -m venv "$folder"
# Python compiles a file when it is first imported; compiling all of them here costs more than the downloads.
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-compile --requirement "$pins"
cp "$pins" "$folder/pins.txt"
