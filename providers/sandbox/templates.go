package sandbox

// settingsTemplate is the settings file of the Debian package.
const settingsTemplate = `# Settings of the Aurora scheduler, read by {{.Root}}/usr/bin/aurora-scheduler-startup.

# Verbosity of libmesos, and the port on which the replicas of the log talk to each other.
GLOG_v=0
LIBPROCESS_IP={{.Address}}
LIBPROCESS_PORT={{.Ports.replica}}

# Options of the JVM.
JAVA_OPTS='-server -Djava.library.path=/usr/lib -Xmx512m'

AURORA_HOME="{{.Root}}/var/lib/aurora"

# The name of the cluster, as in clusters.json.
CLUSTER_NAME="{{.ClusterName}}"

# Where the scheduler serves its API and its pages.
HTTP_PORT={{.Ports.http}}

# How many replicas must agree: half of the schedulers, rounded down, plus one.
QUORUM_SIZE={{.Quorum}}

ZK_ENDPOINTS="{{.ZooKeeper}}"
MESOS_MASTER="zk://${ZK_ENDPOINTS}/mesos"

# Paths in ZooKeeper.
ZK_SERVERSET_PATH="/aurora/scheduler"
ZK_LOGDB_PATH="/aurora/replicated-log"

# The replica of the log on this host, and the backups.
LOGDB_FILE_PATH="${AURORA_HOME}/scheduler/db"
BACKUP_DIR="${AURORA_HOME}/scheduler/backups"

# What runs the tasks on the agents.
THERMOS_EXECUTOR_PATH="/usr/share/aurora/bin/thermos_executor.pex"
THERMOS_EXECUTOR_RESOURCES=""
THERMOS_EXECUTOR_FLAGS="--announcer-ensemble 127.0.0.1:2181"

# MESOS, DOCKER
ALLOWED_CONTAINER_TYPES="MESOS,DOCKER"

# Any other flags.
EXTRA_SCHEDULER_ARGS="{{.Flags}}"
`

// startTemplate is the start script of the Debian package.
const startTemplate = `#!/bin/bash
# Starts the Aurora scheduler with the settings of this host.
set -e

source {{.Root}}/etc/default/aurora-scheduler

export GLOG_v LIBPROCESS_IP LIBPROCESS_PORT JAVA_OPTS

exec {{.Root}}/usr/sbin/aurora-scheduler \
  -cluster_name="$CLUSTER_NAME" \
  -http_port="$HTTP_PORT" \
  -native_log_quorum_size="$QUORUM_SIZE" \
  -zk_endpoints="$ZK_ENDPOINTS" \
  -mesos_master_address="$MESOS_MASTER" \
  -serverset_path="$ZK_SERVERSET_PATH" \
  -native_log_zk_group_path="$ZK_LOGDB_PATH" \
  -native_log_file_path="$LOGDB_FILE_PATH" \
  -backup_dir="$BACKUP_DIR" \
  -thermos_executor_path="$THERMOS_EXECUTOR_PATH" \
  -thermos_executor_resources="$THERMOS_EXECUTOR_RESOURCES" \
  -thermos_executor_flags="$THERMOS_EXECUTOR_FLAGS" \
  -allowed_container_types="$ALLOWED_CONTAINER_TYPES" \
  $EXTRA_SCHEDULER_ARGS
`

// launcherTemplate is the program that the start script runs.
const launcherTemplate = `#!/bin/bash
# Runs the Aurora scheduler.
exec java $JAVA_OPTS -cp /usr/share/aurora/lib/aurora.jar ` + schedulerClass + ` "$@"
`

// sudoTemplate does what nearly all calls of sudo want, without starting a big program for it. Where there are rules, that one obeys them.
const sudoTemplate = `#!/bin/sh
if [ "$1" = -n ] && [ "$2" = -- ] && [ -z "$` + noSudo + `" ] && [ ! -e {{.Root}}/etc/sudoers.d ] && command -v "$3" >/dev/null; then
  shift 2
  SUDO_USER={{.User}} exec "$@"
fi
exec {{.Root}}/` + sudoPath + ` "$@"
`

const unitTemplate = `[Unit]
Description=Aurora scheduler
After=network.target
Wants=network.target
StartLimitIntervalSec=0

[Service]
ExecStart={{.Root}}/usr/bin/aurora-scheduler-startup
User={{.User}}
Restart=always
RestartSec={{.Restart}}
TimeoutStopSec=30
StandardOutput=append:{{.Root}}/var/log/aurora-scheduler.log
StandardError=inherit

[Install]
WantedBy=multi-user.target
`

const hostsTemplate = `127.0.0.1	localhost
{{range .Hosts}}{{.Address}}	{{.Name}}
{{end}}
# The following lines are desirable for IPv6 capable hosts
::1	localhost ip6-localhost ip6-loopback
`

// shiroTemplate are the users of BASIC authentication.
const shiroTemplate = `[users]
` + BasicUser + ` = ` + BasicPassword + `, admin
reader = r3ader, reader

[roles]
admin = *
reader = thrift.ReadOnlyScheduler:*
`
