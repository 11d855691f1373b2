package netfilter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// nft is one run of the program.
type nft struct {
	check        bool
	files, words []string
}

// Main runs nft with the arguments that follow its name on the rules in a state file. It returns the exit code: 1 for every
// failure, and then nothing was changed.
func Main(args []string, stateFile string, stdin io.Reader, stdout, stderr io.Writer) int {
	out, err := run(args, stateFile, stdin)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err) // A program whose standard error is closed has nobody to tell.
		return 1
	}
	if _, err := io.WriteString(stdout, out); err != nil {
		return 1
	}
	return 0
}

func run(args []string, stateFile string, stdin io.Reader) (string, error) {
	if stateFile == "" {
		return "", errors.New("Error: this is not a host of a sandbox: SANDBOX_NETFILTER is not set")
	}
	n, err := options(args)
	if err != nil {
		return "", err
	}
	if n == nil {
		return "nftables v1.0.6 (Lester Gooch #5)\n", nil
	}
	unlock, err := lock(stateFile)
	if err != nil {
		return "", err
	}
	defer unlock()
	rules, err := Load(stateFile)
	if err != nil {
		return "", err
	}
	asked, err := n.follow(rules, stdin)
	if err != nil {
		return "", err
	}
	if !n.check {
		if err := rules.save(stateFile); err != nil {
			return "", err
		}
	}
	var out strings.Builder
	for _, l := range asked {
		out.WriteString(rules.text(l))
	}
	return out.String(), nil
}

// options reads the options; nil says that the version was asked for.
func options(args []string) (*nft, error) {
	n := &nft{}
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-v" || a == "--version":
			return nil, nil //nolint:nilnil // Documented.
		case a == "-c" || a == "--check":
			n.check = true
		case a == "-f" || a == "--file":
			if i++; i == len(args) {
				return nil, fmt.Errorf("nft: option requires an argument -- '%s'", strings.TrimLeft(a, "-"))
			}
			n.files = append(n.files, args[i])
		case strings.HasPrefix(a, "--file="):
			n.files = append(n.files, strings.TrimPrefix(a, "--file="))
		case a == "-a" || a == "--handle" || a == "-n" || a == "--numeric" || a == "-s" || a == "--stateless":
		case strings.HasPrefix(a, "-") && len(n.words) == 0:
			return nil, fmt.Errorf("nft: unrecognized option '%s'", a)
		default:
			n.words = append(n.words, a)
		}
	}
	if len(n.words) == 0 && len(n.files) == 0 {
		return nil, errors.New("nft: no command specified")
	}
	return n, nil
}

// follow runs the files, or else the words, on the rules.
func (n *nft) follow(rules *Ruleset, stdin io.Reader) ([]listing, error) {
	if len(n.files) == 0 {
		s := script{rules: rules}
		err := s.run(strings.Join(n.words, " "))
		return s.asked, err
	}
	var asked []listing
	for _, name := range n.files {
		var text []byte
		var err error
		if name == "-" || name == "/dev/stdin" {
			name = "/dev/stdin"
			text, err = io.ReadAll(stdin)
		} else {
			text, err = os.ReadFile(name)
		}
		if err != nil {
			return nil, fmt.Errorf("internal:0:0-0: Error: Could not open file \"%s\": %w", name, err)
		}
		s := script{rules: rules, source: source{name: name}}
		if err := s.run(string(text)); err != nil {
			return nil, err
		}
		asked = append(asked, s.asked...)
	}
	return asked, nil
}
