package config

import (
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// defaults is a configuration in which nothing was written.
func defaults() Restore {
	return Restore{
		Cluster: Cluster{
			Connection: Connection{Kind: "ssh", Become: "sudo", Timeout: 10 * time.Second},
			Service:    defaultService(ServiceSystemd),
			Flags:      defaultFlags(FlagsDebian),
			Log:        Log{Tool: "mesos-log"},
		},
		Backup:    Backup{MaxAge: 4 * time.Hour},
		Isolation: Isolation{Firewall: FirewallNftables},
		Admin:     Admin{ClustersFiles: []string{"/etc/aurora/clusters.json"}, Authentication: "off", HostsFile: "/etc/hosts"},
		Recovery:  Recovery{Gate: true, Remedy: "auto"},
		Procedure: Procedure{LeaderTimeout: 5 * time.Minute, RegistrationDelay: 6 * time.Hour, ReconciliationDelay: 365 * 24 * time.Hour},
	}
}

func (d *decoder) restore(body hcl.Body, r *Restore, in Inputs, parser *hclparse.Parser) {
	path := r.Path
	*r = defaults()
	r.Path = path
	names := []string{"cluster", "backup", "isolation", "admin", "recovery", "procedure", "approval"}
	headers := []hcl.BlockHeaderSchema{{Type: "variable", LabelNames: []string{"name"}}, {Type: "locals"}}
	for _, n := range names {
		headers = append(headers, hcl.BlockHeaderSchema{Type: n})
	}
	_, blocks := d.content(body, nil, headers...)
	d.variables(blocks, in, parser)
	d.localValues(blocks)
	decode := map[string]func(*hcl.Block, *Restore){
		"cluster": d.cluster, "backup": d.backup, "isolation": d.isolation, "admin": d.admin, "recovery": d.recovery, "procedure": d.procedure,
		"approval": func(b *hcl.Block, r *Restore) { d.approval(b, &r.Approval) },
	}
	for _, n := range names {
		b := d.one(blocks, n)
		if b != nil {
			decode[n](b, r)
		} else if n == "cluster" || n == "backup" {
			d.fail(body.MissingItemRange(), "Missing block", "A configuration needs the block %q.", n)
		}
	}
}

func (d *decoder) cluster(b *hcl.Block, r *Restore) {
	kind := []string{"kind"}
	attrs, blocks := d.content(b.Body, []string{"name", "schedulers", "absent", "http_port", "quorum_size", "serverset_path"},
		hcl.BlockHeaderSchema{Type: "connection", LabelNames: kind}, hcl.BlockHeaderSchema{Type: "service", LabelNames: kind},
		hcl.BlockHeaderSchema{Type: "flags", LabelNames: kind}, hcl.BlockHeaderSchema{Type: "log"})
	c := &r.Cluster
	d.value(attrs, "name", &c.Name)
	d.value(attrs, "serverset_path", &c.ServersetPath)
	if d.value(attrs, "http_port", &c.HTTPPort) && (c.HTTPPort < 1 || c.HTTPPort > 65535) {
		d.fail(attrs["http_port"].Expr.Range(), "Impossible port", "http_port is %d. It must be from 1 to 65535: a random port (0) can be neither blocked nor reached.", c.HTTPPort)
	}
	if d.value(attrs, "quorum_size", &c.QuorumSize) && c.QuorumSize < 1 {
		d.fail(attrs["quorum_size"].Expr.Range(), "Impossible quorum", "quorum_size is %d. It is half of the schedulers, rounded down, plus one.", c.QuorumSize)
	}
	d.need(attrs, b, "schedulers", "List the schedulers' host names.")
	d.schedulers(attrs, c)
	var absent []string
	if d.value(attrs, "absent", &absent) {
		if err := c.Leave(absent...); err != nil {
			d.fail(attrs["absent"].Expr.Range(), "Not a scheduler", "%s.", err)
		}
	}
	if k := d.one(blocks, "connection"); k != nil {
		d.connection(k, &c.Connection)
	}
	if k := d.one(blocks, "service"); k != nil {
		d.service(k, &c.Service)
	}
	if k := d.one(blocks, "flags"); k != nil {
		d.flags(k, &c.Flags)
	}
	if k := d.one(blocks, "log"); k != nil {
		a, _ := d.content(k.Body, []string{"path", "user", "tool", "run_folder"})
		d.remote(a, "path", &c.Log.Path)
		d.word(a, "user", &c.Log.User)
		d.word(a, "tool", &c.Log.Tool)
		d.remote(a, "run_folder", &c.Log.RunFolder)
	}
}

// schedulers evaluates the list of host names, or the map of names to addresses.
func (d *decoder) schedulers(attrs hcl.Attributes, c *Cluster) {
	a := attrs["schedulers"]
	if a == nil {
		return
	}
	v, ok := d.evaluate(a)
	if !ok {
		return
	}
	at := a.Expr.Range()
	read := false
	if !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType()) {
		var addresses map[string]string
		if read = d.value(attrs, "schedulers", &addresses); read {
			for _, name := range slices.Sorted(maps.Keys(addresses)) {
				c.Schedulers = append(c.Schedulers, Scheduler{Name: name, Address: addresses[name]})
			}
		}
	} else {
		var names []string
		if read = d.value(attrs, "schedulers", &names); read {
			for _, name := range names {
				c.Schedulers = append(c.Schedulers, Scheduler{Name: name, Address: name})
			}
		}
	}
	if read && len(c.Schedulers) == 0 {
		d.fail(at, "No schedulers", "The list of schedulers is empty. Name every scheduler of the cluster: a restore needs all of them.")
	}
	seen := map[string]bool{}
	for _, s := range c.Schedulers {
		for _, n := range []string{s.Name, s.Address} {
			if n == "" || strings.ContainsAny(n, " /") || strings.ContainsFunc(n, unicode.IsControl) || strings.HasPrefix(n, "-") {
				d.fail(at, "Not a host name", "%q is not the name of a host.", n)
				break
			}
		}
		if seen[s.Name] {
			d.fail(at, "Duplicate scheduler", "%q is in the list twice.", s.Name)
		}
		seen[s.Name] = true
	}
}

