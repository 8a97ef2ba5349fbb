package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/definition"
	"github.com/earmarkhq/earmark/internal/fault"
)

// Rule keeps a tag, or a ladder the tags of its group.
type Rule struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	State   string   `json:"state" enum:"draft,published,retired"`
	Newest  uint32   `json:"newest" doc:"Newest version saved"`
	Live    uint32   `json:"live,omitempty" doc:"Version in the newest generation; absent where none is"`
	Created Time     `json:"created"`
	Updated Time     `json:"updated"`
	Tags    []TagRef `json:"tags" nullable:"false" doc:"That its live version keeps"`
}

// RuleVersion is one text of a rule.
type RuleVersion struct {
	Rule     string `json:"rule"`
	Version  uint32 `json:"version"`
	Document string `json:"document" doc:"YAML of the rule alone"`
	Author   string `json:"author"`
	Note     string `json:"note,omitempty"`
	Created  Time   `json:"created"`
}

// Draft is what a document says about one rule.
type Draft struct {
	Rule     string   `json:"rule,omitempty" doc:"Id; absent where a check found a rule that is not saved yet"`
	Version  uint32   `json:"version,omitempty"`
	Name     string   `json:"name"`
	Group    string   `json:"group" doc:"Name of the group of its tags"`
	Tags     []string `json:"tags" nullable:"false" doc:"Names of the tags it keeps, a ladder's best first"`
	Ladder   bool     `json:"ladder,omitempty"`
	Sentence string   `json:"sentence" doc:"The rule for people, in the language of Accept-Language"`
}

// Generation is a set of definitions published together.
type Generation struct {
	Number    uint32    `json:"number"`
	Published Time      `json:"published"`
	Author    string    `json:"author"`
	Note      string    `json:"note,omitempty"`
	State     string    `json:"state" enum:"settling,settled,past" doc:"settling: the customers are being evaluated anew; past: a newer one was published"`
	Progress  float64   `json:"progress" doc:"Of settling, 0 to 1"`
	Rules     []RuleRef `json:"rules,omitempty" doc:"Only where one generation is asked for"`
}

// RuleRef is one version of a rule.
type RuleRef struct {
	Rule    string `json:"rule"`
	Version uint32 `json:"version"`
	Name    string `json:"name"`
}

func (s *server) rules(r *routes) {
	add(r, reader, http.MethodGet, "/rules", "list-rules", "All rules", s.listRules)
	add(r, editor, http.MethodPost, "/rules", "save-rules", "Save a rule document as drafts", s.saveRules, document, status(http.StatusCreated),
		about("The body is a rule document, YAML or JSON. Each rule becomes a new version of the one that keeps the same tag or group, or a new rule; missing groups and tags are made. Nothing takes effect before it is published. All faults of the document come together."))
	add(r, reader, http.MethodPost, "/rules/check", "check-rules", "Check a rule document, saving nothing", s.checkRules, document)
	add(r, reader, http.MethodGet, "/rules/{id}", "get-rule", "One rule", s.getRule)
	add(r, reader, http.MethodGet, "/rules/{id}/versions", "list-rule-versions", "All versions of a rule, newest first", s.listVersions)
	add(r, reader, http.MethodGet, "/rules/{id}/versions/{version}", "get-rule-version", "One version of a rule", s.getVersion)
	add(r, reader, http.MethodGet, "/definitions", "list-definitions", "Metrics, segments and cut tables that rules refer to", s.listDefinitions)
	add(r, reader, http.MethodGet, "/generations", "list-generations", "What was published, newest first", s.listGenerations)
	add(r, editor, http.MethodPost, "/generations", "publish", "Publish all drafts as the next generation", s.publish, status(http.StatusAccepted),
		about("From now on every customer is evaluated by it; a walk evaluates those that nothing happens to. The answer comes before the walk ends: watch the generation's state."))
	add(r, reader, http.MethodGet, "/generations/{number}", "get-generation", "One generation", s.getGeneration)
}

