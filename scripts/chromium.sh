#!/bin/sh
# Makes sure that the tests find a browser. They start one of their own, with a profile of its own.
set -eu

found() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }

if found; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing Chromium, which the tests need"
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y -q chromium >/dev/null 2>&1 || { apt-get update -q && apt-get install -y -q chromium; }
fi
if found; then exit 0; fi
echo "A browser is missing: the tests need Chromium or Chrome." >&2
echo "Debian: sudo apt-get install chromium. Elsewhere: put chromium or google-chrome in PATH." >&2
exit 1
