#!/bin/sh
# Makes sure that the tests find axe-core, which looks for what keeps people from using a page. It lies under .cache, one file for
# each version. It is used by tests only and is no part of the program. License: MPL-2.0, Deque Systems.
set -eu
cd "$(dirname "$0")/.."

version=4.14.1
sum=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c
file=.cache/axe-core-$version/axe.min.js

right() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$sum" ]; }
if right "$file"; then exit 0; fi
if ! command -v npm >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing npm, which fetches axe-core"
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q npm >/dev/null 2>&1 || { apt-get update -q && apt-get install -y -q npm; }
fi
if ! command -v npm >/dev/null 2>&1; then
	echo "npm is missing: it fetches axe-core $version, with which the tests look at the console's pages." >&2
	echo "Debian, Ubuntu: sudo apt-get install npm. Elsewhere: put npm in PATH." >&2
	exit 1
fi
echo "fetching axe-core $version"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent --pack-destination "$folder" "axe-core@$version" >/dev/null
tar -xzf "$folder/axe-core-$version.tgz" -C "$folder" package/axe.min.js package/LICENSE
if ! right "$folder/package/axe.min.js"; then
	echo "axe-core $version is not what it was when it was pinned: its sha256 differs." >&2
	exit 1
fi
mkdir -p "$(dirname "$file")"
mv "$folder/package/LICENSE" "$(dirname "$file")/"
mv "$folder/package/axe.min.js" "$file"
