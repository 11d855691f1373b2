# Restores a cluster of real hosts whose schedulers have their flags in the unit itself, and run as root. The packet filter is firewalld.

variable "lab" {
  type        = string
  description = "Folder with the hosts' ssh_config; `make lab-shell` says it in $LAB_FILES."
}

cluster {
  schedulers = formatlist("aurora-%d", range(1, 4))

  connection "ssh" {
    config_file = "${var.lab}/ssh_config"
  }

  flags "systemd" {}
}

backup {
  scheduler = "aurora-1"
  name      = "scheduler-backup-2026-11-20-09-15"
  max_age   = "unlimited"
}

isolation {
  allow = ["10.99.0.1"] # the operator's machine

  firewall "firewalld" {}
}
