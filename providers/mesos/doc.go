// Package mesos asks the Mesos master what runs now and how a framework stands with it. It changes nothing. The facts behind it are in
// the sources of Apache Mesos (src/master/readonly_handler.cpp, src/common/http.cpp).
package mesos