func (d *decoder) connection(b *hcl.Block, c *Connection) {
	c.Kind = d.kind(b, "ssh", "local")
	a, _ := d.content(b.Body, []string{"user", "port", "identity_files", "config_file", "known_hosts", "become", "become_password_file", "timeout"})
	d.value(a, "user", &c.User)
	if d.value(a, "port", &c.Port) && (c.Port < 1 || c.Port > 65535) {
		d.fail(a["port"].Expr.Range(), "Impossible port", "port is %d. It must be from 1 to 65535.", c.Port)
	}
	if d.value(a, "config_file", &c.ConfigFile) {
		c.ConfigFile = d.local(c.ConfigFile)
	}
	d.locals(a, "identity_files", &c.IdentityFiles)
	d.locals(a, "known_hosts", &c.KnownHosts)
	d.choice(a, "become", &c.Become, "sudo", "sudo-password", "none")
	if d.value(a, "become_password_file", &c.BecomePasswordFile) {
		c.BecomePasswordFile = d.local(c.BecomePasswordFile)
		if c.Become != "sudo-password" {
			d.fail(a["become_password_file"].Range, "Impossible combination", `A password is of no use where sudo is not asked for one. Write become = "sudo-password", or take become_password_file out.`)
		}
	}
	d.duration(a, "timeout", &c.Timeout, nil)
}

