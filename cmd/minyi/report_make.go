package main

import (
	"context"
	"errors"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/report"
	"github.com/minyi/minyi/pipeline/supervise"
)

// reportMaker collects what a report is made of: it counts streams again, and finds
// dictionaries by their version.
type reportMaker struct {
	a    *app
	conn *broker.Conn
	dir  string // folder of a dictionary, "" for none

	classifiers map[string]*classifier.Classifier // by version
}

// classifier returns the classifier of a version: from the folder that was named, from
// the program, or from what is stored on the broker.
func (m *reportMaker) classifier(ctx context.Context, version string) (*classifier.Classifier, error) {
	if c := m.classifiers[version]; c != nil {
		return c, nil
	}
	d, err := m.dictionary(ctx, version)
	if err != nil {
		return nil, err
	}
	c, err := m.a.newClassifier(d)
	if err != nil {
		return nil, err
	}
	if m.classifiers == nil {
		m.classifiers = make(map[string]*classifier.Classifier)
	}
	m.classifiers[version] = c
	return c, nil
}

func (m *reportMaker) dictionary(ctx context.Context, version string) (*dict.Dictionary, error) {
	for _, dir := range []string{m.dir, ""} {
		d, err := loadDict(dir)
		if err != nil {
			return nil, err
		}
		if d.Version() == version {
			return d, nil
		}
	}
	packed, err := m.conn.Tallies().Dict(ctx, version)
	if err == nil {
		return supervise.Unpack(version, packed)
	}
	if !errors.Is(err, supervise.ErrNoDict) {
		return nil, err
	}
	return nil, &exitError{code: exitUsage, err: phrase.Errorf(
		"the counts are of dictionary %.12s, which is neither in this program nor on the broker; name its folder with --dict", version)}
}

// measure returns what labelled texts say of a version: from the broker, or else from the
// folder that was named; nil if neither has it.
func (m *reportMaker) measure(ctx context.Context, version string) (*measure.Measure, error) {
	found, err := brokerMeasure(ctx, m.conn, version)
	if err != nil || found != nil || m.dir == "" {
		return found, err
	}
	d, err := loadDict(m.dir)
	if err != nil || d.Version() != version {
		return nil, err
	}
	return m.a.folderMeasure(m.dir, d)
}

// sampleSeed is the seed by which messages to quote are drawn. It is fixed, so that the
// same stream has the same sample.
const sampleSeed = 2022

// recount counts a stream again up to a sequence. If in is not nil, the samples that it
// wants are drawn on the way, and if days is not nil its texts are compared.
func (m *reportMaker) recount(ctx context.Context, spec pipeline.Spec, to uint64, in *report.Input, days *report.TextDays) (pipeline.Recounted, error) {
	if anew, err := m.conn.MadeAnew(ctx, spec); err != nil || anew {
		if anew {
			err = phrase.Errorf("%w: %s", pipeline.ErrStreamReset, spec.Stream)
		}
		return pipeline.Recounted{}, err
	}
	c, err := m.classifier(ctx, spec.Dict)
	if err != nil {
		return pipeline.Recounted{}, err
	}
	total := to + 1 - spec.Base
	if in != nil && days != nil {
		total *= 2 // the texts are read once more
	}
	source, gone := m.a.watched(m.conn.SourceOf(spec.Stream), total)
	defer gone()
	if in == nil {
		return pipeline.Recount(ctx, source, c, spec, to, nil)
	}
	sampler := report.NewSampler(pipeline.NewThemeTree(c.Dictionary()), in.SamplesAsked, in.Days, sampleSeed)
	if days == nil {
		again, err := pipeline.Recount(ctx, source, c, spec, to, sampler.Seen)
		if err == nil {
			in.Samples, err = m.samples(ctx, spec, sampler)
		}
		return again, err
	}
	texts := report.NewTextCounter(c, in.Days, *days, in.MinCell)
	again, err := pipeline.Recount(ctx, source, c, spec, to, func() pipeline.Seen {
		sample, count := sampler.Seen(), texts.Seen()
		return func(msg *pipeline.Message, x *pipeline.Suggestion, r *classifier.Result) {
			sample(msg, x, r)
			count(msg, x, r)
		}
	})
	if err != nil {
		return again, err
	}
	texts.Between()
	if err := pipeline.Reread(ctx, source, spec, to, texts.SeenAgain); err != nil {
		return again, err
	}
	if err := m.near(ctx, spec, to, texts); err != nil {
		return again, err
	}
	if in.Samples, err = m.samples(ctx, spec, sampler); err != nil {
		return again, err
	}
	in.Texts, err = m.texts(ctx, spec, texts, in.SamplesAsked > 0)
	return again, err
}

// near reads the stream once more if many texts are nearly the same.
func (m *reportMaker) near(ctx context.Context, spec pipeline.Spec, to uint64, texts *report.TextCounter) error {
	text, failed, err := m.textOf(ctx, spec)
	if err != nil {
		return err
	}
	found := texts.Patterns(text)
	if *failed != nil || !found {
		return *failed
	}
	return pipeline.Reread(ctx, m.conn.SourceOf(spec.Stream), spec, to, texts.SeenNear)
}

// samples fetches the texts of the messages that were drawn.
func (m *reportMaker) samples(ctx context.Context, spec pipeline.Spec, s *report.Sampler) ([]report.Sample, error) {
	text, failed, err := m.textOf(ctx, spec)
	if err != nil {
		return nil, err
	}
	samples := s.Samples(text)
	return samples, *failed
}

