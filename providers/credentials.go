package providers

import (
	"fmt"
	"os"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/kerberos"
	"github.com/restorectl/restorectl/providers/scheduler"
)

// credentials reads on the operator's machine what proves to the schedulers who calls; nil where authentication is off or asks for
// nothing.
func credentials(a config.Admin) (scheduler.Credentials, error) {
	switch {
	case a.Kerberos.Used():
		return kerberos.Open(a.Kerberos)
	case a.User == "":
		return nil, nil //nolint:nilnil // None are needed.
	}
	text, err := os.ReadFile(a.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("admin.password_file: %w", err)
	}
	return &scheduler.Basic{User: a.User, Password: strings.TrimRight(string(text), "\r\n")}, nil
}
