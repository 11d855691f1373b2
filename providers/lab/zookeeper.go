//go:build linux

package lab

import (
	"fmt"
	"strings"
)

// zooKeeperPort is where clients find ZooKeeper on every host.
const zooKeeperPort = "2181"

// ZooKeeperPassword is that of odd hosts' schedulers (Options.Odd).
const ZooKeeperPassword = "zk-pa55word"

// installZooKeeper makes the hosts an ensemble of Debian's ZooKeeper, which starts with them.
func (l *Lab) installZooKeeper() error {
	var servers strings.Builder
	for i, h := range l.Hosts {
		fmt.Fprintf(&servers, "server.%d=%s:2888:3888\n", i+1, h.Name)
	}
	for i, h := range l.Hosts {
		for name, text := range map[string]string{
			"/etc/zookeeper/conf_example/zoo.cfg": "tickTime=1000\ninitLimit=30\nsyncLimit=30\ndataDir=/var/lib/zookeeper\nclientPort=" + zooKeeperPort +
				"\nadmin.enableServer=false\n" + servers.String(),
			"/etc/zookeeper/conf_example/myid": fmt.Sprintf("%d\n", i+1),
			// A JVM for every host: it need be neither large nor fast.
			"/etc/default/zookeeper": "JAVA_OPTS=\"-Xmx96m -XX:+UseSerialGC -XX:TieredStopAtLevel=1\"\n",
		} {
			if err := h.Write(name, text, 0o644); err != nil {
				return err
			}
		}
		if _, err := h.offline("update-rc.d", "zookeeper", "enable"); err != nil {
			return err
		}
	}
	return nil
}

// zooKeepers are the servers, as -zk_endpoints has them, by the hosts' names or their addresses.
func (l *Lab) zooKeepers(by func(h *Host) string) string {
	servers := make([]string, len(l.Hosts))
	for i, h := range l.Hosts {
		servers[i] = by(h) + ":" + zooKeeperPort
	}
	return strings.Join(servers, ",")
}
