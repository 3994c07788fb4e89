// Package brokertest holds what the tests of package broker and of the packages
// below it share: servers to be configured and hurt, a quick classifier, and
// messages with a known outcome. It imports no package of the broker, so that
// each of them can use it. Only tests import it.
package brokertest
