package doctor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
)

// version looks at the version of the server that we are connected to.
func (d *doctor) version(context.Context) {
	_, version := d.c.Server()
	if movesCreation(version) {
		d.addf("version", Warn, phrase.Textf("upgrade nats-server to 2.12.16, 2.14.6 or 2.15: a tally is known by the creation time of its stream, which a restart after nats stream edit changes"),
			"nats-server %s changes the creation time of a stream", version)
		return
	}
	d.okf("version", "nats-server %s, at least 2.12 is needed", version)
}

// movesCreation tells whether a single server of this version forgets when a stream was
// created: after a restart, a change of the stream's settings stores the time of the
// restart in its place (nats-server#8470).
func movesCreation(version string) bool {
	major, minor, patch, ok := parseVersion(version)
	if !ok || major != 2 {
		return false
	}
	switch minor {
	case 12:
		return patch <= 15
	case 13:
		return true
	case 14:
		return patch <= 5
	}
	return false
}

func parseVersion(version string) (major, minor, patch int, ok bool) {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "-")
	f := strings.Split(version, ".")
	if len(f) != 3 {
		return 0, 0, 0, false
	}
	var n [3]int
	for i := range f {
		var err error
		if n[i], err = strconv.Atoi(f[i]); err != nil {
			return 0, 0, 0, false
		}
	}
	return n[0], n[1], n[2], true
}

// servers connects to every server of the cluster and compares their versions. Which
// server leads a stream changes at any time, so the oldest one decides what works.
func (d *doctor) servers(ctx context.Context) {
	const check = "servers"
	if d.o.Server != nil {
		return
	}
	versions := map[string][]string{}
	all := d.js.Conn().Servers()
	if len(all) < 2 {
		return
	}
	for _, url := range all {
		if _, who, ok := strings.Cut(d.o.URL, "://"); ok && !strings.Contains(url, "@") {
			if who, _, ok := strings.Cut(who, "@"); ok { // user and password are those of the first address
				url = strings.Replace(url, "://", "://"+who+"@", 1)
			}
		}
		o := d.o
		o.URL, o.OnError, o.OnReconnect = url, nil, nil
		c, err := broker.Connect(ctx, o)
		if err != nil {
			d.addf(check, Warn, phrase.Textf("start it, or take it out of the cluster"), "%s could not be asked: %v", broker.Address(url), err)
			return
		}
		_, version := c.Server()
		c.Close()
		versions[version] = append(versions[version], broker.Address(url))
	}
	if len(versions) <= 1 {
		d.okf(check, "%d servers, all of the same version", len(all))
		return
	}
	var found []string
	for version, urls := range versions {
		found = append(found, fmt.Sprintf("%s: %s", version, strings.Join(urls, ", ")))
	}
	slices.Sort(found)
	d.addf(check, Warn, phrase.Textf("run the same version everywhere: a stream that a server of 2.15 leads cannot always be led by an older one"),
		"several versions: %s", strings.Join(found, "; "))
}
