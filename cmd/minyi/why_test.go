package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/supervise"
)

// TestReasonsInTheReadersLanguage: what minyi itself gives as a reason is kept in English,
// and each reader has it in her language; so is what older releases kept in English in
// one line. What people wrote, and what older releases kept in Chinese, stays.
func TestReasonsInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	faults := []phrase.Text{
		phrase.Textf("errors: %s, warnings: %s (%s)", "1", "2", phrase.Listed("1 dead-keyword", "2 short-word")),
		phrase.Textf("%d of %d examples failed", 2, 5),
		phrase.Textf("%s: its labellers agree too little, alpha %s on %s texts, at least %s is asked for", goldFile, "0.300", "25", "0.667"),
		phrase.Textf("%s: %s", goldFile, phrase.Textf("no labelled messages")),
	}
	zh := "错误 1 个，警告 2 个（1 dead-keyword, 2 short-word）；5 个例句中 2 个未通过；" +
		"gold.ndjson：标注人之间太不一致，在 25 条上 alpha 为 0.300，要求至少 0.667；gold.ndjson：没有带标注的留言"
	en := "errors: 1, warnings: 2 (1 dead-keyword, 2 short-word); 2 of 5 examples failed; " +
		"gold.ndjson: its labellers agree too little, alpha 0.300 on 25 texts, at least 0.667 is asked for; gold.ndjson: no labelled messages"
	kept := storedFaults(faults)
	for _, c := range []struct{ why, en, zh string }{
		{kept, en, zh},
		{strings.ReplaceAll(kept, "\n", "; "), en, zh}, // of an older release
		{"赶时间 (forced: " + kept + ")", "赶时间 (forced: " + en + ")", "赶时间（强制发布：" + zh + "）"},
		{zh, zh, zh},
		{"new words for schools; asked for by the office", "new words for schools; asked for by the office", "new words for schools; asked for by the office"},
		{supervise.WhyUnread + ": mine", "it cannot be read: mine", "读不出来：mine"},
		{phrase.Textf("saved in %s (up --watch)", "mine").String(), "saved in mine (up --watch)", "mine 里的文件已保存（up --watch）"},
		{phrase.Textf("%s: %d labelled texts, sha256 %.12s", "a.xlsx", 200, "0123456789abcdef").String(), "a.xlsx: 200 labelled texts, sha256 0123456789ab", "a.xlsx：200 条标注，sha256 0123456789ab"},
	} {
		if got := whyIn(c.why, "zh"); got != c.zh {
			t.Errorf("%q\n got %s\nwant %s", c.why, got, c.zh)
		}
		if got := whyIn(c.why, "en"); got != c.en {
			t.Errorf("%q\n got %s\nwant %s", c.why, got, c.en)
		}
	}
	if long := cutWhy(strings.Repeat("a", 2) + strings.Repeat("民", 400)); len(long) > supervise.MaxWhy || !utf8.ValidString(long) || !strings.HasSuffix(long, "民…") || len(long) < supervise.MaxWhy-6 {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}
