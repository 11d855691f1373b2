package sshconfig_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/host/sshconfig"
)

// folders is an operator's home folder and a system's folder, with files in them. HOME and SYSTEM in a file stand for the folders.
type folders struct{ home, system string }

func newFolders(t *testing.T, files map[string]string) folders {
	t.Helper()
	f := folders{home: t.TempDir(), system: t.TempDir()}
	for name, text := range files {
		name, text = f.fill(name), f.fill(text)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f folders) fill(text string) string {
	return strings.NewReplacer("HOME", f.home, "SYSTEM", f.system).Replace(text)
}

func (f folders) files() sshconfig.Files {
	return sshconfig.Files{User: filepath.Join(f.home, ".ssh", "config"), System: filepath.Join(f.system, "ssh_config")}
}

// ask reads the files for a host, as the user "op".
func (f folders) ask(q sshconfig.Query) (*sshconfig.Settings, error) {
	q.LocalUser, q.Home = "op", f.home
	return sshconfig.Read(f.files(), q)
}

// cases are what files say of a host, for this package and for OpenSSH. The user's name is "op" in them.
var cases = []struct {
	name         string
	user, system string
	files        map[string]string
	host         string
	want         map[string]string
	// differs says that OpenSSH's releases do not agree.
	differs bool
}{
	{name: "the user's file before the system's, identity files of both", host: "a",
		user:   "Host a\n User mine\n IdentityFile ~/.ssh/mine\n",
		system: "Host *\n User theirs\n Port 2022\n IdentityFile ~/.ssh/theirs\n",
		want:   map[string]string{"user": "mine", "port": "2022", "identityfile": "~/.ssh/mine ~/.ssh/theirs"}},
	{name: "the first value of a file", host: "db1",
		user: "Port 21\nHost db?\n User one\nHost db* !db1\n User no\n Port 9\nHost *\n User late\n",
		want: map[string]string{"user": "one", "port": "21"}},
	{name: "a question mark is one character", host: "db",
		user: "Host db?\n User no\nHost *\n User op2\n", want: map[string]string{"user": "op2"}},
	{name: "a negation alone matches nothing", host: "a",
		user: "Host !b\n User no\nHost !b *\n User any\n", want: map[string]string{"user": "any"}},
	{name: "keywords in any case, with =, quotes and comments", host: "a",
		user: "hOsT \"a\" # here\n\tUSER=one # his\n  Port = 2022\nIdentityFile \"~/.ssh/my key\"\nidentityfile ~/.ssh/a#b\n#Port 1\r\n",
		want: map[string]string{"user": "one", "port": "2022", "identityfile": "~/.ssh/my key ~/.ssh/a#b"}},
	{name: "known hosts", host: "a",
		user:   "UserKnownHostsFile /one \"/etc/two\"\nUserKnownHostsFile /no\n",
		system: "GlobalKnownHostsFile /etc/all\n",
		want:   map[string]string{"userknownhostsfile": "/one /etc/two", "globalknownhostsfile": "/etc/all"}},
	{name: "ProxyJump of the system", host: "a",
		system: "Host *\n ProxyJump me@bastion:2022,second\n", want: map[string]string{"proxyjump": "me@bastion:2022,second"}},
	{name: "ProxyJump before ProxyCommand", host: "a",
		user: "ProxyJump b # the bastion\n", system: "ProxyCommand nc %h %p\n", want: map[string]string{"proxyjump": "b"}},
	{name: "ProxyCommand before ProxyJump", host: "a",
		user: "ProxyCommand nc %h %p # no comment\n", system: "ProxyJump b\n", want: map[string]string{"proxycommand": "nc %h %p # no comment", "proxyjump": ""}},
	{name: "ProxyCommand none before ProxyJump", host: "a",
		user: "ProxyCommand none\n", system: "ProxyJump b\n", want: map[string]string{"proxyjump": ""}},
	{name: "ProxyJump none before ProxyJump", host: "a",
		user: "ProxyJump none\n", system: "ProxyJump b\n", want: map[string]string{"proxyjump": ""}},
	{name: "ProxyJump none before ProxyCommand", host: "a",
		user: "ProxyJump none\n", system: "ProxyCommand nc %h %p\n", want: map[string]string{"proxyjump": "", "proxycommand": ""},
		differs: true}, // 9.2 does as ssh_config(5) says; later ones run the command.
	{name: "HostName", host: "A",
		user: "Host A\n HostName %h.Example.com\n", want: map[string]string{"hostname": "a.example.com"}},
	{name: "an address", host: "fe80:0::1",
		want: map[string]string{"hostname": "fe80::1"}},
	{name: "Match host is the machine's name, originalhost the alias", host: "a",
		user: "Host a\n HostName db.example.com\nMatch host a\n User no\nMatch originalhost x,A host *.EXAMPLE.com\n User both\n",
		want: map[string]string{"user": "both"}},
	{name: "Match user and localuser", host: "a",
		user: "Match user op localuser op,x\n Port 2022\nMatch !localuser op\n User no\nMatch all\n User late\nMatch user op\n HostKeyAlias no\nMatch user=late\n HostKeyAlias him\n",
		want: map[string]string{"user": "late", "port": "2022", "hostkeyalias": "him"}},
	{name: "Match final reads twice, and Host is then the machine's name", host: "a",
		user:   "Host a\n HostName db.example.com\nHost *.example.com\n User found\n",
		system: "Match final all\n Port 2022\n",
		want:   map[string]string{"hostname": "db.example.com", "user": "found", "port": "2022"}},
	{name: "Match final comes after all others", host: "a",
		user: "Match final\n Port 1\nMatch !final\n User first\n", system: "Port 22\n", want: map[string]string{"port": "22", "user": "first"}},
	{name: "without Match final once", host: "a",
		user: "Host a\n HostName db.example.com\nHost *.example.com\n User no\nMatch canonical\n User no\n", want: map[string]string{"user": "op"}},
	{name: "Match tagged", host: "a",
		user: "Host a\n Tag prod\nMatch tagged prod,x\n User tag\n", want: map[string]string{"user": "tag"}, differs: true}, // Since 9.4.
	{name: "conditions that need no looking into", host: "a",
		user: "Match host b exec \"exit 0\"\n User no\nMatch exec true\n User yes\nMatch exec \"exit 1\"\n User no\n ForwardAgent yes\n",
		want: map[string]string{"user": "yes"}},
	{name: "Include", host: "a",
		user:   "Include conf.d/* none/*.conf\nHost b\n Include HOME/.ssh/b\nHost *\n Port 5\n",
		system: "Include SYSTEM/ssh_config.d/*.conf\nUser last\n",
		files: map[string]string{"HOME/.ssh/conf.d/1": "Host a\n HostKeyAlias one\nHost b\n Port 3\n", "HOME/.ssh/conf.d/2": "HostKeyAlias two\n",
			"HOME/.ssh/b": "Host a\n Port 4\n", "SYSTEM/ssh_config.d/x.conf": "IdentityFile /k\n"},
		want: map[string]string{"hostkeyalias": "one", "port": "5", "identityfile": "/k", "user": "last"}},
	{name: "what else Debian's file says", host: "a",
		system: "Include SYSTEM/ssh_config.d/*.conf\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n    GSSAPIAuthentication yes\n",
		files:  map[string]string{"SYSTEM/ssh_config.d/20-proxy.conf": "Host unix/* vsock/*\n ProxyCommand /usr/lib/systemd/systemd-ssh-proxy %h %p\n ProxyUseFdpass yes\n"},
		want:   map[string]string{"user": "op", "port": "22", "hostname": "a", "proxycommand": "", "hashknownhosts": "yes"}},
	{name: "what Fedora's files say", host: "a",
		user:   "Host a\n User me\n",
		system: "Include SYSTEM/ssh_config.d/*.conf\n",
		files: map[string]string{"SYSTEM/ssh_config.d/50-redhat.conf": "Match final all\n\tInclude SYSTEM/openssh.config\n\tGSSAPIAuthentication yes\n\tForwardX11Trusted yes\n\tSendEnv LANG LC_CTYPE\n",
			"SYSTEM/openssh.config": "Ciphers aes256-gcm@openssh.com,aes256-ctr\nMACs hmac-sha2-256\nKexAlgorithms curve25519-sha256\n"},
		want: map[string]string{"user": "me", "port": "22", "hostname": "a"}},
	{name: "what FreeIPA's clients say", host: "a",
		system: "PubkeyAuthentication yes\nGlobalKnownHostsFile /var/lib/sss/pubconf/known_hosts\nMatch exec true\n\tProxyCommand /usr/bin/sss_ssh_knownhostsproxy -p %p %h\n",
		want: map[string]string{"globalknownhostsfile": "/var/lib/sss/pubconf/known_hosts",
			"proxycommand": "/usr/bin/sss_ssh_knownhostsproxy -p %p %h"}},
}

func TestRead(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFolders(t, c.files)
			write(t, f, c.user, c.system)
			s, err := f.ask(sshconfig.Query{Host: c.host})
			if err != nil {
				t.Fatal(err)
			}
			usual := map[string]string{"user": "op", "port": "22"}
			for keyword, want := range c.want {
				got := strings.Join(s.All(keyword), " ")
				switch {
				case keyword == "hostname":
					got = s.Host
				case got == "" || got == "none":
					got = usual[keyword]
				}
				if got != want {
					t.Errorf("%s is %q, want %q", keyword, got, want)
				}
			}
		})
	}
}

