package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// dead is an agent at the other end of a line that went dead: what it is asked from then on it never answers.
type dead struct {
	agent.Agent
	list, sign bool
	end        <-chan struct{}
}

func (d dead) List() ([]*agent.Key, error) {
	if d.list {
		<-d.end
	}
	return d.Agent.List()
}

func (d dead) Sign(key ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	if d.sign {
		<-d.end
	}
	return d.Agent.Sign(key, data)
}

// TestDeadAgent does without an agent that does not answer, and ends where there is no other key.
func TestDeadAgent(t *testing.T) {
	for name, tt := range map[string]struct {
		list, sign, file bool
		want             string
	}{
		"it does not list its keys":                       {list: true, want: "ssh-agent (not usable: it did not answer within 5s)"},
		"it does not list its keys, and there is another": {list: true, file: true},
		"it does not sign":                                {sign: true, want: "no SSH handshake within 5s"},
		"it answers":                                      {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // They wait.
			s := hosttest.Serve(t)
			c := connection(s)
			c.Timeout = 5 * time.Second
			file := filepath.Join(s.Dir, "id")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			key, err := ssh.ParseRawPrivateKey(text)
			if err != nil {
				t.Fatal(err)
			}
			ring := agent.NewKeyring()
			if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
				t.Fatal(err)
			}
			if !tt.file {
				c.IdentityFiles = nil
			}
			end := make(chan struct{})
			t.Cleanup(func() { close(end) })
			_, err = connect(t, s, c, host.Options{AgentSocket: serveAgent(t, dead{ring, tt.list, tt.sign, end})})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
