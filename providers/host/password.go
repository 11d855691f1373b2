package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/restorectl/restorectl/config"
)

// passwords gives the password that sudo asks for. It is the same on all hosts, is asked for once, and stays in memory.
type passwords struct {
	// file holds it on the operator's machine; empty means that a person is asked.
	file string
	ask  func(ctx context.Context) ([]byte, error)

	mu    sync.Mutex
	known []byte
}

// newPasswords gives nil where sudo is not to be told a password.
func newPasswords(c config.Connection, opts Options) *passwords {
	if c.Become != becomeSudoPassword {
		return nil
	}
	return &passwords{file: c.BecomePasswordFile, ask: opts.BecomePassword}
}

// get gives the password, without a line feed.
func (p *passwords) get(ctx context.Context) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	word, err := p.read(ctx)
	if err != nil {
		return nil, ofOperator(err)
	}
	if len(word) == 0 || bytes.ContainsAny(word, "\n\x00") {
		return nil, errors.New("the password for sudo must be one line of text")
	}
	p.known = word
	return word, nil
}

func (p *passwords) read(ctx context.Context) ([]byte, error) {
	switch {
	case p.file != "":
		text, err := os.ReadFile(p.file)
		if err != nil {
			return nil, fmt.Errorf("become_password_file: %w", err)
		}
		return bytes.TrimRight(text, "\r\n"), nil
	case p.ask == nil:
		return nil, errors.New("there is nobody to ask for the password for sudo: name a become_password_file")
	}
	return p.ask(ctx)
}

// forget lets the password be asked for again, since it was wrong.
func (p *passwords) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = nil
}

// The line that ends what is meant for sudo, and the shell's command that waits for it before it becomes the program. A sudo that does
// not ask after all, because of a rule with NOPASSWD, leaves the password's line unread: it must not become the program's input.
const (
	passwordEnd   = "restorectl"
	afterPassword = `IFS= read -r line; [ "$line" = ` + passwordEnd + ` ] || IFS= read -r line; exec "$@"`
)

// passwordSudo are the words that let sudo read the password from its input, and ask for it every time.
func passwordSudo(user string) (words []string) {
	words = []string{"sudo", "-k", "-S", "-p", ""}
	if user != "" {
		words = append(words, "-u", user)
	}
	return append(words, "--", "sh", "-c", afterPassword, "sh")
}

// withPassword puts the password before a command's input.
func withPassword(word []byte, stdin io.Reader) io.Reader {
	var lead strings.Builder
	lead.Write(word)
	lead.WriteString("\n" + passwordEnd + "\n")
	if stdin == nil {
		return strings.NewReader(lead.String())
	}
	return io.MultiReader(strings.NewReader(lead.String()), stdin)
}
