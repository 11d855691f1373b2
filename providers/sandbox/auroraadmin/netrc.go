package auroraadmin

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/restorectl/restorectl/providers/scheduler"
)

// credentials gives the user of ~/.netrc for a machine, nil where there is none. The real client leaves that to the library that makes
// its requests.
func (a *admin) credentials(machine string) *scheduler.Basic {
	text, err := os.ReadFile(filepath.Join(a.env["HOME"], ".netrc"))
	if err != nil {
		return nil
	}
	var found *scheduler.Basic
	words := strings.Fields(string(text))
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch {
		case found != nil && (words[i] == "machine" || words[i] == "default"):
			return found
		case words[i] == "default", words[i] == "machine" && value == machine:
			found = &scheduler.Basic{}
		case found != nil && words[i] == "login":
			found.User = value
		case found != nil && words[i] == "password":
			found.Password = value
		}
		if words[i] != "default" {
			i++
		}
	}
	return found
}
