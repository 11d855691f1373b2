# Restores a cluster of real hosts, installed from the rpm packages: the flags are a bash array. The packet filter is iptables.

variable "lab" {
  type        = string
  description = "Folder with the hosts' ssh_config; `make lab-shell` says it in $LAB_FILES."
}

cluster {
  schedulers = formatlist("aurora-%d", range(1, 4))

  connection "ssh" {
    config_file = "${var.lab}/ssh_config"
  }

  flags "rpm" {}
}

backup {
  scheduler = "aurora-1"
  name      = "scheduler-backup-2026-11-20-09-15"
  max_age   = "unlimited"
}

isolation {
  allow = ["10.99.0.1"] # the operator's machine

  firewall "iptables" {}
}
