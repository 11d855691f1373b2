// Package baseline is what the benchmarks of reading backups compare with: the code that the Apache Thrift compiler generates of
// snapshot.thrift, at the version of the library in go.mod. The compiler is built from the sources that come with the library's module:
//
//	go mod download github.com/apache/thrift
//	cmake -S $(go list -m -f '{{.Dir}}' github.com/apache/thrift) -B build -DBUILD_LIBRARIES=OFF -DBUILD_TESTING=OFF
//	make -C build thrift-compiler    # makes build/compiler/cpp/bin/thrift; needs g++, bison and flex
//
// With that in the PATH, go generate makes the code again.
package baseline

//go:generate thrift -strict --gen go:skip_remote -out .. snapshot.thrift
//go:generate gofmt -w snapshot.go snapshot-consts.go GoUnusedProtection__.go
