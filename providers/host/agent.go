package host

import (
	"context"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentKeys asks the agent; one that does not answer is noted and left out.
func (k *keyring) agentKeys(ctx context.Context, t *target, ids *identities) []ssh.Signer {
	if t.agent == "" {
		return nil
	}
	signers, conn, err := askAgent(ctx, t.agent, t.timeout)
	if err != nil {
		ids.note("ssh-agent", err)
		return nil
	}
	ids.close = func() { _ = conn.Close() }
	return signers
}

// askAgent asks for the keys that an agent holds, which ask it over the connection to sign. An agent that was forwarded over a line
// that is dead takes questions and never answers.
func askAgent(ctx context.Context, socket string, limit time.Duration) ([]ssh.Signer, net.Conn, error) {
	patience, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it did not answer within %s", limit))
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(patience, "unix", socket)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(patience, func() { _ = conn.Close() }) // The question then ends.
	signers, err := agent.NewClient(conn).Signers()
	if !stop() {
		err = context.Cause(patience)
	}
	if err != nil {
		_ = conn.Close() // It is of no use any more.
		return nil, nil, err
	}
	return signers, conn, nil
}
