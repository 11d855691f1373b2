// Package config reads restore.hcl: what an operator wants restored, from what, and how far it may go. It knows nothing of hosts.
//
// Every mistake is a diagnostic with the place, the source line and a remedy, and all mistakes of a file are reported in one go.
package config
