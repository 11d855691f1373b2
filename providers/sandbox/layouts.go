package sandbox

// flagsTemplate are the flags in the layouts that write them down as they are, one a line. The templates that it asks for are the
// differences between bash and systemd: values in quotes, the end of a line, a variable.
const flagsTemplate = `{{define "flags"}}  -cluster_name={{template "quote"}}{{.ClusterName}}{{template "quote"}}{{template "end"}}
  -http_port={{.Ports.http}}{{template "end"}}
  -native_log_quorum_size={{template "quote"}}{{.Quorum}}{{template "quote"}}{{template "end"}}
  -zk_endpoints={{template "zookeeper"}}{{template "end"}}
  -mesos_master_address=zk://{{template "zookeeper"}}/mesos{{template "end"}}
  -serverset_path={{template "quote"}}/aurora/scheduler{{template "quote"}}{{template "end"}}
  -native_log_zk_group_path={{template "quote"}}/aurora/replicated-log{{template "quote"}}{{template "end"}}
  -native_log_file_path={{template "quote"}}{{.Root}}/{{.Log}}{{template "quote"}}{{template "end"}}
  -backup_dir={{template "quote"}}{{.Root}}/{{.Backups}}{{template "quote"}}{{template "end"}}
  '-thermos_executor_flags=--announcer-ensemble 127.0.0.1:2181'{{template "end"}}
  -allowed_container_types={{template "quote"}}MESOS,DOCKER{{template "quote"}}{{template "end"}}
  {{.Flags}}
{{end}}`

// arrayTemplate is the settings file of the rpm packages.
const arrayTemplate = flagsTemplate + `{{define "end"}}{{end}}{{define "quote"}}'{{end}}{{define "zookeeper"}}${ZK}{{end -}}
# Settings of the Aurora scheduler, read by {{.Root}}/usr/bin/aurora-scheduler-startup.
GLOG_v=0
LIBPROCESS_IP={{.Address}}
LIBPROCESS_PORT={{.Ports.replica}}

ZK='{{.ZooKeeper}}'

JAVA_OPTS=(
  # A server.
  -server
  -Djava.library.path='/usr/lib;/usr/lib64'
)

# The flags of the scheduler.
AURORA_FLAGS=(
{{template "flags" .}})
`

// arrayStartTemplate is the start script of the rpm packages.
const arrayStartTemplate = `#!/bin/bash
# Starts the Aurora scheduler with the settings of this host.
source {{.Root}}/etc/sysconfig/aurora-scheduler

export GLOG_v LIBPROCESS_IP LIBPROCESS_PORT
export JAVA_OPTS="${JAVA_OPTS[*]}"

exec {{.Root}}/usr/sbin/aurora-scheduler "${AURORA_FLAGS[@]}"
`

// execStartTemplate is a unit that holds the flags itself.
const execStartTemplate = flagsTemplate + `{{define "end"}} \{{end}}{{define "quote"}}{{end}}{{define "zookeeper"}}${ZK}{{end -}}
[Unit]
Description=Aurora scheduler
After=network.target
Wants=network.target
StartLimitIntervalSec=0

[Service]
Environment="ZK={{.ZooKeeper}}" "JAVA_OPTS=-server -Xmx512m"
Environment=GLOG_v=0 LIBPROCESS_IP={{.Address}} LIBPROCESS_PORT={{.Ports.replica}}
# The flags, one a line.
ExecStart={{.Root}}/usr/sbin/aurora-scheduler \
{{template "flags" .}}Restart=always
RestartSec={{.Restart}}
TimeoutStopSec=30
StandardOutput=append:{{.Root}}/var/log/aurora-scheduler.log
StandardError=inherit

[Install]
WantedBy=multi-user.target
`
