package master

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

const nodePrefix = "json.info_"

// masterInfo is what a master writes into its node in ZooKeeper.
type masterInfo struct {
	Address  masterAddress `json:"address"`
	Hostname string        `json:"hostname"`
	ID       string        `json:"id"`
	// IP is the IPv4 address in network order, read as a little-endian number.
	IP      uint32 `json:"ip"`
	PID     string `json:"pid"`
	Port    int    `json:"port"`
	Version string `json:"version"`
}

type masterAddress struct {
	Hostname string `json:"hostname"`
	IP       string `json:"ip"`
	Port     int    `json:"port"`
}

func (s *Server) pid() string { return "master@" + s.Addr() }

func (s *Server) info() masterInfo {
	host, portText, _ := net.SplitHostPort(s.Addr())
	port, _ := strconv.Atoi(portText)
	info := masterInfo{Address: masterAddress{Hostname: host, IP: host, Port: port}, Hostname: host, ID: s.id, PID: s.pid(),
		Port: port, Version: version}
	if ip := net.ParseIP(host).To4(); ip != nil {
		info.IP = binary.LittleEndian.Uint32(ip)
	}
	return info
}

// zkAddress is zk://user:password@host:port,host:port/path.
type zkAddress struct {
	servers     []string
	path        string
	credentials string
}

func parseZKAddress(address string) (zkAddress, error) {
	rest, ok := strings.CutPrefix(address, "zk://")
	servers, folder, slash := strings.Cut(rest, "/")
	if !ok || !slash || folder == "" {
		return zkAddress{}, errors.New("the master's address is not zk://host:port,host:port/path")
	}
	parsed := zkAddress{path: path.Clean("/" + folder)}
	if at := strings.LastIndexByte(servers, '@'); at >= 0 {
		parsed.credentials, servers = servers[:at], servers[at+1:]
	}
	for _, server := range strings.Split(servers, ",") {
		host, port, err := net.SplitHostPort(server)
		if err != nil || host == "" || port == "" {
			return zkAddress{}, fmt.Errorf("the master's address names %q, which is not host:port", server)
		}
		parsed.servers = append(parsed.servers, server)
	}
	return parsed, nil
}

type silent struct{}

func (silent) Printf(string, ...any) {}

// sessionTimeout is asked of ZooKeeper: that long a master that was killed still seems to lead.
const sessionTimeout = 10 * time.Second

// connect opens a session that the library keeps up by itself, whether or not ZooKeeper is there now.
func (a zkAddress) connect() (*zk.Conn, <-chan zk.Event, error) {
	return zk.Connect(a.servers, sessionTimeout, zk.WithLogger(silent{}), zk.WithLogInfo(false))
}

// authenticate proves the address' credentials, if it has some.
func (a zkAddress) authenticate(conn *zk.Conn) error {
	if a.credentials == "" {
		return nil
	}
	return conn.AddAuth("digest", []byte(a.credentials))
}

func parseMasterInfo(data []byte) (hostport string, err error) {
	var info masterInfo
	if err := json.Unmarshal(data, &info); err != nil {
		return "", err
	}
	if info.Address.IP == "" || info.Address.Port == 0 {
		return "", fmt.Errorf("no address in %q", data)
	}
	return net.JoinHostPort(info.Address.IP, strconv.Itoa(info.Address.Port)), nil
}
