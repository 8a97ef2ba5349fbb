package httpapi

import (
	"fmt"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/fault"
)

// Cause is who or what made a change, for programs and, as a sentence, for people.
type Cause struct {
	Kind     string `json:"kind" enum:"event,deadline,publish,statement,tag,identity" doc:"event: an event made the condition flip; deadline: time alone did; publish: a new version of the rules; statement: a hand or an import; tag: another tag of the customer; identity: the customer became known"`
	Rule     string `json:"rule,omitempty" doc:"Id of the rule that acted"`
	RuleName string `json:"rule_name,omitempty"`
	Version  uint32 `json:"version,omitempty" doc:"Version of that rule"`
	Event    *Fact  `json:"event,omitempty" doc:"The deciding event"`
	Tag      string `json:"tag,omitempty" doc:"With kind tag: id of that tag"`
	Actor    string `json:"actor,omitempty" doc:"With kind statement: the staff member, key or file"`
	Sentence string `json:"sentence" doc:"The cause for people, in the language of Accept-Language"`
}

// Fact names an event without its properties.
type Fact struct {
	Type   string `json:"type" example:"order.paid"`
	Time   Time   `json:"time"`
	Source string `json:"source"`
	ID     string `json:"id" doc:"Message id; with source it names the event"`
}

func factOf(ev *event.Event) *Fact {
	if ev == nil {
		return nil
	}
	return &Fact{Type: ev.Type, Time: timeOf(ev.Time), Source: ev.Source, ID: ev.ID}
}

// causeKinds are the names of change.CauseKind on the wire.
var causeKinds = map[change.CauseKind]string{
	change.ByEvent: "event", change.ByDeadline: "deadline", change.ByPublish: "publish",
	change.ByStatement: "statement", change.ByTag: "tag", change.ByIdentity: "identity",
}

// cause tells a row's cause. ev is its deciding event, nil where there is none or it is not known.
func (v *vocabulary) cause(c change.Cause, ev *event.Event) Cause {
	out := Cause{
		Kind: causeKinds[c.Kind], RuleName: v.ruleName(c.Rule), Version: c.Version,
		Event: factOf(ev), Actor: c.Actor, Sentence: v.causeSentence(c, ev),
	}
	if c.Rule != 0 {
		out.Rule = wireID(c.Rule)
	}
	if c.Tag != 0 {
		out.Tag = c.Tag.String()
	}
	return out
}

func (v *vocabulary) causeSentence(c change.Cause, ev *event.Event) string {
	zh := v.lang != fault.EN
	rule := ""
	if c.Rule != 0 {
		rule = choose(zh, fmt.Sprintf("，依据规则「%s」第 %d 版", v.ruleName(c.Rule), c.Version),
			fmt.Sprintf(", by rule \"%s\" version %d", v.ruleName(c.Rule), c.Version))
	}
	switch c.Kind {
	case change.ByEvent:
		if ev == nil {
			return choose(zh, "有新的事件", "a new event") + rule
		}
		return choose(zh, fmt.Sprintf("%s 发生了 %s", v.clockTime(ev.Time), ev.Type), fmt.Sprintf("%s at %s", ev.Type, v.clockTime(ev.Time))) + rule
	case change.ByDeadline:
		return choose(zh, "时间到了", "time passed") + rule
	case change.ByPublish:
		return choose(zh, "规则发布", "rules were published") + rule
	case change.ByTag:
		name := v.tagName(c.Tag)
		return choose(zh, "标签「"+name+"」变了", "the tag \""+name+"\" changed") + rule
	case change.ByIdentity:
		return choose(zh, "客户的身份得到确认", "the customer became known") + rule
	case change.ByStatement:
		return v.statementSentence(c, ev, zh)
	}
	return ""
}

func (v *vocabulary) statementSentence(c change.Cause, ev *event.Event, zh bool) string {
	by := ""
	if ev != nil {
		by = ev.Props.Get("by").Text()
	}
	who := map[string][2]string{
		"hand": {"手动", "by hand"}, "import": {"导入", "by import"}, "platform": {"企业微信", "by WeCom"}, "": {"打标声明", "by statement"},
	}[by]
	if who == [2]string{} {
		who = [2]string{by, "by " + by}
	}
	s := choose(zh, who[0], who[1])
	if c.Actor != "" {
		s += choose(zh, "（"+c.Actor+"）", " ("+c.Actor+")")
	}
	return s
}

func choose(zh bool, a, b string) string {
	if zh {
		return a
	}
	return b
}
