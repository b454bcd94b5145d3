#!/bin/sh
# Makes sure that the tests find the command line of Dagster+, which they run unchanged against this program. It lies in a
# Python environment of its own, under .cache, one for each version in e2e/vendor/dagster-cloud.txt.
set -eu
cd "$(dirname "$0")/.."

pins=e2e/vendor/dagster-cloud.txt
folder=.cache/venv-dagster-cloud-$(sed -n 's/^dagster-cloud-cli==//p' "$pins")

# The copy of the list is written last: it says that all of it is there.
if cmp -s "$pins" "$folder/pins.txt"; then exit 0; fi
able() { python3 -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }
if ! able && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing Python, which the tests need"
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q python3-venv >/dev/null 2>&1 || { apt-get update -q && apt-get install -y -q python3-venv; }
fi
if ! able; then
	echo "Python is missing: the tests run Dagster+'s own command line, which needs Python 3.10 or newer with its module venv." >&2
	echo "Debian, Ubuntu: sudo apt-get install python3-venv. Elsewhere: put python3 in PATH." >&2
	exit 1
fi
echo "installing Dagster+'s command line into $folder"
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$pins"
cp "$pins" "$folder/pins.txt"
