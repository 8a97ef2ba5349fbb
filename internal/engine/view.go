package engine

import (
	"context"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
	"github.com/earmarkhq/earmark/internal/value"
)

var _ = fault.Register(fault.Messages{
	"customer.unknown": {ZH: "没有编号为 {customer} 的客户", EN: "no customer {customer}"},
	"tag.unknown":      {ZH: "没有编号为 {tag} 的标签", EN: "no tag {tag}"},
	"metric.unknown":   {ZH: "没有名为 {metric} 的指标", EN: "no metric {metric}"},
	"tag.no_rule":      {ZH: "标签 {tag} 由人工声明,没有规则可解释", EN: "tag {tag} is stated by hand; no rule decides it"},
})

// read runs fn on the customer's shard with its state at the present instant, due deadlines applied.
func (e *Engine) read(ctx context.Context, id customer.ID, fn func(wk *worker) error) error {
	return e.on(ctx, e.shardOf(id), func(sh *shard) error {
		sh.tick()
		if !sh.live {
			sh.moveTo(e.lastSeen())
		}
		wk := sh.workerOf(id.Slot())
		if err := sh.load(wk, id); err != nil {
			return err
		}
		if !wk.s.known {
			return fault.NotFound("customer.unknown", "customer", id.String())
		}
		if wk.s.failed == "" && (wk.s.stale || wk.s.due() <= sh.now) {
			wk.u.begin(sh.now, &wk.s)
			sh.evaluate(wk)
			var r Receipt
			if err := sh.save(wk, &r); err != nil {
				return err
			}
		}
		wk.s.view.Reset()
		return fn(wk)
	})
}

// View returns the customer as of now, due deadlines applied. Errors: customer.unknown.
func (e *Engine) View(ctx context.Context, id customer.ID) (View, error) {
	var v View
	err := e.read(ctx, id, func(wk *worker) error {
		s := &wk.s
		v = View{
			Customer: id, At: max(s.at, e.shardOf(id).now), Strong: s.strong, Deadline: s.due(),
			Arrivals: s.arrivals, Error: strings.Clone(s.failed),
		}
		for _, k := range s.identities {
			v.Identities = append(v.Identities, customer.Key{Kind: customer.Kind(strings.Clone(string(k.Kind))), Value: strings.Clone(k.Value)})
		}
		for i := range s.held {
			v.Tags = append(v.Tags, wk.heldView(i))
		}
		return nil
	})
	return v, err
}

func (wk *worker) heldView(i int) Held {
	h := &wk.s.held[i]
	out := Held{Tag: h.tag, At: h.at, Since: h.since, Cause: h.cause, Next: expr.Never}
	out.Cause.Actor = strings.Clone(h.cause.Actor)
	if r, ok := wk.p.Owner(h.tag); ok {
		out.Next = wk.s.nexts[r]
	} else if reg := wk.s.register(h.tag, wk.s.at); reg != nil {
		out.Next = reg.until
	}
	return out
}

// Explain answers why the customer has the tag or has it not, as of now; for a ladder's tag
// with keeping and demotion. Errors: customer.unknown, tag.unknown, tag.no_rule.
func (e *Engine) Explain(ctx context.Context, id customer.ID, t tag.ID) (*expr.Explanation, error) {
	var x *expr.Explanation
	err := e.read(ctx, id, func(wk *worker) error {
		i, ok := wk.p.Owner(t)
		if !ok {
			if _, stated := wk.p.Stated(t); stated {
				return fault.Invalid("tag.no_rule", "tag", t.String())
			}
			return fault.NotFound("tag.unknown", "tag", t.String())
		}
		r := &wk.p.Rules[i]
		if r.Ladder != nil {
			step := slices.Index(r.Keeps(), t)
			x = expr.ExplainLadder(wk.p.Compiler, r.Def.Ladder.Spec(), r.Ladder, step, wk.s.view, wk.s.at)
			return nil
		}
		x = expr.Explain(wk.p.Compiler, r.When, wk.s.view, wk.s.at)
		return nil
	})
	return x, err
}

// Metric computes a named metric of the customer as of now; ok is false when it is absent.
func (e *Engine) Metric(ctx context.Context, id customer.ID, name string) (v value.Num, ok bool, err error) {
	err = e.read(ctx, id, func(wk *worker) error {
		m, found := wk.p.Metric(name)
		if !found {
			return fault.NotFound("metric.unknown", "metric", name)
		}
		v, ok, _ = m(wk.s.view, max(wk.s.at, e.shardOf(id).now))
		return nil
	})
	return v, ok, err
}

// Attributes returns the customer's attributes as of now: for each top-level key the newest update by
// its own time, ties by arrival; removed ones are left out.
func (e *Engine) Attributes(ctx context.Context, id customer.ID) (value.Value, error) {
	now := e.Now()
	newest := map[string]value.Value{}
	// Events come by (time, arrival), so the last one seen of a key is its newest.
	err := e.opt.Ledger.Events(ctx, id, math.MinInt64, now+1, func(ev *event.Event) error {
		if ev.Type == event.Identify {
			for _, f := range ev.Props.Fields() {
				newest[strings.Clone(f.Key)] = f.Val.Clone()
			}
		}
		return nil
	})
	var fields []value.Field
	for k, v := range newest {
		if !v.Absent() {
			fields = append(fields, value.Field{Key: k, Val: v})
		}
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].Key < fields[j].Key })
	return value.NewObject(fields...), err
}

// Retry decides everything about a customer anew, as after an evaluation that failed. The log gets a row that
// says so. Errors: customer.unknown.
func (e *Engine) Retry(ctx context.Context, id customer.ID) error {
	return e.on(ctx, e.shardOf(id), func(sh *shard) error {
		sh.tick()
		wk := sh.workerOf(id.Slot())
		if err := sh.load(wk, id); err != nil {
			return err
		}
		if !wk.s.known {
			return fault.NotFound("customer.unknown", "customer", id.String())
		}
		row := change.Row{Customer: id, Kind: change.Reached, At: sh.now, Since: sh.now, Recorded: sh.now, Gen: wk.p.Set.Gen}
		if err := sh.w.Append(&row); err != nil {
			return err
		}
		wk.s.seq = row.Seq
		sh.reevaluate(wk, change.ByEvent)
		var r Receipt
		return sh.save(wk, &r)
	})
}

// Due is a customer's next deadline.
type Due struct {
	Customer customer.ID
	At       int64 // Unix milliseconds
}

// Upcoming returns the n earliest deadlines of all customers, in order.
func (e *Engine) Upcoming(ctx context.Context, n int) ([]Due, error) {
	parts := make([][]timerItem, len(e.shards))
	err := e.each(ctx, func(sh *shard) error {
		parts[sh.part] = sh.timers.first(n)
		return nil
	})
	var all []Due
	for _, p := range parts {
		for _, x := range p {
			all = append(all, Due{x.id, x.at})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].At < all[j].At })
	return all[:min(n, len(all))], err
}
