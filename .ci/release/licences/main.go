// Command licences reads a CycloneDX bill of materials and fails where a component has no licence that may go into the program.
//
//	licences dist/restorectl_VERSION.cdx.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// allowed are licences that ask for no more than to be named, or for changes of their own files. SPDX identifiers. What is found in the
// files of golang.org/x, BSD-3-Clause in words of their own, is taken for BSD-Source-Code.
var allowed = []string{"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD-Source-Code", "ISC", "MPL-2.0", "Unlicense", "CC0-1.0", "0BSD"}

// choice is one licence of a component as CycloneDX writes it.
type choice struct {
	License struct{ ID, Name string }
}

type component struct {
	Name, Version string
	Licenses      []choice
	Evidence      struct{ Licenses []choice }
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: licences FILE.cdx.json")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	var bill struct{ Components []component }
	if err := json.Unmarshal(text, &bill); err != nil {
		fail(fmt.Sprintf("%s is no bill of materials: %v", os.Args[1], err))
	}
	if len(bill.Components) == 0 {
		fail(os.Args[1] + " lists no components")
	}
	bad := 0
	for _, c := range bill.Components {
		names := c.names()
		if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(allowed, n) }) {
			bad++
			fmt.Printf("%s %s: %s\n", c.Name, c.Version, orNone(names))
		}
	}
	if bad > 0 {
		fail(fmt.Sprintf("%d of %d components have a licence that nobody has allowed", bad, len(bill.Components)))
	}
	fmt.Printf("licences: %d components, all of them allowed\n", len(bill.Components))
}

// names are the component's licences, as it says itself or as they were found in its files.
func (c *component) names() []string {
	var names []string
	for _, l := range append(c.Licenses, c.Evidence.Licenses...) {
		if name := l.License.ID + l.License.Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "no licence found"
	}
	return strings.Join(names, ", ")
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, "licences:", why)
	os.Exit(1)
}
