#!/bin/sh
# Makes sure that the tests find a real Dagster, which internal/dagstertest starts, and one that is a year older. Each lies in a
# Python environment of its own, under .cache, one for each version in e2e/dagster/requirements.txt and older.txt.
set -eu
cd "$(dirname "$0")/.."

able() { python3 -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1; }

python() {
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
}

# make PINS NAME: the environment NAME-<version> from a list of pins.
make() {
	pins=$1
	folder=.cache/$2-$(sed -n 's/^dagster-webserver==//p' "$pins")
	# The copy of the list is written last: it says that all of it is there.
	if cmp -s "$pins" "$folder/pins.txt"; then return; fi
	python
	echo "installing Dagster into $folder"
	rm -rf "$folder"
	python3 -m venv "$folder"
	# Python compiles a file when it is first imported; compiling all of them here costs more than the downloads.
	"$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-compile --requirement "$pins"
	cp "$pins" "$folder/pins.txt"
}

make e2e/dagster/requirements.txt venv-dagster
make e2e/dagster/older.txt venv-older-dagster
