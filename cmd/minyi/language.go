package main

import (
	"fmt"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// languageOf returns the language of a command line before its flags are parsed, as
// help and the errors of parsing need it: as --lang, MINYI_LANG, the configuration file
// or the locale say. What cannot be read here is a fault that configure reports.
func (a *app) languageOf(args []string) string {
	if lang, ok := flagIn(args, "lang"); ok {
		return cmpLanguage(lang, a.localeLanguage())
	}
	if lang, ok := a.environment()["lang"]; ok {
		return cmpLanguage(lang, a.localeLanguage())
	}
	named, _ := flagIn(args, "config")
	path, isNamed := a.configPath(named)
	settings, _ := readConfig(path, isNamed, func(string) bool { return true })
	if s, ok := settings["lang"]; ok && len(s.values) == 1 {
		return cmpLanguage(s.values[0], a.localeLanguage())
	}
	return a.localeLanguage()
}

// cmpLanguage is lang, or other if that is none.
func cmpLanguage(lang, other string) string {
	if lang == "zh" || lang == "en" {
		return lang
	}
	return other
}

// flagIn returns the last value that the arguments give to a flag.
func flagIn(args []string, name string) (value string, ok bool) {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if v, found := strings.CutPrefix(arg, "--"+name+"="); found {
			value, ok = v, true
		} else if arg == "--"+name && i+1 < len(args) {
			value, ok = args[i+1], true
		}
	}
	return value, ok
}

// localeLanguage is the language of the locale; English if it is not Chinese.
func (a *app) localeLanguage() string {
	for _, key := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := a.getenv(key); v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh"
			}
			break
		}
	}
	return "en"
}

// checkLanguage says that --lang, however it was given, is no language. Which one is spoken,
// [app.languageOf] has decided before the flags were parsed.
func (a *app) checkLanguage() error {
	if a.langFlag != cmpLanguage(a.langFlag, "") {
		return phrase.Errorf("--lang %s: zh or en", a.langFlag)
	}
	return nil
}

// language is the language of what people read.
func (a *app) language() phrase.Language { return phrase.Language(a.lang) }

// say is fmt.Sprintf in that language.
func (a *app) say(format string, args ...any) string { return a.language().Say(format, args...) }

// notef prints a note for the person at the terminal to standard error. Data
// goes to standard output only.
func (a *app) notef(format string, args ...any) {
	fmt.Fprintln(a.stderr, withoutSecrets(a.say(format, args...)))
}

// inLanguage returns what stands in the language of what people read: for words that are
// names or titles. A sentence with arguments is a phrase (see say).
func (a *app) inLanguage(zh, en string) string {
	if a.lang == "zh" {
		return zh
	}
	return en
}
