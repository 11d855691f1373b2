#!/bin/sh
# Checks the release in dist/: checksums, every program's make, every package installed into a folder and run as far as this machine can, and
# that a second build of the same commit, in another folder and under another umask, gives the same bytes. What could not be checked here is
# told again at the end.
set -eu
umask 022
cd "$(dirname "$0")/../.."
GO=${GO:-go}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
host=$($GO env GOHOSTOS)/$($GO env GOHOSTARCH)

skipped() { # WHAT WHY
	echo "check: NOT CHECKED: $1: $2" | tee -a "$work/skipped"
}
# The command that runs a program of that platform: nothing for the machine's own, a user mode emulator, or 1 where there is none.
emulator() { # OS/ARCH
	case $1 in
	"$host") ;;
	linux/arm64) command -v qemu-aarch64-static || command -v qemu-aarch64 ;;
	linux/amd64) command -v qemu-x86_64-static || command -v qemu-x86_64 ;;
	*) return 1 ;;
	esac
}
# A program says of itself that it is made for the platform, links nothing, and comes from a clean checkout.
made() { # PROGRAM OS/ARCH
	$GO version -m "$1" >"$work/made"
	for want in "GOOS=${2%/*}" "GOARCH=${2#*/}" CGO_ENABLED=0 vcs.modified=false; do
		grep -q "build[[:space:]]$want\$" "$work/made" || { echo "check: $1 was not built with $want" >&2; exit 1; }
	done
}
runs() { # PROGRAM OS/ARCH WHAT
	made "$1" "$2"
	if ! run=$(emulator "$2"); then
		skipped "$3 runs" "this machine is $host, and has no emulator"
		return
	fi
	test "$($run "$1" version)" = "restorectl $version" || { echo "check: $3 does not say that it is $version" >&2; exit 1; }
	$run "$1" inspect backup examples/quickstart/scheduler-backup-* >/dev/null
	echo "check: $3 runs"
}
# An installed package has what belongs beside the program, and everybody can read it.
complete() { # ROOT WHAT
	for file in man/man1/restorectl.1.gz bash-completion/completions/restorectl zsh/site-functions/_restorectl \
		fish/vendor_completions.d/restorectl.fish doc/restorectl/copyright doc/restorectl/LICENSES-OF-OTHERS doc/restorectl/README.md doc/restorectl/docs/plan.schema.json doc/restorectl/docs/decisions/README.md; do
		test -s "$1/usr/share/$file" || { echo "check: $2 has no /usr/share/$file" >&2; exit 1; }
	done
	shut=$(find "$1/usr" ! -perm -go=r)
	test -z "$shut" || { echo "check: $2 has files that not everybody can read: $shut" >&2; exit 1; }
	bash -c ". '$1/usr/share/bash-completion/completions/restorectl' && complete -p restorectl" >/dev/null
}

(cd dist && sha256sum --quiet -c SHA256SUMS)
version=$(basename dist/restorectl_*_linux_amd64.tar.gz _linux_amd64.tar.gz | cut -d_ -f2-)

for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do
	name=restorectl_${version}_${platform%/*}_${platform#*/}
	tar -C "$work" -xzf "dist/$name.tar.gz"
	runs "$work/$name/restorectl" $platform "the archive for $platform"
done

for arch in amd64 arm64; do
	root=$work/deb-$arch
	if ! command -v dpkg >/dev/null; then
		skipped "the deb package for $arch" "there is no dpkg here"
		continue
	fi
	mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
	: >"$root/var/lib/dpkg/status"
	dpkg --root="$root" --force-not-root --force-depends --force-architecture --log="$work/dpkg.log" -i dist/*_$arch.deb >"$work/dpkg.out" 2>&1 ||
		{ cat "$work/dpkg.out" >&2; exit 1; }
	complete "$root" "the deb package for $arch"
	runs "$root/usr/bin/restorectl" linux/$arch "the deb package for $arch, installed,"
done

for arch in x86_64 aarch64; do
	root=$work/rpm-$arch
	if ! command -v rpm >/dev/null; then
		skipped "the rpm package for $arch" "there is no rpm here (apt-get install rpm)"
		continue
	elif [ "$(id -u)" != 0 ]; then
		skipped "the rpm package for $arch" "rpm installs into a folder for root only"
		continue
	fi
	mkdir "$root"
	rpm --root="$root" --initdb
	rpm --root="$root" --nodeps --ignorearch -i dist/*."$arch".rpm
	rpm --root="$root" --nodeps -V restorectl
	complete "$root" "the rpm package for $arch"
	case $arch in x86_64) platform=linux/amd64 ;; *) platform=linux/arm64 ;; esac
	runs "$root/usr/bin/restorectl" $platform "the rpm package for $arch, installed,"
done

(umask 077 && git clone --quiet . "$work/again")
(umask 077 && "$work/again/.ci/release/release.sh") >"$work/again.out" 2>&1 || { cat "$work/again.out" >&2; exit 1; }
cmp dist/SHA256SUMS "$work/again/dist/SHA256SUMS"
echo "check: built again in another folder, every file has the same bytes"
if [ -s "$work/skipped" ]; then
	echo "check: the rest is sound. Not checked here:"
	sed 's/.*NOT CHECKED: /  /' "$work/skipped"
fi
