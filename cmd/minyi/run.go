package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/user"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// Exit codes, as scripts read them.
const (
	exitDone        = 0
	exitCheck       = 1 // a check failed: the command ran, and the answer is no
	exitUsage       = 2 // what was asked cannot be done: flags, files, dictionaries
	exitEnvironment = 3 // the environment failed: broker down, disk full, port taken
)

// app is one run of the program: where it reads and writes, and its settings. What it
// writes to stdout and stderr is for people: characters that a terminal obeys are made
// visible, as ids, sources and texts may have them. For programs there are data and
// writeJSON.
type app struct {
	env    []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	screen *screen // of the terminal; nil: there is none

	lang     string // zh or en, the language of what people read
	langFlag string // what --lang, the environment or the configuration say of it

	cacheDir            string
	logFormat, logLevel string
	logger              *slog.Logger
	tally               atomic.Pointer[string] // that this process counts; nil before it is known

	denied atomic.Pointer[string] // what the server last said that this user may not do

	prepared atomic.Pointer[classifier.Classifier] // of the dictionary that was prepared last; nil: none is kept

	started bool // a command began; errors before that are wrong usage
}

// run executes one command line and returns its exit code. It uses its
// arguments and nothing else of the process, so that tests can call it.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{env: env, stdin: stdin, stdout: stdout, stderr: stderr}
	a.lang = a.languageOf(args)
	defer a.watchTerminal()()
	a.stdout, a.stderr = textfmt.NewWriter(a.stdout), textfmt.NewWriter(a.stderr)
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var e *exitError
	if !errors.As(err, &e) {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) { // a signal, and not a fault to look for
			a.notef("minyi: %s", a.inLanguage("已中断，没有做完", "stopped before it was done"))
			return exitEnvironment
		}
		code := exitEnvironment
		if !a.started {
			code = exitUsage
		}
		e = &exitError{code: code, err: err}
	}
	if e.err != nil {
		a.printError(a.stderr, e.err)
		if !a.started {
			a.writeWhereHelpIs(cmd)
		}
	}
	return e.code
}

// writeWhereHelpIs says which help tells what could have been typed.
func (a *app) writeWhereHelpIs(cmd *cobra.Command) {
	if cmd.HasSubCommands() {
		a.notef("%s --help lists the commands", cmd.CommandPath())
		return
	}
	if strings.Contains(cmd.Use, " ") { // it takes arguments
		a.notef("usage: %s", a.usageLine(cmd.UseLine()))
	}
	a.notef("%s --help lists its flags", cmd.CommandPath())
}

// printError writes an error for a person: each fault of a dictionary with its
// source line and a caret.
func (a *app) printError(w io.Writer, err error) {
	var faults dict.Errors
	if errors.As(err, &faults) {
		_, _ = faults.WriteIn(w, a.language()) // nobody reads a standard error that is closed
		fmt.Fprintln(w, a.say("minyi: %d to mend in the dictionary", len(faults)))
		return
	}
	fmt.Fprintf(w, "minyi: %s\n", withoutSecrets(a.language().Error(err)))
	if errors.Is(err, errNoDict) {
		fmt.Fprintln(w, a.inLanguage("  提示：检查文件夹的名字；minyi dict new 新建词典，minyi dict export --yaml 文件夹\n  写出内置词典；不写 --dict 就用内置词典",
			"  hint: check the name of the folder; minyi dict new begins a dictionary, minyi dict\n  export --yaml DIR writes the one in the program, which is used without --dict"))
	}
	if denied := a.denied.Load(); denied != nil && errors.Is(err, context.DeadlineExceeded) {
		fmt.Fprint(w, a.say("  hint: the server does not let this user do that: %s\n", *denied),
			a.say("  Give it the right, or log in as another one: deploy/nats/authorization.conf\n"))
	}
	if errors.Is(err, syscall.ENOSPC) {
		fmt.Fprint(w, a.say("  hint: %s\n", phrase.Textf("the disk is full; free some of it, or name a place on another")))
	}
}

