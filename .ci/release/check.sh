#!/bin/sh
# Checks the release in dist/: the checksums, every package installed into a folder and run as far as this machine can, and that a second
# build of the same commit, in another folder, gives the same bytes.
set -eu
cd "$(dirname "$0")/../.."
GO=${GO:-go}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
arch=$($GO env GOHOSTARCH)

(cd dist && sha256sum --quiet -c SHA256SUMS)
version=$(ls dist/*_linux_"$arch".tar.gz | sed 's|.*/restorectl_\(.*\)_linux_.*|\1|')

runs() { # FOLDER-WITH-BIN WHAT
	test "$("$1/restorectl" version)" = "restorectl $version"
	"$1/restorectl" inspect backup examples/quickstart/scheduler-backup-* >/dev/null
	echo "check: $2 runs"
}

mkdir "$work/tar" "$work/deb" "$work/rpm"
tar -C "$work/tar" -xzf dist/restorectl_"$version"_linux_"$arch".tar.gz
runs "$work/tar/restorectl_${version}_linux_$arch" "the archive for linux/$arch"

if command -v dpkg >/dev/null; then
	mkdir -p "$work/deb/var/lib/dpkg/info" "$work/deb/var/lib/dpkg/updates"
	: >"$work/deb/var/lib/dpkg/status"
	dpkg --root="$work/deb" --force-not-root --force-depends --log="$work/dpkg.log" -i dist/*_"$arch".deb >/dev/null
	runs "$work/deb/usr/bin" "the deb package, installed,"
	test -s "$work/deb/usr/share/man/man1/restorectl.1.gz" && test -s "$work/deb/usr/share/bash-completion/completions/restorectl"
else
	echo "check: no dpkg here: the deb package was not installed"
fi

if command -v rpm >/dev/null; then
	rpm --root="$work/rpm" --initdb
	rpm --root="$work/rpm" --nodeps -i dist/*."$(uname -m)".rpm
	runs "$work/rpm/usr/bin" "the rpm package, installed,"
else
	echo "check: no rpm here (apt-get install rpm): the rpm package was not installed"
fi

git clone --quiet . "$work/again"
"$work/again/.ci/release/release.sh" >/dev/null
cmp dist/SHA256SUMS "$work/again/dist/SHA256SUMS"
echo "check: built again in another folder, every file has the same bytes"
