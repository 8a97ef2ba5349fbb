package httpapi

import (
	"context"

	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

// statementSource is the source of statements made through the API.
const statementSource = "api"

type stateTagIn struct {
	CustomerPath
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Makes repeating the request harmless"`
	Body struct {
		Tag     string `json:"tag" minLength:"1" maxLength:"600" doc:"Id of the tag, its name, or group/name"`
		Present bool   `json:"present" doc:"Whether the customer has it"`
		Until   Time   `json:"until,omitempty" doc:"The statement ends then, exclusively"`
		Actor   string `json:"actor,omitempty" maxLength:"200" doc:"Who states it; default: the API key's name"`
	}
}

type stateTagOut struct{ Body Stated }

// Stated is what became of a statement.
type Stated struct {
	Repeated bool      `json:"repeated" doc:"The Idempotency-Key was used before: nothing was written"`
	Tags     []HeldTag `json:"tags" nullable:"false" doc:"The customer's tags after it"`
}

func (s *server) stateTag(ctx context.Context, in *stateTagIn) (*stateTagOut, error) {
	id, err := customerID(in.ID)
	if err != nil {
		return nil, err
	}
	t, err := s.statedTag(in.Body.Tag)
	if err != nil {
		return nil, err
	}
	if _, err := s.Engine.View(ctx, id); err != nil {
		return nil, err // customer.unknown: a statement makes nobody known
	}
	until := expr.Never
	if in.Body.Until != "" {
		if until, err = in.Body.Until.millis("body.until"); err != nil {
			return nil, err
		}
	}
	req := requestOf(ctx)
	actor := in.Body.Actor
	if actor == "" {
		actor = req.keyName
	}
	ev := engine.StatementEvent(t, in.Body.Present, s.Engine.Now(), until, "hand", actor)
	ev.Source, ev.ID = statementSource, in.Key
	if ev.ID == "" {
		ev.ID = randomID(16)
	}
	receipt, err := s.Engine.Submit(ctx, []engine.Input{{Customer: id, Events: []event.Event{ev}}})
	if err != nil {
		return nil, err
	}
	view, err := s.Engine.View(ctx, id)
	if err != nil {
		return nil, err
	}
	tags, err := s.heldTags(ctx, view)
	return &stateTagOut{Stated{Repeated: receipt.Accepted == 0, Tags: tags}}, err
}

// statedTag finds a tag that takes statements now.
func (s *server) statedTag(name string) (tag.ID, error) {
	lib := s.Definitions.Library()
	t, ok := s.findTag(name)
	if !ok {
		return 0, fault.NotFound("http.tag_unknown", "tag", name).At("body.tag", 0, 0)
	}
	if _, derived := s.Engine.Program().Owner(t.ID); derived || t.Origin == tag.Derived {
		return 0, fault.Conflict("http.tag_derived", "tag", lib.FullName(t))
	}
	if _, takes := s.Engine.Program().Stated(t.ID); !takes {
		return 0, fault.Conflict("http.tag_not_in_force", "tag", lib.FullName(t), "state", string(t.State))
	}
	return t.ID, nil
}

type retryOut struct{}

func (s *server) retryCustomer(ctx context.Context, in *CustomerPath) (*retryOut, error) {
	id, err := customerID(in.ID)
	if err != nil {
		return nil, err
	}
	return &retryOut{}, s.Engine.Retry(ctx, id)
}

var _ = fault.Register(fault.Messages{
	"http.tag_unknown":      {ZH: "没有标签“{tag}”，或有多个标签组都有这个名称（请写成 标签组/标签）", EN: "there is no tag \"{tag}\", or several groups have one of that name (write group/tag)"},
	"http.tag_derived":      {ZH: "标签“{tag}”由规则维护，不能手动打标：它是否成立只看规则的条件", EN: "the tag \"{tag}\" is kept by a rule and takes no statements: whether it holds is up to the rule's condition"},
	"http.tag_not_in_force": {ZH: "标签“{tag}”的状态是 {state}，发布之后才能打标", EN: "the tag \"{tag}\" is {state}; it takes statements once it is published"},
})
