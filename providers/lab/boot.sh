# Becomes the first process of a host: runs in new namespaces, moves into the host's control group and root file system, waits for
# the network card, and is replaced by systemd. Arguments: root, name, control group, address with prefix, IPv6 address with prefix.
set -eu
root=$1 name=$2 group=$3 address=$4 address6=$5

# Only then is the namespace of control groups made, so that systemd sees the host's as the root.
echo 0 > "$group/cgroup.procs"
exec unshare --cgroup /bin/sh -eu -c '
root=$1 name=$2 address=$3 address6=$4
mount --make-rprivate /
hostname "$name"
cd "$root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
for d in null zero full random urandom tty; do
  : > "dev/$d"
  mount --bind "/dev/$d" "dev/$d"
done
pivot_root . mnt
cd /
umount -l /mnt
read -r _
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
ip link set lo up
ip addr add "$address" dev eth0
ip addr add "$address6" dev eth0 nodad
ip link set eth0 up
exec env -i container=lab PATH="$PATH" /lib/systemd/systemd </dev/null >/dev/null 2>&1
' boot "$root" "$name" "$address" "$address6"
