package zookeeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
)

var masterNode = regexp.MustCompile(`^json\.info_(-?\d{10,})$`)

// ErrNoMaster says that no Mesos master is advertised.
var ErrNoMaster = errors.New("no Mesos master is advertised")

// ReadMaster reads the address, host:port, of the leading Mesos master from the folder of -mesos_master_address. Its errors are
// ErrNoMaster, and those of ReadElection. Masters before Mesos 0.24 can't be read: they advertise themselves in another form.
func (e Ensemble) ReadMaster(ctx context.Context, folder string) (string, error) {
	records, err := e.readFolder(ctx, folder, masterNode.MatchString)
	if err != nil {
		return "", fmt.Errorf("find the Mesos master: %w", err)
	}
	leader, lowest := "", int64(0)
	for _, r := range records {
		if n, ok := sequenceOf(masterNode, r.name); ok && (leader == "" || n < lowest) {
			leader, lowest = r.data, n
		}
	}
	if leader == "" {
		return "", fmt.Errorf("%w in %s", ErrNoMaster, folder)
	}
	var info struct {
		Address struct {
			Hostname string `json:"hostname"`
			IP       string `json:"ip"`
			Port     int    `json:"port"`
		} `json:"address"`
	}
	if err := json.Unmarshal([]byte(leader), &info); err != nil {
		return "", fmt.Errorf("the Mesos master's node in %s can't be understood: %w", folder, err)
	}
	host := info.Address.IP
	if host == "" {
		host = info.Address.Hostname
	}
	if host == "" || info.Address.Port == 0 {
		return "", fmt.Errorf("the Mesos master's node in %s names no address", folder)
	}
	return net.JoinHostPort(host, strconv.Itoa(info.Address.Port)), nil
}