// document describes a body that is a rule document.
func document(op *huma.Operation) {
	op.SkipValidateBody = true
	op.RequestBody = &huma.RequestBody{
		Description: "A rule document; docs/language.md describes it",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object"}}},
	}
}

type documentIn struct {
	Note    string `query:"note" maxLength:"1000" doc:"Why, for the list of versions"`
	RawBody []byte `contentType:"application/yaml"`
}

type draftsOut struct {
	Body struct {
		Rules []Draft `json:"rules" nullable:"false"`
	}
}

func (s *server) draftsOf(ctx context.Context, drafts []definition.Draft) *draftsOut {
	out := &draftsOut{}
	out.Body.Rules = []Draft{}
	lang := requestOf(ctx).lang
	for _, d := range drafts {
		w := Draft{Version: d.Version, Name: d.Name, Group: d.Group, Tags: d.Tags, Ladder: d.Ladder, Sentence: d.Sentence(lang)}
		if d.Rule != 0 {
			w.Rule = wireID(d.Rule)
		}
		out.Body.Rules = append(out.Body.Rules, w)
	}
	return out
}

func (s *server) checkRules(ctx context.Context, in *documentIn) (*draftsOut, error) {
	drafts, err := s.Definitions.Check(ctx, in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.draftsOf(ctx, drafts), nil
}

func (s *server) saveRules(ctx context.Context, in *documentIn) (*draftsOut, error) {
	drafts, err := s.Definitions.Save(ctx, s.by(ctx), in.RawBody, in.Note)
	if err != nil {
		return nil, err
	}
	return s.draftsOf(ctx, drafts), nil
}

type rulesOut struct{ Body Page[Rule] }

func (s *server) ruleOf(v *vocabulary, r catalog.Rule) Rule {
	out := Rule{
		ID: wireID(r.ID), Name: r.Name, State: string(r.State), Newest: r.Newest, Live: r.Live,
		Created: timeOf(r.Created), Updated: timeOf(r.Updated), Tags: []TagRef{},
	}
	p := s.Engine.Program()
	for i := range p.Rules {
		if p.Rules[i].ID != r.ID {
			continue
		}
		for _, t := range p.Rules[i].Keeps() {
			out.Tags = append(out.Tags, v.tagRef(t))
		}
	}
	return out
}

func (s *server) listRules(ctx context.Context, _ *struct{}) (*rulesOut, error) {
	v := s.vocabulary(ctx)
	out := &rulesOut{Page[Rule]{Items: []Rule{}}}
	for _, r := range v.lib.Rules {
		out.Body.Items = append(out.Body.Items, s.ruleOf(v, r))
	}
	return out, nil
}

// RulePath is the part of a request that names a rule.
type RulePath struct {
	ID string `path:"id" doc:"Id of the rule"`
}

func (in *RulePath) id() (uint32, error) { return readID[uint32](in.ID, "path.id") }

type ruleOut struct{ Body Rule }

func (s *server) getRule(ctx context.Context, in *RulePath) (*ruleOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	r, ok := s.Definitions.Library().Rule(id)
	if !ok {
		return nil, catalog.NotFound("rule", in.ID)
	}
	return &ruleOut{s.ruleOf(s.vocabulary(ctx), r)}, nil
}

type versionsOut struct{ Body Page[RuleVersion] }

func versionOf(v catalog.RuleVersion) RuleVersion {
	return RuleVersion{Rule: wireID(v.Rule), Version: v.Version, Document: v.Document, Author: v.Author, Note: v.Note, Created: timeOf(v.Created)}
}

func (s *server) listVersions(ctx context.Context, in *RulePath) (*versionsOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if _, ok := s.Definitions.Library().Rule(id); !ok {
		return nil, catalog.NotFound("rule", in.ID)
	}
	vs, err := s.Catalog.Versions(ctx, id)
	out := &versionsOut{Page[RuleVersion]{Items: []RuleVersion{}}}
	for _, v := range vs {
		out.Body.Items = append(out.Body.Items, versionOf(v))
	}
	return out, err
}

type versionIn struct {
	RulePath
	Version uint32 `path:"version" minimum:"1"`
}

type versionOut struct{ Body RuleVersion }

func (s *server) getVersion(ctx context.Context, in *versionIn) (*versionOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	v, err := s.Catalog.Version(ctx, id, in.Version)
	return &versionOut{versionOf(v)}, err
}

// Definition is a metric, a segment or a cut table.
type Definition struct {
	Kind     string `json:"kind" enum:"metric,segment,table"`
	Name     string `json:"name"`
	Document string `json:"document" doc:"YAML"`
}

type definitionsOut struct{ Body Page[Definition] }

func (s *server) listDefinitions(ctx context.Context, _ *struct{}) (*definitionsOut, error) {
	docs, err := s.Catalog.Documents(ctx)
	out := &definitionsOut{Page[Definition]{Items: []Definition{}}}
	for _, d := range docs {
		out.Body.Items = append(out.Body.Items, Definition{Kind: string(d.Kind), Name: d.Name, Document: d.Text})
	}
	return out, err
}

type publishIn struct {
	Body struct {
		Previous *uint32  `json:"previous,omitempty" doc:"The newest generation you have seen; if another was published since, 409"`
		Retire   []string `json:"retire,omitempty" doc:"Ids of rules to leave out; their tags go"`
		Restore  []string `json:"restore,omitempty" doc:"Ids of retired rules to take in again"`
		Note     string   `json:"note,omitempty" maxLength:"1000"`
	}
}

type generationOut struct{ Body Generation }

func (s *server) publish(ctx context.Context, in *publishIn) (*generationOut, error) {
	pub := definition.Publication{Previous: in.Body.Previous, Note: in.Body.Note}
	var faults fault.List
	for _, list := range []struct {
		ids   []string
		into  *[]uint32
		where string
	}{{in.Body.Retire, &pub.Retire, "body.retire"}, {in.Body.Restore, &pub.Restore, "body.restore"}} {
		for _, text := range list.ids {
			id, err := readID[uint32](text, list.where)
			faults.Add(err)
			*list.into = append(*list.into, id)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	g, err := s.Publisher.Publish(ctx, s.by(ctx), pub)
	if err != nil {
		return nil, err
	}
	return &generationOut{s.generationOf(g)}, nil
}

func (s *server) generationOf(g catalog.Generation) Generation {
	out := Generation{Number: g.Number, Published: timeOf(g.Published), Author: g.Author, Note: g.Note, State: "past", Progress: 1}
	if g.Number == s.Definitions.Library().Generation {
		out.State = "settled"
		if share, settling := s.Publisher.Settling(); settling {
			out.State, out.Progress = "settling", share
		}
	}
	return out
}

type generationsOut struct{ Body Page[Generation] }

func (s *server) listGenerations(ctx context.Context, _ *struct{}) (*generationsOut, error) {
	gens, err := s.Catalog.GenerationList(ctx)
	out := &generationsOut{Page[Generation]{Items: []Generation{}}}
	for _, g := range gens {
		out.Body.Items = append(out.Body.Items, s.generationOf(g))
	}
	return out, err
}

type generationIn struct {
	Number uint32 `path:"number" minimum:"1"`
}

func (s *server) getGeneration(ctx context.Context, in *generationIn) (*generationOut, error) {
	g, err := s.Catalog.Generation(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	out := &generationOut{s.generationOf(g)}
	v := s.vocabulary(ctx)
	for _, r := range g.Rules {
		out.Body.Rules = append(out.Body.Rules, RuleRef{Rule: wireID(r.Rule), Version: r.Version, Name: v.ruleName(r.Rule)})
	}
	return out, nil
}