// exitError is an error with the exit code that it stands for. A nil err says
// that the message is printed already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return "check failed"
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// In says the error in a language.
func (e *exitError) In(l phrase.Language) string {
	if e.err == nil {
		return l.Say("check failed")
	}
	return l.Error(e.err)
}

func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: phrase.Errorf(format, args...)}
}

func checkError(format string, args ...any) error {
	return &exitError{code: exitCheck, err: phrase.Errorf(format, args...)}
}

// root builds the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "minyi",
		Short: "Count what the public is asking for",
		Long: `minyi (民意) counts what the public is asking for: it reads free-text suggestions
from NATS JetStream, segments the Chinese text, tags each suggestion by theme
with keyword dictionaries, and publishes exact counts.

Try it:  minyi up examples/suggestions.ndjson`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.configure(cmd); err != nil {
				return err
			}
			if err := a.checkLog(); err != nil {
				return err
			}
			a.started = true
			return nil
		},
	}
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.writeHelp(cmd) })
	root.SetUsageFunc(func(cmd *cobra.Command) error { a.writeUsage(a.stderr, cmd); return nil })
	root.PersistentFlags().String("config", "", "configuration file (default: config.yaml in the user's configuration folder minyi)")
	root.PersistentFlags().StringVar(&a.langFlag, "lang", "", "language of tables, reports and findings: zh or en (default: from LANG)")
	a.registerLog(root)
	a.registerCache(root)
	root.AddCommand(
		a.upCommand(),
		a.workCommand(),
		a.sendCommand(),
		a.countsCommand(),
		a.reportCommand(),
		a.ledgerCommand(),
		a.tallyCommand(),
		a.rejectsCommand(),
		a.eraseCommand(),
		a.backupCommand(),
		a.restoreCommand(),
		a.doctorCommand(),
		a.benchCommand(),
		a.classifyCommand(),
		a.dictCommand(),
		a.configCommand(),
		a.urlCommand(),
		a.versionCommand(),
	)
	return root
}

// userName is who runs minyi, as the environment says, or else the operating system: the
// default of --by. It is "" if neither says, as in a container whose user has no name.
func (a *app) userName() string {
	if name := cmp.Or(a.getenv("USER"), a.getenv("LOGNAME")); name != "" {
		return name
	}
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// decider is who decides something that is kept with a name: whom --by names, else who
// runs minyi. A record without a name is refused, because nobody can be asked about it.
func (a *app) decider(by string) (string, error) { return a.named(by, a.userName()) }

func (a *app) named(by, running string) (string, error) {
	if name := cmp.Or(strings.TrimSpace(by), running); name != "" {
		return name, nil
	}
	return "", usageError("who decides it? The system does not say who you are; name somebody with --by NAME, which is kept")
}

// getenv returns the value of an environment variable of this run.
func (a *app) getenv(key string) string {
	value := ""
	for _, kv := range a.env {
		if k, v, ok := strings.Cut(kv, "="); ok && k == key {
			value = v // the last one wins, as in os/exec
		}
	}
	return value
}

// data returns standard output for what programs read byte by byte, such as CSV. At a
// terminal it is the same as for people.
func (a *app) data() io.Writer {
	if terminal(a.stdout) {
		return a.stdout
	}
	return raw(a.stdout)
}

// raw returns what is behind the writer for people.
func raw(w io.Writer) io.Writer {
	if v, ok := w.(*textfmt.Writer); ok {
		return v.Unwrap()
	}
	return w
}

// credentials are those in a URL: nats://user:password@host, nats://token@host, or without
// nats://.
var credentials = regexp.MustCompile(`://[^\s"']*@|^[^\s"'/@]+:[^\s"'/@]*@`)

// withoutSecrets leaves the passwords and tokens of URLs out of what is shown.
func withoutSecrets(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	return credentials.ReplaceAllStringFunc(s, func(found string) string {
		if strings.HasPrefix(found, "://") {
			return "://***@"
		}
		return "***@"
	})
}

// terminal tells whether w is a terminal, for progress bars and colour.
func terminal(w io.Writer) bool { return isTerminal(raw(w)) }

// notMasked is what every command that offers masked texts says of them.
const notMasked = "names, postal\naddresses and short numbers are not: whoever sees a text may know who wrote it"
