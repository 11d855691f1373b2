package firewall

import (
	"slices"
	"strings"
	"testing"
)

const zonesListing = `block
  target: %%REJECT%%
  icmp-block-inversion: no
  rich rules: 

internal (active)
  target: default
  interfaces: eth1
  rich rules: 
	rule priority="-32767" family="ipv4" source address="10.0.0.0/8" port port="8081" protocol="tcp" accept
	rule priority="-32766" family="ipv4" port port="8081" protocol="tcp" reject type="tcp-reset"
	rule priority="-32766" family="ipv6" port port="8081" protocol="tcp" reject type="tcp-reset"

public (default, active)
  target: default
  services: ssh
  rich rules: 
	rule priority="-32766" family="ipv6" port port="8081" protocol="tcp" reject type="tcp-reset"
	rule family="ipv4" source address="192.0.2.9" reject
	rule priority="-32767" family="ipv4" source address="10.0.0.0/8" port port="8081" protocol="tcp" accept
	rule priority="-32766" family="ipv4" port port="8081" protocol="tcp" reject type="tcp-reset"
`

func TestZones(t *testing.T) {
	r, err := newRuleset(8081, []string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	const v6 = `	rule priority="-32766" family="ipv6" port port="8081" protocol="tcp" reject type="tcp-reset"` + "\n"
	for _, c := range []struct {
		name, text         string
		any, force, blocks bool
	}{
		{"as they should be", zonesListing, true, true, true},
		{"one family is open", strings.Replace(zonesListing, v6, "", 1), true, false, false},
		{"another port", strings.ReplaceAll(zonesListing, "8081", "8082"), true, false, false},
		{"a zone became active", strings.Replace(zonesListing, "block\n", "block (active)\n", 1), true, false, false},
		{"one address more", strings.Replace(zonesListing, v6, v6+strings.Replace(v6, "-32766", "-32767", 1), 1), true, false, true},
		{"after a reload", "public (default, active)\n  rich rules: \n", false, false, false},
	} {
		z := parseZones(c.text)
		if z.any() != c.any || z.inForce(r) != c.force || z.blocks(8081) != c.blocks {
			t.Errorf("%s: any %t, in force %t, blocks %t", c.name, z.any(), z.inForce(r), z.blocks(8081))
		}
	}
	if z := parseZones(zonesListing); !slices.Equal(z.used, []string{"internal", "public"}) {
		t.Errorf("used zones %v", z.used)
	}
}

func TestReleasesOfFirewalld(t *testing.T) {
	for version, want := range map[string]bool{"0.6.3\n": false, "0.7.0": true, "0.9.11\n": true, "1.3.3\n": true, "2.0": true, "": false, "x": false} {
		if hasPriorities(version) != want {
			t.Errorf("%q: %t", version, !want)
		}
	}
}
