#!/bin/sh
# release.sh VERSION [FOLDER] builds the release: one static program for each system, what is in each, and checksums.
# Two runs on the same commit give the same bytes; `release.sh --check VERSION` builds twice and compares.
set -eu

check=no
if [ "${1:-}" = --check ]; then
	check=yes
	shift
fi
version=${1:?"write the version: packaging/release.sh v0.1.0 [FOLDER]"}
folder=${2:-bin/release}
targets=${TARGETS:-"linux/amd64 linux/arm64 darwin/amd64 darwin/arm64"}

case $version in
v[0-9]*.[0-9]*.[0-9]*) ;;
*)
	echo "$version is not a version; write it as v0.1.0" >&2
	exit 2
	;;
esac
cd "$(dirname "$0")/.."
# REHEARSAL=yes builds what is there, tagged and committed or not.
if [ "${REHEARSAL:-no}" != yes ]; then
	if [ -n "$(git status --porcelain)" ]; then
		echo "the working tree has changes that no commit holds; commit them first" >&2
		exit 2
	fi
	if ! git tag --points-at HEAD | grep -qxF "$version"; then
		echo "the commit does not carry the tag $version, which is what the program would call itself; tag it first" >&2
		exit 2
	fi
fi

# build FOLDER makes every target, its list of modules and the checksums.
build() {
	rm -rf "$1"
	mkdir -p "$1"
	for target in $targets; do
		name="$1/bailiwick-$version-${target%/*}-${target#*/}"
		# The version of the main module is what the tag says; neither paths nor build ids nor the time go in.
		CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} GOFLAGS=-mod=readonly \
			go build -trimpath -buildvcs=true -ldflags="-s -w -buildid=" -o "$name" ./cmd/bailiwick
		# The path of the file is the first line; what was built in follows.
		go version -m "$name" | sed "1s|.*/|$(basename "$name"): |;1s|: .*: |: |" >"$name.modules.txt"
	done
	(cd "$1" && sha256sum bailiwick-* >SHA256SUMS)
}

build "$folder"
if [ $check = yes ]; then
	again=$(mktemp -d)
	trap 'rm -rf "$again"' EXIT
	build "$again"
	diff "$folder/SHA256SUMS" "$again/SHA256SUMS" || {
		echo "two builds of one commit differ" >&2
		exit 1
	}
	echo "two builds of one commit are the same, byte by byte"
fi
cat "$folder/SHA256SUMS"
