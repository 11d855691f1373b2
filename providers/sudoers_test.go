package providers

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/sudoers"
)

// granted says whether a sudoers file lets a command through, as sudo matches it.
func granted(t *testing.T, file, command string) bool {
	t.Helper()
	program, args, _ := strings.Cut(command, " ")
	for line := range strings.Lines(file) {
		line = strings.TrimSuffix(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), "\\")), ",")
		path, expression, ok := strings.Cut(line, " ")
		if ok && strings.HasSuffix(path, "/"+program) && strings.HasPrefix(expression, "^") && regexp.MustCompile(expression).MatchString(args) {
			return true
		}
	}
	return false
}

// checkWithVisudo lets the real visudo read a file, where it is installed.
func checkWithVisudo(t *testing.T, text string) {
	t.Helper()
	visudo, err := exec.LookPath("visudo")
	if err != nil {
		t.Log("visudo is not installed (Debian: sudo), so the file was not checked with it")
		return
	}
	file := filepath.Join(t.TempDir(), "restorectl")
	if err := os.WriteFile(file, []byte(text), 0o440); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(visudo, "-c", "-f", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
}

// TestGrants writes a rule for each kind of packet filter and settings, and runs commands past it.
func TestGrants(t *testing.T) {
	for _, tt := range []struct {
		firewall string
		flags    config.Flags
		let, not []string
	}{
		{config.FirewallNftables, config.Flags{Kind: config.FlagsDebian, Settings: "/etc/default/aurora"},
			[]string{
				"nft list table inet restorectl", "nft -f -", "cat -- /etc/default/aurora",
				"systemctl daemon-reload", "systemctl show --no-pager --property=DropInPaths aurora", "systemctl show --no-pager --property=UnitPath",
				"mkdir -p -m 0755 -- /etc/systemd/system/aurora.service.d", "rmdir --ignore-fail-on-non-empty -- /etc/systemd/system/aurora.service.d",
				"rm -f -- /etc/systemd/system/aurora.service.d/zz-restorectl.conf", "install -D -m 0644 -T -- /dev/null /run/restorectl/aurora.service",
				"rm -f -- /run/restorectl/aurora.service", "rmdir --ignore-fail-on-non-empty -- /run/restorectl",
			},
			[]string{"nft flush ruleset", "iptables-save -t filter", "rm -f -- /etc/systemd/system/aurora.service.d/10-limits.conf",
				"install -D -m 0644 -T -- /dev/null /run/nologin"}},
		{config.FirewallIptables, config.Flags{Kind: config.FlagsArgFile, Path: "/etc/aurora/args"},
			[]string{"iptables-save -t filter", "ip6tables-restore --noflush --wait=30", "test -e /proc/net/if_inet6", "cat -- /etc/aurora/args"},
			[]string{"iptables -F", "iptables-restore", "nft -f -"}},
		{config.FirewallFirewalld, config.Flags{Kind: config.FlagsSystemd, Unit: "aurora", DropIn: "/etc/systemd/system/aurora.service.d/restore.conf"},
			[]string{
				"firewall-cmd --list-all-zones", "firewall-cmd --get-default-zone", "systemctl daemon-reload",
				`firewall-cmd --zone=public --add-rich-rule=rule priority="-32766" family="ipv4" port port="8081" protocol="tcp" reject type="tcp-reset"`,
				`firewall-cmd --zone=public --remove-rich-rule=rule priority="-32767" family="ipv6" source address="fd00::/8" port port="8081" protocol="tcp" accept --remove-rich-rule=rule priority="-32766" family="ipv6" port port="8081" protocol="tcp" reject type="tcp-reset"`,
				"systemctl show --no-pager --property=Id,FragmentPath,DropInPaths,ExecStart aurora",
				"cat -- /usr/lib/systemd/system/aurora.service", "cat -- /etc/systemd/system/aurora.service.d/10-limits.conf",
				"mkdir -p -m 0755 -- /etc/systemd/system/aurora.service.d", "rmdir --ignore-fail-on-non-empty -- /etc/systemd/system/aurora.service.d",
				"dd of=/etc/systemd/system/aurora.service.d/.restore.conf.restorectl bs=64k iflag=fullblock oflag=nofollow conv=notrunc,nocreat,fsync status=none",
			},
			[]string{"firewall-cmd --panic-on", "firewall-cmd --zone=public --add-service=ssh", "cat -- /etc/systemd/system/sshd.service",
				"cat -- /etc/systemd/system/aurora.service.d/../../../shadow.conf", "dd of=/etc/systemd/system/aurora.service.d/10-limits.conf bs=64k iflag=fullblock oflag=nofollow conv=notrunc,nocreat,fsync status=none"}},
	} {
		r := &config.Restore{
			Cluster: config.Cluster{
				Service: config.Service{Kind: config.ServiceSystemd, Unit: "aurora", Hold: true}, Flags: tt.flags,
				Log: config.Log{Path: "/var/lib/aurora/db", User: "aurora", Tool: "mesos-log"},
			},
			Backup: config.Backup{Dir: "/var/lib/aurora/backups"}, Isolation: config.Isolation{Firewall: tt.firewall},
		}
		places, err := sudoers.FromConfig(r, "ops", "/home/ops")
		if err != nil {
			t.Fatal(err)
		}
		if err := GrantCommands(places, r, "/home/ops"); err != nil {
			t.Fatal(err)
		}
		var file strings.Builder
		if err := places.Write(&file); err != nil {
			t.Fatal(err)
		}
		checkWithVisudo(t, file.String())
		for _, command := range tt.let {
			if !granted(t, file.String(), command) {
				t.Errorf("%s, %s: not granted: %s", tt.firewall, tt.flags.Kind, command)
			}
		}
		for _, command := range tt.not {
			if granted(t, file.String(), command) {
				t.Errorf("%s, %s: granted: %s", tt.firewall, tt.flags.Kind, command)
			}
		}
	}
}
