#!/bin/sh
# Builds a release of what is committed into dist/: static binaries for linux and darwin on amd64 and arm64, deb and rpm packages with man
# pages and completions, a bill of materials, and checksums. The same commit gives the same bytes, on any machine with the same Go.
set -eu
umask 022
cd "$(dirname "$0")/../.."
GO=${GO:-go}
dist=dist
tools=$PWD/.ci/release/go.mod

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH CGO_ENABLED=0
rm -rf "$dist"
mkdir -p "$dist/stage"

build() { # GOOS GOARCH OUTPUT
	GOOS=$1 GOARCH=$2 $GO build -trimpath -buildvcs=true -ldflags='-s -w -buildid=' -o "$3" ./cmd/restorectl
}
archive() { # NAME FOLDER
	tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -C "$dist/stage" -cf - "$2" | gzip -n -9 >"$dist/$1.tar.gz"
}
# The licences of all that the program is built from, which most of them want to come with it.
licences() {
	printf 'restorectl is built from the modules below, under their own licences.\n\n== The Go standard library: LICENSE\n\n'
	cat "$($GO env GOROOT)/LICENSE"
	for os in linux darwin; do
		GOOS=$os $GO list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/restorectl
	done | sort -u | while read -r path version folder; do
		found=
		for file in "$folder"/LICEN[CS]E* "$folder"/COPYING* "$folder"/NOTICE*; do
			if [ -f "$file" ]; then
				printf '\n== %s %s: %s\n\n' "$path" "$version" "${file##*/}"
				cat "$file"
				found=1
			fi
		done
		test -n "$found" || { echo "release: $path $version has no licence in its folder" >&2; exit 1; }
	done
}

# What goes into every package beside the program, readable by everybody whatever the umask of the checkout was. Man pages and completions
# are the program's own.
own=$dist/stage/own
mkdir -p "$own/man" "$own/completions"
build "$($GO env GOHOSTOS)" "$($GO env GOHOSTARCH)" "$own/restorectl"
"$own/restorectl" manual "$own/man"
gzip -n -9 "$own"/man/*.1
for shell in bash zsh fish; do "$own/restorectl" completion $shell >"$own/completions/$shell"; done
cp -R LICENSE README.md CHANGELOG.md docs "$own/"
licences >"$own/LICENSES-OF-OTHERS"
chmod -R u=rwX,go=rX "$own"
VERSION=$("$own/restorectl" version | cut -d' ' -f2)
export VERSION
case $VERSION in
*+dirty | "(devel)" | unknown | "")
	echo "release: the version is $VERSION: commit everything first, in a clone with its own .git" >&2
	exit 1
	;;
esac

for os in linux darwin; do
	for arch in amd64 arm64; do
		name=restorectl_${VERSION}_${os}_${arch}
		mkdir -p "$dist/stage/$name"
		build $os $arch "$dist/stage/$name/restorectl"
		cp -R "$own"/LICENSE* "$own"/*.md "$own/docs" "$own/man" "$own/completions" "$dist/stage/$name/"
		archive "$name" "$name"
		if [ $os = linux ]; then
			for kind in deb rpm; do
				ARCH=$arch PROGRAM="$dist/stage/$name/restorectl" OWN="$own" \
					$GO tool -modfile="$tools" nfpm package --config .ci/release/nfpm.yaml --packager $kind --target "$dist/"
			done
		fi
	done
done

$GO tool -modfile="$tools" cyclonedx-gomod app -licenses -noserial -notimestamp -json -main cmd/restorectl -output "$dist/restorectl_$VERSION.cdx.json" .
(cd .ci/release && $GO run ./licences "../../$dist/restorectl_$VERSION.cdx.json")
rm -rf "$dist/stage"
(cd "$dist" && sha256sum -- * >SHA256SUMS)
cat "$dist/SHA256SUMS"
