package flags

import "testing"

func TestMask(t *testing.T) {
	for _, c := range []struct {
		name, value, want string
		secret            bool
	}{
		{"zk_digest_credentials", "aurora:s3cret", "sha256:9eabb70f25a60b19", true},
		{"zk_digest_credentials", "", "", false},
		{"mesos_master_address", "zk://zk-1:2181,zk-2:2181/mesos/master", "zk://zk-1:2181,zk-2:2181/mesos/master", false},
		{"mesos_master_address", "zk://u:p@zk-1:2181/mesos/master", "", true},
		{"mesos_master_address", "zk://u:p@q@zk-1:2181/mesos/master", "", true},
		{"mesos_master_address", "zk://u:p/q@zk-1:2181/mesos", "", true},
		{"framework_authentication_file", "/etc/aurora/secret", "/etc/aurora/secret", false},
		{"db_password", "x", "", true},
		{"db_password_file", "/x", "/x", false},
		{"my_secret_path", "/x", "/x", false},
		{"http_port", "8081", "8081", false},
		{"-Client_SECRET", "x", "", true},
	} {
		got, secret := Mask(c.name, c.value)
		if secret != c.secret {
			t.Errorf("Mask(%q, %q): secret is %t", c.name, c.value, secret)
		}
		if !c.secret && got != c.want {
			t.Errorf("Mask(%q, %q) = %q", c.name, c.value, got)
		}
		if c.secret && got == c.value {
			t.Errorf("Mask(%q, %q) masks nothing", c.name, c.value)
		}
	}
}

func TestMaskForms(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"zk_digest_credentials", "u:p", "sha256:fd8f314419e0a57e"},
		{"mesos_master_address", "zk://u:p@zk-1:2181,zk-2/mesos", "zk://sha256:fd8f314419e0a57e@zk-1:2181,zk-2/mesos"},
	} {
		if got, _ := Mask(c.name, c.value); got != c.want {
			t.Errorf("Mask(%q, %q) = %q, want %q", c.name, c.value, got, c.want)
		}
	}
}