func write(t *testing.T, f folders, user, system string) {
	t.Helper()
	files := f.files()
	if err := os.MkdirAll(filepath.Dir(files.User), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{files.User: user, files.System: system} {
		if err := os.WriteFile(name, []byte(f.fill(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAsOpenSSH asks ssh -G about the same files.
func TestAsOpenSSH(t *testing.T) {
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("ssh is not installed (Debian: openssh-client), so nothing was compared with it")
	}
	me, err := exec.Command("id", "-un").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.differs {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			f := newFolders(t, c.files)
			write(t, f, c.user, c.system)
			// ssh -F reads one file, and takes relative names of an Include from the home folder of the account.
			both := strings.ReplaceAll(c.user, "conf.d/*", "HOME/.ssh/conf.d/*") + "Match all\n" + c.system
			name := filepath.Join(f.home, "both")
			text := strings.NewReplacer("user op ", "user ME ", "localuser op", "localuser ME").Replace(f.fill(both))
			if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "ME", strings.TrimSpace(string(me)))), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(ssh, "-G", "-F", name, c.host).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			got := map[string][]string{}
			for line := range strings.Lines(string(out)) {
				keyword, value, _ := strings.Cut(strings.TrimSpace(line), " ")
				if value != "none" {
					got[keyword] = append(got[keyword], value)
				}
			}
			for keyword, want := range c.want {
				if want == "op" {
					want = strings.TrimSpace(string(me))
				}
				if have := strings.Join(got[keyword], " "); have != want {
					t.Errorf("OpenSSH: %s is %q, want %q", keyword, have, want)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, user, system, want string }{
		{"a condition that is not looked into", "Match exec \"test -e /vpn\"\n ProxyJump b\n", "", "config:2: restorectl can't tell whether this ProxyJump holds for a: it hangs on \"Match exec\""},
		{"in the system's file", "", "Host *\nMatch localnetwork 10.0.0.0/8\n User x\n", "ssh_config:3"},
		{"an unknown condition", "Match foo bar\n", "", "config:1: there is no condition \"foo\""},
		{"a condition without a value", "Match host\n", "", "has no value"},
		{"Match all with others", "Match all host a\n", "", "stands with other conditions"},
		{"no value", "\n\nUser\n", "", "config:3: nothing follows the keyword User"},
		{"two values", "Port 22 23\n", "", "more than one value"},
		{"an open quote", "User \"x\n", "", "a quote is not closed"},
		{"an Include of itself", "Include config\n", "", "include each other more than 16 deep"},
		{"a home folder in the system's file", "", "Include ~/x\n", "not understood"},
		{"a token in an Include", "Include %h\n", "", "not understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolders(t, nil)
			write(t, f, c.user, c.system)
			_, err := f.ask(sshconfig.Query{Host: "a"})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "the SSH configuration") > 1 {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestOutranked leaves out what the query says already.
func TestOutranked(t *testing.T) {
	f := newFolders(t, nil)
	write(t, f, "Match exec \"test -e /vpn\"\n User x\n Port 1\n ProxyJump b\nMatch user me\n HostName found\n", "ProxyCommand nc\n")
	s, err := f.ask(sshconfig.Query{Host: "a", User: "me", Port: 2022, Jump: "before"})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{s.Host, s.Get("user"), s.Get("port"), s.Get("proxyjump"), s.Get("proxycommand")}
	if diff := cmp.Diff([]string{"found", "me", "2022", "before", "none"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFiles(t *testing.T) {
	f := newFolders(t, map[string]string{"SYSTEM/ssh_config": "User theirs\n", "HOME/mine": "Port 2022\n"})
	s, err := f.ask(sshconfig.Query{Host: "a"})
	if err != nil || s.Get("user") != "theirs" || !strings.HasSuffix(s.Where("user"), "ssh_config:1") {
		t.Errorf("without the user's file: %v, %v", s, err)
	}
	files := f.files()
	files.User, files.Named = f.fill("HOME/mine"), true
	if s, err = sshconfig.Read(files, sshconfig.Query{Host: "a"}); err != nil || s.Get("user") != "" || s.Get("port") != "2022" {
		t.Errorf("a named file goes alone: %v, %v", s, err)
	}
	files.User += "x"
	if s, err = sshconfig.Read(files, sshconfig.Query{Host: "a"}); err == nil {
		t.Errorf("a named file that is missing: %v", s)
	}
}

func TestCanonical(t *testing.T) {
	names := map[string]string{"db.b.example.": "real.example.org.", "db.c.example.": "db.c.example.", "x.y.b.example.": "x.y.b.example.", "web": "farm.example.net."}
	for _, c := range []struct{ name, text, host, want string }{
		{"not asked for", "CanonicalDomains b.example\n", "db", "db"},
		{"the first domain that has it", "CanonicalizeHostname yes\nCanonicalDomains a.example b.example c.example\n", "db", "db.b.example"},
		{"none has it", "CanonicalizeHostname yes\nCanonicalDomains a.example\n", "db", "db"},
		{"too many dots", "CanonicalizeHostname yes\nCanonicalDomains b.example\n", "x.y.z", "x.y.z"},
		{"dots allowed", "CanonicalizeHostname yes\nCanonicalDomains b.example\nCanonicalizeMaxDots 1\n", "x.y", "x.y.b.example"},
		{"no dots allowed", "CanonicalizeHostname yes\nCanonicalDomains b.example\nCanonicalizeMaxDots 0\n", "x.y", "x.y"},
		{"an alias", "CanonicalizeHostname yes\nCanonicalDomains b.example\nCanonicalizePermittedCNAMEs *.b.example:*.example.org\n", "db", "real.example.org"},
		{"another alias", "CanonicalizeHostname yes\nCanonicalDomains b.example\nCanonicalizePermittedCNAMEs *.b.example:*.example.net\n", "db", "db.b.example"},
		{"an alias without a domain", "CanonicalizeHostname yes\nCanonicalizePermittedCNAMEs *\n", "web", "farm.example.net"},
		{"behind a jump host", "CanonicalizeHostname yes\nCanonicalDomains b.example\nProxyJump j\n", "db", "db"},
		{"always", "CanonicalizeHostname always\nCanonicalDomains b.example\nProxyJump j\n", "db", "db.b.example"},
		{"an address", "CanonicalizeHostname always\nCanonicalDomains b.example\n", "10.0.0.1", "10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolders(t, nil)
			write(t, f, "", c.text+"Match canonical host *.example\n User found\n")
			s, err := f.ask(sshconfig.Query{Host: c.host, Lookup: func(name string) (string, error) {
				if cname, ok := names[name]; ok {
					return cname, nil
				}
				return "", os.ErrNotExist
			}})
			if err != nil {
				t.Fatal(err)
			}
			if s.Host != c.want {
				t.Errorf("host %s, want %s", s.Host, c.want)
			}
			if found := s.Get("user") == "found"; found != strings.HasSuffix(c.want, ".example") {
				t.Errorf("Match canonical: %v for %s", found, s.Host)
			}
		})
	}
	f := newFolders(t, nil)
	write(t, f, "", "CanonicalizeHostname yes\nCanonicalDomains a.example\nCanonicalizeFallbackLocal no\n")
	_, err := f.ask(sshconfig.Query{Host: "db", Lookup: func(string) (string, error) { return "", os.ErrNotExist }})
	if err == nil || !strings.Contains(err.Error(), "ssh_config:3") {
		t.Errorf("no fallback: %v", err)
	}
	if s, err := f.ask(sshconfig.Query{Host: "db"}); err != nil || s.Host != "db" {
		t.Errorf("nobody is asked: %v, %v", s, err)
	}
}

func TestMatchList(t *testing.T) {
	for _, c := range []struct {
		patterns, name string
		want           bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a*", "ab", true}, {"*b*", "abc", true}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"*,!a", "a", false}, {"!a", "b", false}, {"!a,*", "b", true}, {"a.c", "abc", false},
		{"a*bc*", "abcabd", true}, {"*a*b", "xaybzb", true}, {"*a*b", "xaybz", false}, {"**", "a", true}, {"a?", "a", false}, {"*?", "", false},
		{strings.Repeat("*a", 40), strings.Repeat("a", 60) + "b", false},
	} {
		if got := sshconfig.MatchList(slices.Collect(strings.SplitSeq(c.patterns, ",")), c.name); got != c.want {
			t.Errorf("MatchList(%q, %q) = %v", c.patterns, c.name, got)
		}
	}
}
