package sshconfig_test

import (
	"strings"
	"testing"

	"github.com/restorectl/restorectl/providers/host/sshconfig"
)

// FuzzRead reads anything. What a query says holds, whatever the files say.
func FuzzRead(f *testing.F) {
	for _, c := range cases {
		f.Add(c.user, c.system)
	}
	f.Add("Match host=\"a b\" !final\n=x\nUser=\\\"\n", "\"User\" x\nPort\t=\t1\r\nInclude ''\n")
	f.Fuzz(func(t *testing.T, user, system string) {
		if strings.Contains(strings.ToLower(user+system), "include") {
			return // It would read files of this machine.
		}
		dir := newFolders(t, nil)
		write(t, dir, user, system)
		s, err := dir.ask(sshconfig.Query{Host: "a", User: "me", Port: 2022, Jump: "b"})
		if err != nil {
			return
		}
		if s.Get("user") != "me" || s.Get("port") != "2022" || s.Get("proxyjump") != "b" || s.Get("proxycommand") != "none" {
			t.Errorf("said by the query, and then %s, %s, %s, %s", s.Get("user"), s.Get("port"), s.Get("proxyjump"), s.Get("proxycommand"))
		}
		if s.Host != strings.ToLower(s.Host) {
			t.Errorf("host %q", s.Host)
		}
	})
}
