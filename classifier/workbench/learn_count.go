package workbench

import (
	"runtime"
	"slices"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// anyMatch is the smallest threshold: any match makes a tag.
const anyMatch = 0.000001

// cloneThemes returns themes whose sub-themes can be changed.
func cloneThemes(themes []dict.Theme) []dict.Theme {
	themes = slices.Clone(themes)
	for i := range themes {
		themes[i].SubThemes = slices.Clone(themes[i].SubThemes)
	}
	return themes
}

// counting returns a classifier that lists every match of every keyword. The keywords
// have the indexes that they have in themes.
func counting(themes []dict.Theme, o classifier.Options) (*classifier.Classifier, error) {
	themes = cloneThemes(themes)
	for i := range themes {
		t := &themes[i]
		t.RelativeThreshold, t.ThresholdLength = 0, 0
		for j := range t.SubThemes {
			s := &t.SubThemes[j]
			s.Threshold = anyMatch
			s.Keywords = slices.Clone(s.Keywords)
			for k := range s.Keywords {
				s.Keywords[k].Weight = 1
			}
		}
	}
	// dict.New is not used, because here a sub-theme may have no keywords.
	return classifier.New(&dict.Dictionary{Themes: themes}, o)
}

// columnsOf counts the matches of all keywords of a counting classifier in all
// samples. The result is by class and keyword.
func (l *learner) columnsOf(c *classifier.Classifier) [][][]entry {
	d := c.Dictionary()
	columns := make([][][]entry, len(l.classes))
	for k, class := range l.classes {
		columns[k] = make([][]entry, len(d.Themes[class.theme].SubThemes[class.sub].Keywords))
	}
	classAt := l.classesOf(d)
	type counted struct {
		class, keyword int
		x              float32
	}
	rows := make([][]counted, len(l.samples))
	inParallel(len(l.samples), func() func(int) {
		var r classifier.Result
		times := map[int]int{}
		return func(row int) {
			c.Classify(&r, []byte(l.samples[row].text))
			for _, tag := range r.Tags {
				clear(times)
				for _, m := range tag.Matches {
					times[m.Keyword] += int(m.Times)
				}
				for keyword, n := range times {
					rows[row] = append(rows[row], counted{classAt[tag.Theme][tag.SubTheme], keyword, float32(damped(n))})
				}
			}
		}
	})
	for row, has := range rows {
		for _, e := range has {
			columns[e.class][e.keyword] = append(columns[e.class][e.keyword], entry{int32(row), e.x})
		}
	}
	return columns
}

// classesOf returns the class of each theme and sub-theme of a dictionary that has
// those of base.
func (l *learner) classesOf(d *dict.Dictionary) [][]int {
	at := make([][]int, len(d.Themes))
	for k, class := range l.classes {
		at[class.theme] = append(at[class.theme], k)
	}
	return at
}

// inParallel calls what newWorker returns for 0 to n-1, on all processors.
func inParallel(n int, newWorker func() func(i int)) {
	var group sync.WaitGroup
	jobs := make(chan int, 64)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			work := newWorker()
			for i := range jobs {
				work(i)
			}
		})
	}
	for i := range n {
		jobs <- i
	}
	close(jobs)
	group.Wait()
}
