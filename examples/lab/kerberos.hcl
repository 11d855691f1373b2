# Restores a cluster of real hosts whose schedulers ask for Kerberos, as the runbook has it: authentication is off for the time of the
# restore, and each host takes the host name of the schedulers' principal for itself.

variable "lab" {
  type        = string
  description = "Folder with the hosts' ssh_config; `make lab-shell` says it in $LAB_FILES."
}

cluster {
  schedulers = formatlist("aurora-%d", range(1, 4))

  connection "ssh" {
    config_file = "${var.lab}/ssh_config"
  }
}

backup {
  scheduler = "aurora-1"
  name      = "scheduler-backup-2026-11-20-09-15"
  max_age   = "unlimited"
}

isolation {
  allow = ["10.99.0.1"] # the operator's machine
}

admin {
  authentication = "off"
  kerberos_host  = "aurora.lab"
}
