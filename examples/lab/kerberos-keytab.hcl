# Restores a cluster of real hosts whose schedulers ask for Kerberos, which is kept: the recovery calls are made with the keytab of an
# administrator.

variable "lab" {
  type        = string
  description = "Folder with the hosts' ssh_config, krb5.conf and admin.keytab."
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
  authentication = "keep"

  kerberos {
    config    = "${var.lab}/krb5.conf"
    keytab    = "${var.lab}/admin.keytab"
    principal = "admin@LAB.TEST"
  }
}
