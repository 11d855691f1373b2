package host

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/config"
)

func TestWay(t *testing.T) {
	long := ""
	for i := range maxHops {
		long += fmt.Sprintf("Host n%d\n ProxyJump n%d\n", i, i+1)
	}
	for _, c := range []struct {
		name, mine, theirs string
		// want are the machines as user@host:port; or an error.
		want []string
		err  string
	}{
		{"directly", "", "", []string{"me@a:22"}, ""},
		{"the system's jump host, with its own settings", "Host bastion\n User ops\n HostName b.example.org\n", "Host a\n ProxyJump bastion\nHost bastion\n Port 2022\n",
			[]string{"ops@b.example.org:2022", "me@a:22"}, ""},
		{"what ProxyJump says of it outranks", "Host a\n ProxyJump ssh://x@bastion:23\nHost bastion\n User ops\n Port 2022\n", "", []string{"x@bastion:23", "me@a:22"}, ""},
		{"by way of others", "Host a\n ProxyJump b\nHost b\n ProxyJump c\nHost c\n User ops\n", "", []string{"ops@c:22", "op@b:22", "me@a:22"}, ""},
		{"a list", "Host a\n ProxyJump c, b\n", "", []string{"op@c:22", "op@b:22", "me@a:22"}, ""},
		{"only the first of a list by way of others", "Host a\n ProxyJump c,b\nHost b\n ProxyJump no\nHost c\n ProxyJump d\n", "",
			[]string{"op@d:22", "op@c:22", "op@b:22", "me@a:22"}, ""},
		{"the second of a list with a command of its own", "Host a\n ProxyJump c,b\nHost b\n ProxyCommand nc\n", "", []string{"op@c:22", "op@b:22", "me@a:22"}, ""},
		{"the first of a list with a command of its own", "Host a\n ProxyJump c,b\nHost c\n ProxyCommand nc\n", "", nil, "gives c a ProxyCommand"},
		{"not for the jump host", "Host bastion\n ProxyJump none\n", "Host *\n ProxyJump bastion\n", []string{"op@bastion:22", "me@a:22"}, ""},
		{"round", "", "Host *\n ProxyJump bastion\n", nil, `a by way of bastion by way of bastion; write "ProxyJump none" for bastion`},
		{"round by way of others", "Host a\n ProxyJump b\nHost b\n ProxyJump c\nHost c\n ProxyJump b\n", "", nil, "config:2: the way to a goes round in the SSH configuration: a by way of b by way of c by way of b;"},
		{"back to the host", "Host a\n ProxyJump b\nHost b\n ProxyJump a\n", "", nil, "a by way of b by way of a;"},
		{"too far", "Host a\n ProxyJump n0\n" + long, "", nil, "more than 16 machines on the way to a"},
		{"not a host", "ProxyJump x@\n", "", nil, "names no host"},
		{"not a port", "ProxyJump x:ssh\n", "", nil, "is not a port"},
	} {
		t.Run(c.name, func(t *testing.T) {
			way, err := newTestSettings(t, c.mine, c.theirs).way("a", config.Connection{User: "me"})
			if c.err != "" || err != nil {
				if err == nil || c.err == "" || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%v, want %q", err, c.err)
				}
				return
			}
			var got []string
			for _, t := range way {
				got = append(got, t.user+"@"+t.address())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
