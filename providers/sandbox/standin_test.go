package sandbox

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/log/replica"
	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
)

// standIn stands for a scheduler in the tests of the hosts around it: it ends on a log that can't be read, as a scheduler does, and
// else says on /vars that it leads (on the first host) or follows. It elects nobody and keeps no state.
func standIn(args []string) int {
	flags := map[string]string{}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		flags[name] = value
	}
	if _, err := replica.Read(flags["-native_log_file_path"], nil); err != nil {
		fmt.Fprintln(os.Stderr, "EXIT with status 1: Failed to recover the log:", err)
		return 1
	}
	state := "STORAGE_PREPARED"
	if strings.HasSuffix(flags["-ip"], ".1") {
		state = "ACTIVE"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(flags["-ip"], flags["-http_port"]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	server := http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]int{"scheduler_lifecycle_" + state: 1, "framework_registered": 1})
	})}
	fmt.Fprintln(os.Stderr, server.Serve(netfilter.Wrap(l, os.Getenv("SANDBOX_NETFILTER"))))
	return 1
}
