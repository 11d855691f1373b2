package hosts_test

import (
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/hosts/hoststest"
)

func TestContract(t *testing.T) {
	for name, text := range map[string]string{
		"usual": "127.0.0.1 localhost\n# The others.\n10.0.0.1 aurora-1 aurora-1.example.com\n", "crlf, no end": "127.0.0.1 localhost\r\n::1 ip6-localhost",
	} {
		t.Run(name, func(t *testing.T) {
			m := hosttest.Local(t)
			hoststest.Run(t, hoststest.Subject{Host: m, Path: m.File(t, "etc/hosts", text, 0o640), Parent: filepath.Join(m.Dir, ".restorectl")})
		})
	}
}