func (d *decoder) backup(b *hcl.Block, r *Restore) {
	a, blocks := d.content(b.Body, []string{"file", "scheduler", "store", "name", "newest", "max_age", "dir"},
		hcl.BlockHeaderSchema{Type: "store", LabelNames: []string{"name"}})
	k := &r.Backup
	d.stores(blocks, r)
	if d.value(a, "file", &k.File) {
		k.File = d.local(k.File)
	}
	d.value(a, "name", &k.Name)
	d.remote(a, "dir", &k.Dir)
	d.duration(a, "max_age", &k.MaxAge, map[string]time.Duration{"unlimited": 0})
	known := func(s Scheduler) bool { return s.Name == k.Scheduler }
	if d.value(a, "scheduler", &k.Scheduler) && !slices.ContainsFunc(r.Cluster.Schedulers, known) {
		d.fail(a["scheduler"].Expr.Range(), "Unknown scheduler", "%q is not one of cluster.schedulers.", k.Scheduler)
	}
	if d.value(a, "store", &k.Store) && !slices.ContainsFunc(k.Stores, func(s Store) bool { return s.Name == k.Store }) {
		d.fail(a["store"].Expr.Range(), "Unknown store", "There is no block store %q in this block.", k.Store)
	}
	d.value(a, "newest", &k.Newest)
	d.choiceOfBackup(a, b, k)
	switch {
	case strings.Contains(k.Name, "/"):
		d.fail(a["name"].Expr.Range(), "Not a backup's name", "%q holds a slash. Write the name of a file right in backup_dir.", k.Name)
	case strings.HasPrefix(path.Base(k.File), "temp_"), strings.HasPrefix(k.Name, "temp_"):
		d.fail(b.DefRange, "Unfinished backup", "A backup whose name begins with temp_ was not finished: Aurora renames it when it is complete. Choose another.")
	}
}

// choiceOfBackup demands that one backup is chosen, in one way.
func (d *decoder) choiceOfBackup(a hcl.Attributes, b *hcl.Block, k *Backup) {
	ways := 0
	for _, name := range []string{"file", "scheduler", "store"} {
		if a[name] != nil {
			ways++
		}
	}
	switch {
	case k.Newest && (ways > 0 || a["name"] != nil):
		d.fail(b.DefRange, "Impossible combination", "newest chooses the backup itself. Take out file, scheduler, store and name, or newest.")
	case k.Newest:
	case ways > 1, a["file"] != nil && a["name"] != nil:
		d.fail(b.DefRange, "Impossible combination", "A backup is a file on this machine (file), or one on a scheduler (scheduler and name), or one in a store (store and name). Keep one of them.")
	case ways == 0, a["file"] == nil && a["name"] == nil:
		d.fail(b.DefRange, "No backup chosen", "Name a file on this machine (file), one in a scheduler's backup_dir (scheduler and name) or in a store (store and name), or write newest = true.")
	}
}

func (d *decoder) isolation(b *hcl.Block, r *Restore) {
	a, blocks := d.content(b.Body, []string{"allow"}, hcl.BlockHeaderSchema{Type: "firewall", LabelNames: []string{"kind"}})
	if k := d.one(blocks, "firewall"); k != nil {
		d.firewall(k, &r.Isolation)
	}
	if !d.value(a, "allow", &r.Isolation.Allow) {
		return
	}
	for _, s := range r.Isolation.Allow {
		prefix, err := netip.ParsePrefix(s)
		if _, single := netip.ParseAddr(s); err != nil && single != nil {
			d.fail(a["allow"].Expr.Range(), "Not a network", `%q is neither an address nor a network such as "10.0.0.0/8".`, s)
		} else if err == nil && prefix.Bits() == 0 {
			d.fail(a["allow"].Expr.Range(), "No isolation", "%q is everybody: the port would not be blocked at all.", s)
		}
	}
}

func (d *decoder) admin(b *hcl.Block, r *Restore) {
	a, blocks := d.content(b.Body, []string{"clusters_files", "authentication", "kerberos_host", "hosts_file", "user", "password_file"},
		hcl.BlockHeaderSchema{Type: "kerberos"})
	m := &r.Admin
	d.value(a, "clusters_files", &m.ClustersFiles)
	d.choice(a, "authentication", &m.Authentication, "off", "keep")
	if d.value(a, "kerberos_host", &m.KerberosHost) && !hostName(m.KerberosHost) {
		d.fail(a["kerberos_host"].Expr.Range(), "Not a host name", "%q can't stand in a hosts file.", m.KerberosHost)
	}
	d.remote(a, "hosts_file", &m.HostsFile)
	d.value(a, "user", &m.User)
	if d.value(a, "password_file", &m.PasswordFile) {
		m.PasswordFile = d.local(m.PasswordFile)
	}
	if (a["user"] == nil) != (a["password_file"] == nil) {
		d.fail(b.DefRange, "Impossible combination", "user and password_file belong together.")
	}
	if a["user"] != nil && m.Authentication == "off" {
		d.fail(a["user"].Range, "Impossible combination", `A user is of no use while authentication is off. Write authentication = "keep", or take user out.`)
	}
	k := d.one(blocks, "kerberos")
	if k == nil {
		return
	}
	d.kerberos(k, &m.Kerberos)
	switch {
	case a["user"] != nil:
		d.fail(k.DefRange, "Impossible combination", "The schedulers ask either for a user and a password or for Kerberos. Keep user, or the block kerberos.")
	case m.Authentication == "off":
		d.fail(k.DefRange, "Impossible combination", `Kerberos is of no use while authentication is off. Write authentication = "keep", or take the block out.`)
	}
}

