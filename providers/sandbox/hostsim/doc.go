// Package hostsim simulates one host of the sandbox: an SSH server, a supervisor of services that is asked through systemctl, and
// the sudo of a machine with one user. The host has an address of its own on loopback and a folder for its files; everything runs
// as the user who runs the sandbox, without root.
//
// The SSH server speaks the real protocol: public keys, exec and shell without a terminal, signals, exit statuses, SFTP, and
// direct-tcpip forwarding, where localhost is the host's own address and connections have it as their source. A command goes on
// when its connection is lost, as under sshd.
//
// The supervisor takes units from lib/systemd/system and etc/systemd/system in the host's folder. It knows ExecStart, Type=simple,
// User (shown, not used), Restart, RestartSec, TimeoutStopSec, SuccessExitStatus, WorkingDirectory, Environment, and StandardOutput
// and StandardError with append:FILE and null. Output that goes to the journal elsewhere is lost here. There is no limit on how
// often a unit starts. A process that leaves its process group leaves the supervisor's hands, too: there are no control groups.
//
// A program on the host that connects to 127.0.0.1 is not taken to the host's own address, and its connections come from
// 127.0.0.1: only the sandbox's own commands and forwarded connections have the host's address as their source.
package hostsim
