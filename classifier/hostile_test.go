package classifier

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict"
)

// hostile generates messages with many edge cases.
type hostile struct {
	rng   *rand.Rand
	words []word   // gse's
	keys  []string // the dictionary's
}

func newHostile(d *dict.Dictionary, seed uint64) *hostile { return hostileOf(d, gseBase().words, seed) }

func hostileOf(d *dict.Dictionary, words []word, seed uint64) *hostile {
	h := &hostile{rng: rand.New(rand.NewPCG(seed, 2)), words: words}
	for _, theme := range d.Themes {
		for _, sub := range theme.SubThemes {
			for _, k := range sub.Keywords {
				h.keys = append(append(h.keys, k.All...), k.Unless...)
				if k.Word != "" {
					h.keys = append(h.keys, k.Word)
				}
			}
		}
	}
	return h
}

var hostilePieces = []string{
	"5G", "5g网络", "双一流A类", "A类", "ＡＰＰ", "APP", "app1", "中国企业", "人民生活", "江泽民主席", "的", "了", "。", "，", " ", "　", "\n",
	"\u200b", "\ufeff", "\ufe0f", "\u00ad", "e\u0301", "é", "\u0301", "J\u030c", "が", "か\u3099", "😀", "🏥", "👨‍👩‍👧", "𠮷", "\U0002f800", "\ufffd",
	"醫療", "學校教育", "乾隆", "１２３４５", "12345", "γ射线", "C++", "№1", "中", "国", "ａ", "Ж", "\x00", "\U0010ffff", "\U000e0100",
}

func (h *hostile) message() []byte {
	var b []byte
	for n := 1 + h.rng.IntN(14); n > 0; n-- {
		switch h.rng.IntN(12) {
		case 0, 1, 2, 3:
			b = append(b, h.words[h.rng.IntN(len(h.words))].text...)
		case 4, 5, 6:
			b = append(b, h.keys[h.rng.IntN(len(h.keys))]...)
		case 7: // half a word
			r := []rune(h.words[h.rng.IntN(len(h.words))].text)
			b = append(b, string(r[h.rng.IntN(len(r)):])...)
		case 8: // half a keyword
			r := []rune(h.keys[h.rng.IntN(len(h.keys))])
			b = append(b, string(r[:1+h.rng.IntN(len(r))])...)
		case 9: // any bytes
			for range 1 + h.rng.IntN(4) {
				b = append(b, byte(h.rng.IntN(256)))
			}
		case 10:
			b = append(b, hostilePieces[h.rng.IntN(len(hostilePieces))]...)
		case 11: // a part of the message so far again, perhaps cut within a character
			if len(b) > 0 {
				from := h.rng.IntN(len(b))
				b = append(b, b[from:from+h.rng.IntN(len(b)-from+1)]...)
			}
		}
	}
	if h.rng.IntN(3) == 0 { // perhaps a title
		b = h.insert(b, titleEnds)
	}
	if h.rng.IntN(12) == 0 {
		b = append([]byte(titleLeads[h.rng.IntN(len(titleLeads))]), b...)
	}
	return b
}

// titleEnds stand between a title and the text, titleLeads before a title.
var (
	titleEnds  = []string{"\n", "\n", "\r\n", "\n\n", " \n　", "\u200b\u200b\u200b\ufe0f\n", "\n\u0301\u0323", "\r", "\u2028"}
	titleLeads = []string{"\n", "\r\n\u200b", "　\ufeff\n", " ", strings.Repeat("的", 55), strings.Repeat("a ", 28), strings.Repeat("\u200b", 70)}
)

// insert inserts one of pieces between two characters of b.
func (h *hostile) insert(b []byte, pieces []string) []byte {
	at := h.rng.IntN(len(b) + 1)
	for at < len(b) && !utf8.RuneStart(b[at]) {
		at++
	}
	return slices.Insert(b, at, []byte(pieces[h.rng.IntN(len(pieces))])...)
}

// lead returns a text that changes the float32 sums after it, so that their rounding
// decides between nearly equal paths.
func (h *hostile) lead() string {
	return strings.Repeat([]string{"。", "的", "a ", "😀"}[h.rng.IntN(4)], 500+h.rng.IntN(4000))
}

// longTexts returns texts of about n bytes, by name: one of every kind that could
// take longer than its length justifies.
func longTexts(h *hostile, n int) map[string][]byte {
	upTo := func(piece func() string) []byte {
		var b []byte
		for len(b) < n {
			b = append(b, piece()...)
		}
		return b
	}
	always := func(s string) func() string { return func() string { return s } }
	return map[string][]byte{
		"words":     upTo(func() string { return h.words[h.rng.IntN(len(h.words))].text }),
		"keywords":  upTo(func() string { return h.keys[h.rng.IntN(len(h.keys))] }),
		"hostile":   upTo(func() string { return string(h.message()) }),
		"sentence":  upTo(always("建议加强中国企业的教育质量，学校收费要公开。")),
		"one rune":  upTo(always("的")),
		"no cut":    upTo(always("中国人民大学生活动中心")),
		"one run":   upTo(always("a1")),
		"emoji":     upTo(always("😀")),
		"invisible": upTo(always("教\u200b")),
		"compose":   upTo(always("e\u0301教育")),
		"marks":     upTo(always("\u0323\u0301")),
		"invalid":   upTo(always("\xff教育")),
		"nothing":   upTo(always("丂")),
	}
}