func (d *decoder) recovery(b *hcl.Block, r *Restore) {
	a, _ := d.content(b.Body, []string{"delete_tasks", "gate", "remedy"})
	d.value(a, "gate", &r.Recovery.Gate)
	d.choice(a, "remedy", &r.Recovery.Remedy, "auto", "none", "rebuild-replica", "salvage-log", "restore-backup")
	if !d.value(a, "delete_tasks", &r.Recovery.DeleteTasks) {
		return
	}
	for i, id := range r.Recovery.DeleteTasks {
		if slices.Contains(r.Recovery.DeleteTasks[:i], id) {
			d.fail(a["delete_tasks"].Expr.Range(), "Duplicate task", "%q is in the list twice.", id)
		}
	}
}

func (d *decoder) procedure(b *hcl.Block, r *Restore) {
	a, _ := d.content(b.Body, []string{"literal", "leader_timeout", "registration_delay", "reconciliation_delay"})
	d.value(a, "literal", &r.Procedure.Literal)
	d.duration(a, "leader_timeout", &r.Procedure.LeaderTimeout, nil)
	d.flagDuration(a, "registration_delay", &r.Procedure.RegistrationDelay)
	d.flagDuration(a, "reconciliation_delay", &r.Procedure.ReconciliationDelay)
}

// flagDuration evaluates a duration that becomes a flag of the schedulers, which have no fractions.
func (d *decoder) flagDuration(attrs hcl.Attributes, name string, target *time.Duration) {
	if d.duration(attrs, name, target, nil); *target%time.Second != 0 {
		d.fail(attrs[name].Expr.Range(), "Not whole seconds", "%s becomes a flag of the schedulers: write whole seconds, minutes, hours or days.", name)
	}
}

// locals evaluates a list of paths on the operator's machine.
func (d *decoder) locals(attrs hcl.Attributes, name string, target *[]string) {
	if d.value(attrs, name, target) {
		for i, p := range *target {
			(*target)[i] = d.local(p)
		}
	}
}

// remote evaluates a path on the hosts: absolute, or in the home folder there.
func (d *decoder) remote(attrs hcl.Attributes, name string, target *string) {
	if d.value(attrs, name, target) && !path.IsAbs(*target) && !strings.HasPrefix(*target, "~/") {
		d.fail(attrs[name].Expr.Range(), "Not an absolute path", "%s is a path on the hosts: begin it with / or ~/.", name)
	}
}

// word evaluates a name that becomes an argument of a program, which would take one with a leading dash for an option.
func (d *decoder) word(attrs hcl.Attributes, name string, target *string) {
	if d.value(attrs, name, target) && (*target == "" || strings.HasPrefix(*target, "-") || strings.ContainsFunc(*target, unicode.IsControl)) {
		d.fail(attrs[name].Expr.Range(), "Not a name", "%s is %q. A name is not empty, has no leading dash and no control characters.", name, *target)
	}
}

// hostName says whether a name can be that of a host.
func hostName(s string) bool {
	return s != "" && !strings.HasPrefix(s, "-") && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._", r)
	})
}

func (d *decoder) choice(attrs hcl.Attributes, name string, target *string, known ...string) {
	if d.value(attrs, name, target) && !slices.Contains(known, *target) {
		d.fail(attrs[name].Expr.Range(), "Unknown choice", "%s is %q. It can be %s.", name, *target, strings.Join(known, " or "))
	}
}
