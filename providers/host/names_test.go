package host_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func TestNames(t *testing.T) {
	for name, tt := range map[string]struct {
		script string
		want   []string
	}{
		"all": {`case $1 in -s) echo aurora-1;; -f) echo aurora-1.example.com;; -I) echo "192.0.2.7 127.0.1.1 ::1 2001:db8::7 ";; esac`,
			[]string{"aurora-1", "aurora-1.example.com", "192.0.2.7", "2001:db8::7"}},
		"no full name":      {`case $1 in -s|-f) echo aurora-1;; -I) exit 1;; esac`, []string{"aurora-1"}},
		"nothing but noise": {`echo localhost; exit 0`, nil},
		"no such program":   {`exit 127`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := hosttest.Local(t)
			m.Script(t, "hostname", tt.script)
			got, err := host.Names(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
