package hostsim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSudoRules sees that rules let through what sudo would, and no more: only from ^ to $ are arguments an expression.
func TestSudoRules(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	const rules = "Cmnd_Alias LOOK = /usr/bin/cat ^-- /etc/[a-z]+$, \\\n /usr/bin/df\n" +
		"ops ALL=(root) NOPASSWD: LOOK, /usr/bin/true \"\", /usr/bin/rm -- /tmp/a\nops ALL=(aurora) NOPASSWD: /usr/bin/id\n"
	folder := filepath.Join(root, "etc/sudoers.d")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "restorectl"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]bool{
		"root cat -- /etc/hosts": true, "root cat -- /etc/hosts /etc/shadow": false, "root cat": false, "root df /": true, "root df": true,
		"root true": true, "root true x": false, "root rm -- /tmp/a": true, "root rm -- /tmp/ab": false, "root rm -r -- /tmp/a": false,
		"aurora id": true, "root id": false, "root sh": false,
	} {
		words := strings.Fields(line)
		if got, err := granted([]string{"HOME=" + root}, words[0], words[1:]); err != nil || got != want {
			t.Errorf("%s: %t, %v", line, got, err)
		}
	}
}
