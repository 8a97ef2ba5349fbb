package app

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/tag"
)

// showFound prints how many customers have each tag, some customers with their reasons, and what
// changes next.
func (a *App) showFound(ctx context.Context) error {
	if err := a.showCounts(ctx); err != nil {
		return err
	}
	if err := a.showCustomers(ctx); err != nil {
		return err
	}
	return a.showNext(ctx)
}

func (a *App) showCounts(ctx context.Context) error {
	counts, err := a.ledger.Counts(ctx)
	if err != nil {
		return err
	}
	all := a.ledger.Stats().Customers
	if a.env.Lang == fault.EN {
		a.say("\n%d customers; those with each tag now:", all)
	} else {
		a.say("\n共 %d 位客户，各标签现有人数：", all)
	}
	lib := a.defs.Library()
	for _, g := range lib.Groups {
		a.say("  %s", g.Name)
		for _, t := range lib.Tags {
			if t.Group == g.ID {
				a.say("    %s %6d  %s", padded(t.Name, 18), counts[t.ID], bar(counts[t.ID], all))
			}
		}
	}
	return nil
}

// bar shows a share of all in up to forty cells; anything above nothing shows.
func bar(n, all int64) string {
	if n == 0 || all == 0 {
		return ""
	}
	return strings.Repeat("█", int(max(1, n*40/all)))
}

// padded fills a text to a width in columns of a terminal, in which Han characters take two.
func padded(s string, width int) string {
	cols := 0
	for _, r := range s {
		cols++
		if utf8.RuneLen(r) > 2 {
			cols++
		}
	}
	return s + strings.Repeat(" ", max(0, width-cols))
}

// telling are tags whose holders are worth showing, one each.
var telling = []string{"客户价值/重要价值客户", "会员等级/黄金", "沉默/沉默60天"}

func (a *App) showCustomers(ctx context.Context) error {
	if a.env.Lang == fault.EN {
		a.say("\nSome customers, and why:")
	} else {
		a.say("\n几位客户，以及原因：")
	}
	shown := map[customer.ID]bool{}
	for _, name := range telling {
		t, ok := a.defs.Library().Find(name)
		if !ok {
			continue
		}
		view, err := a.someoneWith(ctx, t.ID, shown)
		if err != nil {
			return err
		}
		if view == nil {
			continue
		}
		shown[view.Customer] = true
		if a.shown == "" {
			a.shown = view.Customer.String()
		}
		if err := a.showCustomer(ctx, view); err != nil {
			return err
		}
	}
	return nil
}

// someoneWith finds the first customer who has a tag, in the ledger's order; nil for none.
func (a *App) someoneWith(ctx context.Context, t tag.ID, but map[customer.ID]bool) (*engine.View, error) {
	counts, err := a.ledger.Counts(ctx)
	if err != nil || counts[t] == 0 {
		return nil, err
	}
	for slot := range customer.Slots {
		var ids []customer.ID
		err := a.ledger.Customers(ctx, customer.Slot(slot), 0, func(c ledger.Customer) error {
			ids = append(ids, c.ID)
			return nil
		})
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			view, err := a.engine.View(ctx, id)
			if err != nil {
				return nil, err
			}
			for _, h := range view.Tags {
				if h.Tag == t && !but[id] {
					return &view, nil
				}
			}
		}
	}
	return nil, nil
}

func (a *App) showCustomer(ctx context.Context, view *engine.View) error {
	name := view.Customer.String()
	for _, k := range view.Identities {
		name += " " + string(k.Kind) + ":" + k.Value
	}
	a.say("  %s", name)
	lib := a.defs.Library()
	for _, h := range view.Tags {
		t, _ := lib.Tag(h.Tag)
		line := padded(lib.FullName(t), 26) + " " + a.since(h.Since) + a.until(h.Next)
		a.say("    %s", line)
		x, err := a.engine.Explain(ctx, view.Customer, h.Tag)
		if err != nil && !fault.Is(err, "tag.no_rule") {
			return err
		}
		for _, line := range x.Because(a.env.Lang) {
			a.say("      %s", line)
		}
	}
	return nil
}

func (a *App) since(ms int64) string {
	if a.env.Lang == fault.EN {
		return "since " + a.local(ms)
	}
	return a.local(ms) + " 起"
}

func (a *App) until(ms int64) string {
	if ms == expr.Never {
		return ""
	}
	if a.env.Lang == fault.EN {
		return ", may change " + a.local(ms)
	}
	return "，最早 " + a.local(ms) + " 变化"
}

// local is an instant in the tenant's zone, to the minute.
func (a *App) local(ms int64) string { return time.UnixMilli(ms).In(a.zone).Format("2006-01-02 15:04") }

// nextShown is how many lapses are printed, nextLooked how many deadlines are looked at for them: most
// bring tags (沉默10天) instead of taking them.
const (
	nextShown  = 6
	nextLooked = 300
)

func (a *App) showNext(ctx context.Context) error {
	due, err := a.engine.Upcoming(ctx, nextLooked)
	if err != nil {
		return err
	}
	if a.env.Lang == fault.EN {
		a.say("\nTags that lapse next by time alone:")
	} else {
		a.say("\n接下来到期的标签：")
	}
	lib := a.defs.Library()
	shown := 0
	for _, d := range due {
		view, err := a.engine.View(ctx, d.Customer)
		if err != nil {
			return err
		}
		var names []string
		at := max(d.At, view.Deadline)
		for _, h := range view.Tags {
			if t, ok := lib.Tag(h.Tag); ok && h.Next <= at {
				names = append(names, t.Name)
			}
		}
		if len(names) == 0 {
			continue
		}
		a.say("  %s  %s  %s", a.local(at), padded(d.Customer.String(), 8), strings.Join(names, "、"))
		if shown++; shown == nextShown {
			break
		}
	}
	return nil
}
