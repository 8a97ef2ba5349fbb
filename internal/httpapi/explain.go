package httpapi

import (
	"context"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

type explainIn struct {
	CustomerPath
	Tag string `query:"tag" required:"true" maxLength:"600" doc:"Id of the tag, its name, or group/name"`
}

// Explained is why a customer has a tag, or has it not.
type Explained struct {
	Tag     TagRef       `json:"tag"`
	AsOf    Time         `json:"as_of"`
	Held    *HeldTag     `json:"held,omitempty" doc:"Absent where the customer has not got it"`
	Because []string     `json:"because" nullable:"false" doc:"One line for each part of the condition that decided the answer, in the language of Accept-Language"`
	Why     *Explanation `json:"why,omitempty" doc:"The condition with what each part of it found; of a ladder's tag, that step's. Absent for a stated tag"`
}

// Explanation is one node of a condition and what it found.
type Explanation struct {
	Kind     string        `json:"kind" doc:"Key of the node in the language" example:"event"`
	Path     string        `json:"path,omitempty" doc:"Its place in the rule"`
	Holds    bool          `json:"holds"`
	Decides  bool          `json:"decides" doc:"Is one of those that made the answer of the whole"`
	Next     Time          `json:"next,omitempty" doc:"The earliest instant at which its answer may differ by time alone"`
	Asks     string        `json:"asks,omitempty" doc:"What it asks, in words"`
	Found    string        `json:"found,omitempty" doc:"What it found, in words"`
	Actual   string        `json:"actual,omitempty" doc:"The value found"`
	Need     string        `json:"need,omitempty" doc:"The comparison it must pass"`
	Gap      string        `json:"gap,omitempty" doc:"What is missing to pass it"`
	Closes   []string      `json:"closes,omitempty" doc:"Kinds of events that may change the answer"`
	Evidence []Fact        `json:"evidence,omitempty" doc:"The newest of the events looked at"`
	Parts    []Explanation `json:"parts,omitempty"`
}

type explainOut struct{ Body Explained }

func (s *server) explain(ctx context.Context, in *explainIn) (*explainOut, error) {
	id, err := customerID(in.ID)
	if err != nil {
		return nil, err
	}
	t, ok := s.findTag(in.Tag)
	if !ok {
		return nil, fault.NotFound("http.tag_unknown", "tag", in.Tag).At("query.tag", 0, 0)
	}
	x, err := s.Engine.Explain(ctx, id, t.ID)
	if err != nil && !fault.Is(err, "tag.no_rule") {
		return nil, err
	}
	view, err := s.Engine.View(ctx, id)
	if err != nil {
		return nil, err
	}
	v := s.vocabulary(ctx)
	out := &explainOut{Explained{Tag: v.tagRef(t.ID), AsOf: timeOf(view.At), Because: []string{}}}
	held := view
	held.Tags = nil
	for _, h := range view.Tags {
		if h.Tag == t.ID {
			held.Tags = append(held.Tags, h)
		}
	}
	tags, err := s.heldTags(ctx, held)
	if err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		out.Body.Held = &tags[0]
		if x == nil {
			out.Body.Because = append(out.Body.Because, tags[0].Cause.Sentence)
		}
	}
	if x == nil {
		return out, nil
	}
	facts, err := s.deciding(ctx, id, evidenceOf(x, nil))
	if err != nil {
		return nil, err
	}
	why := v.explanation(x, facts)
	out.Body.Why, out.Body.Because = &why, append(out.Body.Because, x.Because(v.lang)...)
	return out, nil
}

// findTag finds a tag by id, name or "group/name".
func (s *server) findTag(name string) (tag.Tag, bool) {
	lib := s.Definitions.Library()
	if t, ok := lib.Find(name); ok {
		return t, true
	}
	if id, ok := tag.ParseID(name); ok {
		return lib.Tag(id)
	}
	return tag.Tag{}, false
}

// evidenceOf collects the events that an explanation names, in the form that deciding takes.
func evidenceOf(x *expr.Explanation, into []change.Cause) []change.Cause {
	for _, e := range x.Evidence {
		into = append(into, change.Cause{Arrival: e.Arrival})
	}
	for _, k := range x.Kids {
		into = evidenceOf(k, into)
	}
	return into
}

func (v *vocabulary) explanation(x *expr.Explanation, facts eventsByArrival) Explanation {
	out := Explanation{
		Kind: x.Kind, Path: x.Path, Holds: x.Holds, Decides: x.Decides, Asks: x.Asks.In(v.lang), Found: x.Found.In(v.lang),
		Actual: x.Actual, Need: x.Need, Gap: x.Gap, Closes: x.Closes,
	}
	if x.Next != nil {
		out.Next = timeOf(*x.Next)
	}
	for _, e := range x.Evidence {
		if f := factOf(facts[e.Arrival]); f != nil {
			out.Evidence = append(out.Evidence, *f)
		}
	}
	for _, k := range x.Kids {
		out.Parts = append(out.Parts, v.explanation(k, facts))
	}
	return out
}
