#!/bin/sh
# Makes the root file system that the lab's hosts share: Debian of this machine's release and architecture, from the package source that
# this machine's apt uses, with all that the hosts need. usage: base.sh FOLDER, which must not exist. Needs root.
set -eu

target=$1
say() { echo "lab: $*" >&2; }

export DEBIAN_FRONTEND=noninteractive LC_ALL=C

# What an unfinished try leaves is moved into place only by the caller; here it goes when the script fails.
trap 'status=$?; [ "$status" -eq 0 ] || rm -rf --one-file-system "$target"; exit "$status"' EXIT

command -v debootstrap >/dev/null || {
  say "installing debootstrap"
  apt-get update -q >&2
  apt-get install -y -q --no-install-recommends debootstrap >&2
}

# The machine's own source of the main packages of its release: "URI codename".
sources() {
  apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    while read -r origin codename component uri; do
      if [ "$origin $codename $component" = "Debian $1 main" ]; then echo "$uri"; fi
    done
}
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(sources "$codename" | head -n 1)
if [ -z "$mirror" ]; then
  apt-get update -q >&2
  mirror=$(sources "$codename" | head -n 1)
fi
[ -n "$mirror" ] || { say "this machine's apt has no source of Debian $codename main"; exit 1; }

say "debootstrap of Debian $codename"
debootstrap --variant=minbase \
  --include=systemd,systemd-sysv,dbus,openssh-server,sudo,nftables,iptables,iproute2,procps,ca-certificates \
  "$codename" "$target" "$mirror" >&2

# The machine's apt may have to go through a proxy, and may read a frozen mirror; nothing of that stays in the base.
apt-config dump | grep -E '^Acquire::(Check-|http|https|Languages)' > "$target/etc/apt/apt.conf.d/90machine" || true
cp /etc/resolv.conf "$target/etc/resolv.conf"
# No service starts while there is no host.
printf '#!/bin/sh\nexit 101\n' > "$target/usr/sbin/policy-rc.d"
chmod 755 "$target/usr/sbin/policy-rc.d"

say "ZooKeeper, Kerberos, supervisor, firewalld, locales, libfaketime"
# Debian's zookeeper asks for a JRE with a screen, of 250 packages more than the one that it needs.
# The JRE looks for /proc. The mount, and whatever a package starts, end with the namespaces.
unshare --mount --pid --fork --kill-child sh -eu -c 'mount -t proc proc "$1/proc" && exec chroot "$1" sh -eu' sh "$target" <<'INNER' >&2
apt-get update -q
apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-unsafe-io \
  openjdk-17-jre-headless libzookeeper-java adduser krb5-kdc krb5-admin-server krb5-user supervisor firewalld locales libfaketime
cd /tmp
apt-get download -q zookeeper zookeeperd
dpkg --force-unsafe-io --force-depends -i zookeeper_*.deb zookeeperd_*.deb
rm zookeeper_*.deb zookeeperd_*.deb

# Languages for hosts that do not speak English.
localedef -i de_DE -f UTF-8 de_DE.UTF-8
localedef -i tr_TR -f UTF-8 tr_TR.UTF-8

# Who operates the hosts, and who runs the scheduler.
useradd --create-home --shell /bin/bash ops
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops
chmod 440 /etc/sudoers.d/ops
useradd --system --user-group --home-dir /var/lib/aurora --shell /bin/sh aurora

# Only what every host runs starts by itself.
systemctl -q disable krb5-kdc krb5-admin-server supervisor firewalld zookeeper e2scrub_reap
systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer getty@tty1.service

# What each host has of its own.
rm -f /etc/ssh/ssh_host_* /etc/hostname
: > /etc/machine-id

apt-get clean
rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d /etc/resolv.conf /etc/apt/apt.conf.d/90machine /var/log/*.log /var/log/apt
INNER
say "the base is made: $(du -sh "$target" | cut -f 1)"
