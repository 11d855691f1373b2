# Restores a cluster of three schedulers from a backup on this machine.

variable "sandbox" {
  type        = string
  description = "Folder of the sandbox, made with `restorectl sandbox up`."
}

cluster {
  schedulers = formatlist("scheduler-%d", range(1, 4))

  connection "ssh" {
    config_file = "${var.sandbox}/ssh_config"
  }

  flags "debian" {
    settings     = "~/etc/default/aurora-scheduler"
    start_script = "~/usr/bin/aurora-scheduler-startup"
  }
}

backup {
  file    = "scheduler-backup-2026-11-20-09-15"
  max_age = "unlimited"
}

admin {
  clusters_files = ["~/etc/aurora/clusters.json"]
}
