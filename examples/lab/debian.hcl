# Restores a cluster of real hosts, installed from the Debian packages. `make lab` runs it; `make lab-shell` brings such hosts up.

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
