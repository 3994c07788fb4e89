package dashboard

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/minyi/minyi/pipeline"
)

// counts answers /counts.json: the snapshot, or 503 while the broker does not
// answer, so that a program never takes old counts for new ones.
func (d *Dashboard) counts(w http.ResponseWriter, r *http.Request) {
	now := d.latest.get(r.Context())
	if now.away() {
		why := "the broker does not answer"
		if now.statusErr == nil {
			why = oneLine(now.countsErr)
		}
		plain(w, http.StatusServiceUnavailable, "counts cannot be read: "+why+"\n")
		return
	}
	s := now.counts.Snapshot
	if s.Themes == nil {
		s.Themes = []pipeline.ThemeCount{} // [] for readers, never null
	}
	b, err := json.Marshal(s.JSON())
	if err != nil {
		panic("a snapshot has only fields that encode: " + err.Error())
	}
	if d.tagged(w, r, now, "json", "") {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	write(w, http.StatusOK, append(b, '\n'))
}

// healthz answers 200 while the process is alive. Whether it can count is asked of
// readyz, so that no supervisor restarts a worker because its broker is down.
func healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

// readyz answers 200 if this process can work: the broker answers, the worker runs, and
// somebody counts what readers are shown.
// Else it answers 503 and one reason a line. Whether all counts were read already does
// not matter: it is not what traffic or a restart could mend.
func (d *Dashboard) readyz(w http.ResponseWriter, r *http.Request) {
	now := d.latest.get(r.Context())
	var reasons []string
	switch {
	case now.statusErr != nil:
		reasons = append(reasons, "broker: does not answer: "+oneLine(now.statusErr))
	case now.status.Draining:
		reasons = append(reasons, "worker: is draining and takes no new work")
	case !now.status.Ready:
		reasons = append(reasons, "worker: does not run yet")
	case now.status.Uncounted != "":
		reasons = append(reasons, "tally: "+now.status.Uncounted)
	}
	if len(reasons) > 0 {
		plain(w, http.StatusServiceUnavailable, strings.Join(reasons, "\n")+"\n")
		return
	}
	plain(w, http.StatusOK, "ready\n")
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func plain(w http.ResponseWriter, code int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	write(w, code, []byte(text))
}

func write(w http.ResponseWriter, code int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body) // the only error is a connection that is closed
}
