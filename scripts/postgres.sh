#!/bin/sh
# Makes sure that the tests find PostgreSQL's programs. They start a server of their own.
set -eu

found() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1; }

if found; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing PostgreSQL, which the tests need"
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q postgresql >/dev/null 2>&1 || { apt-get update -q && apt-get install -y -q postgresql; }
fi
if found; then exit 0; fi
echo "PostgreSQL is missing: the tests need initdb and pg_ctl, version 13 or newer." >&2
echo "Debian, Ubuntu: sudo apt-get install postgresql. macOS: brew install postgresql. Elsewhere: put both in PATH." >&2
exit 1