// texts fetches the texts that several messages have, unless none is to be quoted.
func (m *reportMaker) texts(ctx context.Context, spec pipeline.Spec, c *report.TextCounter, quote bool) (*report.Texts, error) {
	if !quote {
		return c.Texts(nil), nil
	}
	text, failed, err := m.textOf(ctx, spec)
	if err != nil {
		return nil, err
	}
	texts := c.Texts(text)
	return texts, *failed
}

// textOf returns what reads the text of a message, and where it leaves the error of the
// broker if it failed.
func (m *reportMaker) textOf(ctx context.Context, spec pipeline.Spec) (text func(seq uint64) (string, bool), failed *error, err error) {
	decoder, err := pipeline.NewSpecDecoder(spec)
	if err != nil {
		return nil, nil, err
	}
	failed = new(error)
	return func(seq uint64) (string, bool) {
		msg, err := m.conn.Message(ctx, spec.Stream, seq)
		if err != nil {
			if !errors.Is(err, pipeline.ErrGone) {
				*failed = err
			}
			return "", false
		}
		var x pipeline.Suggestion
		if decoder.Decode(msg, &x) != "" {
			return "", false
		}
		return string(x.Text), true
	}, failed, nil
}

// earlier is what a report is compared with.
func (m *reportMaker) earlier(ctx context.Context, c comparison, in report.Input) (*report.Earlier, error) {
	if c.none {
		return nil, nil
	}
	e := &report.Earlier{Counts: in.Counts, Days: c.days}
	if c.previous {
		var ok bool
		if e.Days, ok = in.Days.Previous(in.Counts.Totals); !ok {
			return nil, usageError("--compare previous: there are no days that were counted; give FROM..TO")
		}
	}
	if c.stream != "" && c.stream != in.Counts.Info.Spec.Stream {
		info, err := m.conn.SourceOf(c.stream).Info(ctx)
		if err != nil {
			return nil, err
		}
		again, err := m.recountOf(ctx, in.Counts.Info.Spec, info)
		if err != nil {
			return nil, err
		}
		e.Counts = again.Counts
	}
	return e, m.then(ctx, e, in.Counts)
}

// noGeneration stands where a spec is not of a tally that is stored.
const noGeneration = "0000000000000000"

// recountOf counts all of another stream as the spec says.
func (m *reportMaker) recountOf(ctx context.Context, spec pipeline.Spec, info pipeline.StreamInfo) (pipeline.Recounted, error) {
	spec.Stream, spec.Base = info.Name, info.Base
	if spec.Version == pipeline.SpecVersion1 {
		spec.Created = info.Created.UTC()
	} else {
		spec.Generation = noGeneration
	}
	c, err := m.classifier(ctx, spec.Dict)
	if err != nil {
		return pipeline.Recounted{}, err
	}
	source, gone := m.a.watched(m.conn.SourceOf(info.Name), info.Last+1-spec.Base)
	defer gone()
	return pipeline.Recount(ctx, source, c, spec, info.Last, nil)
}

// then finds the counts of the earlier period with the dictionary that was in use then:
// those of the tally that was published last up to its end, or, of another stream, of
// its newest tally. It leaves them out if the dictionary is the same. A tally that is not
// stored any more, or does not go on, is counted again if its dictionary is to be had.
func (m *reportMaker) then(ctx context.Context, e *report.Earlier, now pipeline.Counts) error {
	stream := e.Counts.Info.Spec.Stream
	stored, err := m.conn.Counts().TalliesOf(ctx, stream)
	if err != nil {
		return err
	}
	var published broker.Published
	if e.Days.To != "" {
		published, err = m.conn.PublishedOn(ctx, e.Days.To)
		if err != nil && !errors.Is(err, broker.ErrNotPublished) {
			return err
		}
	}
	id := published.Tally
	for _, a := range stored {
		tally := a.Spec.Tally()
		switch {
		case tally == id:
		case id == "" && stream != now.Info.Spec.Stream:
		default:
			continue
		}
		if a.Spec.Dict == e.Counts.Info.Spec.Dict {
			e.Then = nil
			continue
		}
		counts, err := m.conn.Counts().Snapshot(ctx, tally)
		if err != nil {
			return err
		}
		e.Then = &counts
	}
	if stream != now.Info.Spec.Stream || id == "" || e.Then != nil && e.Then.Frontier == e.Counts.Frontier {
		return nil
	}
	return m.countThen(ctx, e, published)
}

// countThen counts the earlier period again as the tally did that was published then, so
// that both are of the same messages.
func (m *reportMaker) countThen(ctx context.Context, e *report.Earlier, published broker.Published) error {
	spec := e.Counts.Info.Spec
	if spec.Dict = published.Dict; e.Then != nil {
		spec = e.Then.Info.Spec
	}
	if spec.Dict == e.Counts.Info.Spec.Dict || spec.Tally() != published.Tally { // the same, or of other rules
		return nil
	}
	again, err := m.recount(ctx, spec, e.Counts.Frontier, nil, nil)
	var unknown *exitError
	switch {
	case errors.As(err, &unknown) || errors.Is(err, pipeline.ErrOtherDictionary):
		return nil
	case err != nil:
		return err
	}
	e.Then = &again.Counts
	return nil
}
