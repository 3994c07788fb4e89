// Package generate makes suggestions to measure with. Only `minyi bench` and
// tests use it: what it writes is counted like any other message, but says
// nothing that a person said.
package generate

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/minyi/minyi/dict"
)

// Generator makes suggestions of about 300 bytes each. No two are alike. The
// keywords of a dictionary stand between sentences that say nothing. Days are
// spread over four weeks, sources over four platforms. The same seed and number
// give the same bytes. Not safe for concurrent use.
type Generator struct {
	seed     uint64
	rnd      *rand.PCG
	keywords [][]byte
	first    time.Time
	days     int
	sources  []string
}

// sources are the sources that a [Generator] draws from by default.
func sources() []string {
	return []string{"people_daily", "xinhua", "cctv", "xuexi"}
}

// defaultDays is over how many days the suggestions are spread by default.
const defaultDays = 28

// New returns a generator with the keywords of d. Words of a rule
// stand together, in the rule's order.
func New(d *dict.Dictionary, seed uint64) *Generator {
	g := &Generator{seed: seed, rnd: rand.NewPCG(seed, 0), first: time.Date(2022, 4, 15, 0, 0, 0, 0, time.UTC)}
	g.Spread(defaultDays, len(sources()))
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			for _, k := range s.Keywords {
				word := k.Word
				for _, w := range k.All {
					word += w
				}
				g.keywords = append(g.keywords, []byte(word))
			}
		}
	}
	return g
}

// nearby is among how many neighbours in the dictionary the keywords of a suggestion
// are drawn: mostly of one sub-theme, as a suggestion has a subject.
const nearby = 40

// Spread sets over how many days (at most 2,000) and over how many sources (n)
// the suggestions are spread. There is no order in them: any two neighbours may be of any day.
func (g *Generator) Spread(days, n int) {
	g.days = days
	g.sources = sources()
	for i := len(g.sources); i < n; i++ {
		g.sources = append(g.sources, "platform_"+strconv.Itoa(i+1))
	}
	g.sources = g.sources[:n]
}

// The sentences are cut so that a keyword may stand between
// any two of them. They name nothing that is counted.
var neutral = []string{
	"希望有关部门能够重视", "我说一点自己的想法", "这件事身边的人都在谈", "前几天又遇到了一次", "不知道别的地方是不是也这样",
	"建议先在小范围里试一试", "再慢慢推开", "写得不好请多包涵", "这是我第一次在网上留言", "说得不一定对",
	"有时候一等就是大半天", "来回跑了三四趟", "最后还是没有结果", "邻居们也都有同感", "大家心里都有一杆秤",
	"能不能定一个明确的期限", "到时候给个准话", "不要总是让人等", "哪怕先回个消息也好", "我们就放心了",
	"以前不是这个样子", "这两年好了不少", "但是还差那么一点", "其中的难处我也明白", "只是想多说一句",
	"关于", "尤其是", "说到", "比如", "还有就是", "另外", "至于", "希望把", "能不能多想想", "最要紧的还是",
	"的事情", "的问题", "这一块", "方面", "上面", "的时候", "这件小事", "这些年的变化", "到底怎么办", "应当再细一些",
}

// marks end a piece of text.
var marks = []string{"，", "。", "，", "！", "，", "；", "，", "？"}

// Append appends the payload of suggestion number i to dst and returns it and
// the suggestion's source.
func (g *Generator) Append(dst []byte, i uint64) (payload []byte, source string) {
	return g.append(dst, i, time.Time{})
}

// AppendLive is Append for a suggestion that was submitted at the given time,
// as those are that arrive while people watch.
func (g *Generator) AppendLive(dst []byte, i uint64, at time.Time) (payload []byte, source string) {
	return g.append(dst, i, at)
}

// append takes a time from the four weeks where none is given.
func (g *Generator) append(dst []byte, i uint64, at time.Time) (payload []byte, source string) {
	g.rnd.Seed(g.seed, i)
	bits := g.rnd.Uint64()
	pick := func(n int) int { // n is below 2^16
		if bits < 1<<16 {
			bits = g.rnd.Uint64() | 1<<63
		}
		v := int(bits & (1<<16 - 1) * uint64(n) >> 16)
		bits >>= 16
		return v
	}
	source = g.sources[pick(len(g.sources))]
	dst = append(dst, `{"id":"bench-`...)
	dst = strconv.AppendUint(dst, g.seed, 36)
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, i, 10)
	dst = append(dst, `","source":"`...)
	dst = append(dst, source...)
	dst = append(dst, `","submitted_at":"`...)
	hour, second := pick(g.days*24), pick(3600)
	if at.IsZero() {
		at = g.first.Add(time.Duration(hour)*time.Hour + time.Duration(second)*time.Second)
	}
	dst = at.AppendFormat(dst, time.RFC3339)
	dst = append(dst, `","text":"`...)
	start, left := len(dst), []int{0, 1, 2, 3, 3, 4, 4, 5}[pick(8)]
	subject := pick(max(1, len(g.keywords)))
	for limit := 150 + pick(100); len(dst)-start < limit; {
		dst = append(dst, neutral[pick(len(neutral))]...)
		if left > 0 && pick(3) == 0 && len(g.keywords) > 0 {
			dst = append(dst, g.keywords[(subject+pick(nearby))%len(g.keywords)]...)
			left--
		}
		dst = append(dst, marks[pick(len(marks))]...)
	}
	return append(dst, `"}`...), source
}
