package hostsim

import (
	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sftp serves the machine's files; names that are not absolute are in the host's folder.
func (s *server) sftp(ch ssh.Channel) {
	srv, err := sftp.NewServer(ch, sftp.WithServerWorkingDirectory(s.opts.Root))
	if err != nil {
		exit(ch, 1)
		return
	}
	_ = srv.Serve() // It ends when the client goes.
	_ = srv.Close()
	exit(ch, 0)
}
