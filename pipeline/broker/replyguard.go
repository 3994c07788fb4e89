package broker

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// WorkerInbox and CommandInbox begin the inboxes of workers and of all other commands,
// where the context does not name others. They lie under _INBOX, so the right to
// _INBOX.> has them, and apart, so that a role can be kept from listening there: answers
// of the broker to a worker hold the key of its deltas and what citizens wrote.
const (
	WorkerInbox  = "_INBOX.minyi.work"
	CommandInbox = "_INBOX.minyi.do"
)

// replyGuard decides to which subjects the service may answer. Whoever asks chooses the
// reply subject, and the answer goes out with the rights of the worker, who may write
// counts and delete streams. So the service never answers into the API of a server
// ($JS, $SYS, $KV and so on), into what minyi or its workers read, or into the stream of
// suggestions. Inboxes have any name, and an import of another account gives them others;
// so it is a list of what is refused, and not of what is allowed.
type replyGuard struct {
	c        *Conn
	suffixes bool // a refused subject is also refused behind other tokens
	own      []string
	stream   atomic.Pointer[[]string] // subjects of the stream of suggestions
}

// newReplyGuard returns a guard that knows the subjects of the stream of suggestions if
// its leader says them now; see refresh.
func (c *Conn) newReplyGuard(ctx context.Context) *replyGuard {
	api := wire.API(c.js)
	g := &replyGuard{c: c}
	if g.suffixes = !strings.HasPrefix(api, "$"); !g.suffixes {
		api = ""
	}
	g.own = refusedReplies(c.names, strings.TrimSuffix(api, "."))
	g.refresh(ctx)
	return g
}

// refusedReplies returns what is refused beside what begins with $. API is the prefix of
// the API where it is imported from another account. The account then has subjects of the
// other one under names that only its configuration knows, such as hub.suggestions.> for
// suggestions.>; so they are refused behind other tokens too (suffixes).
func refusedReplies(n Names, api string) []string {
	own := []string{n.Service + ".>", n.Service, n.SuggestionsSubject + ".>", n.SuggestionsSubject, WorkerInbox + ".>"}
	if api != "" {
		own = append(own, api+".>")
	}
	return own
}

// refresh asks which subjects the stream of suggestions takes; they may be edited.
func (g *replyGuard) refresh(ctx context.Context) {
	s, err := g.c.js.Stream(ctx, g.c.names.Suggestions)
	if err != nil {
		return // what was known stays
	}
	cfg := s.CachedInfo().Config
	subjects := slices.Clone(cfg.Subjects)
	for _, from := range append(slices.Clone(cfg.Sources), cfg.Mirror) {
		if from == nil || from.External != nil {
			continue
		}
		if s, err := g.c.js.Stream(ctx, from.Name); err == nil {
			subjects = append(subjects, s.CachedInfo().Config.Subjects...)
		}
	}
	g.stream.Store(&subjects)
}

// allows reports whether an answer may go to a subject.
func (g *replyGuard) allows(reply string) bool {
	if reply == "" {
		return false
	}
	for token := range strings.SplitSeq(reply, ".") {
		if token == "" || token == "*" || token == ">" || token[0] == '$' {
			return false
		}
	}
	if strings.HasPrefix(reply, CommandInbox+".") {
		return true
	}
	refused := g.own
	if s := g.stream.Load(); s != nil {
		refused = append(refused[:len(refused):len(refused)], *s...)
	}
	for _, pattern := range refused {
		for rest, more := reply, true; more; _, rest, more = strings.Cut(rest, ".") {
			if subjectMatches(pattern, rest) {
				return false
			}
			if !g.suffixes {
				break
			}
		}
	}
	return true
}

// subjectMatches reports whether a subject matches a pattern with the wildcards of NATS.
func subjectMatches(pattern, subject string) bool {
	for {
		p, restPattern, patterns := strings.Cut(pattern, ".")
		s, restSubject, subjects := strings.Cut(subject, ".")
		switch {
		case p == ">":
			return true
		case p != "*" && p != s, patterns != subjects:
			// "a.>" does not match "a", and "a.b" does not match "a".
			return false
		case !patterns:
			return true
		}
		pattern, subject = restPattern, restSubject
	}
}
