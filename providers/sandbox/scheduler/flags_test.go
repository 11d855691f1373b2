package scheduler

import (
	"strings"
	"testing"
	"time"
)

var needed = []string{
	"-cluster_name=west", "-serverset_path=/s", "-native_log_zk_group_path=/l", "-native_log_file_path=/db", "-backup_dir=/b", "-mesos_master_address=m:5050",
}

func TestFlagsAreTakenAsStrictlyAsByTheRealScheduler(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-http_port=8081 -http_port=8082", "Can only specify option -http_port once."},
		{"-no_such_flag=1", "Was passed main parameter '-no_such_flag=1' but no main parameter was defined in your arg class"},
		{"-max_registration_delay=6h", `"-max_registration_delay": couldn't convert "6h" to one of [ns, us, ms, secs, mins, hrs, days]`},
		{"-enable_preemptor=yes", `"-enable_preemptor": couldn't convert "yes" to a boolean`},
		{"-native_log_quorum_size=two", `"-native_log_quorum_size": couldn't convert "two" to an integer`},
		{"-dlog_max_entry_size=512", `"-dlog_max_entry_size": couldn't convert "512" to an amount of data`},
		{"http_port=1", "Was passed main parameter 'http_port=1' but no main parameter was defined in your arg class"},
	} {
		_, err := parseFlags(append(strings.Fields(tt.args), needed...))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v", tt.args, err)
		}
	}
	if _, err := parseFlags(needed[1:]); err == nil || err.Error() != "The following options are required: -cluster_name" {
		t.Errorf("without a required flag: %v", err)
	}
}

func TestFlagsAreLoggedAsTheRealSchedulerDoes(t *testing.T) {
	f, err := parseFlags(append([]string{"-max_registration_delay=360mins", "-zk_endpoints=a:1,b:2", "-dlog_max_entry_size=1MB", "-allowed_container_types=MESOS,DOCKER"}, needed...))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(f.lines(), "\n")
	for _, want := range []string{
		"-max_registration_delay: (360, mins)\n", "-zk_endpoints: [a/<unresolved>:1, b/<unresolved>:2]\n", "-hostname: null\n",
		"-allowed_container_types: [MESOS, DOCKER]\n", "-native_log_quorum_size: 1\n", "-dlog_max_entry_size: (1, MB)\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if d := f.duration("max_registration_delay"); d != 6*time.Hour {
		t.Errorf("delay %s", d)
	}
	if n := f.bytes("dlog_max_entry_size"); n != 1<<20 {
		t.Errorf("%d bytes", n)
	}
}
