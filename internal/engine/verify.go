package engine

import (
	"context"
	"fmt"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// VerifyOptions of Verify. No engine may be open on the ledger.
type VerifyOptions struct {
	Ledger ledger.Store
	// Programs returns the compiled definitions of a generation.
	Programs func(gen uint32) (*rule.Program, error)
	// Progress may be nil; it gets slots done and slots in all.
	Progress func(done, total int64)
	// Limit bounds the findings listed (0: 100); all are counted.
	Limit int
}

// Report is what Verify found. The store is clean when Wrong is 0. Unevaluated are customers whose
// evaluation fails: their events are kept, and their tags are as they were before.
type Report struct {
	Customers, Events, Rows, States, Timers, Tags, Unevaluated int64
	Wrong                                                      int64
	Findings                                                   []Finding
}

// Finding is one thing that is not as recomputed.
type Finding struct {
	Code     string        `json:"code"` // see codes of findings
	Slot     customer.Slot `json:"slot"`
	Customer customer.ID   `json:"customer"`
	Text     string        `json:"text"`
}

// Codes of findings.
const (
	findLog      = "log.row"
	findHole     = "log.hole"
	findHistory  = "log.history"
	findCustomer = "customer"
	findState    = "state"
	findTimer    = "timer"
	findEvent    = "event"
	findDedupe   = "event.id"
	findCount    = "tag.count"
)

type verifier struct {
	o        VerifyOptions
	ctx      context.Context
	w        ledger.Writer
	live     int64 // instant of going live, expr.Never before
	programs map[uint32]*worker
	r        *replayer
	report   Report
	counts   map[tag.ID]int64
}

// Verify recomputes every customer from its events and compares tags, states, timers and the change
// log with what is stored. It only reads. An error means that it could not be carried out; what is
// wrong with the data is in the Report.
func Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	v, err := newVerifier(ctx, o)
	if err != nil {
		return Report{}, err
	}
	if v.w, err = o.Ledger.Writer(0, 1); err != nil {
		return Report{}, err
	}
	defer v.w.Close()
	for slot := range customer.Slots {
		if err := ctx.Err(); err != nil {
			return v.report, err
		}
		v.slot(customer.Slot(slot))
		if o.Progress != nil {
			o.Progress(int64(slot)+1, customer.Slots)
		}
	}
	v.timerRows()
	v.tagCounts()
	return v.report, ctx.Err()
}

func newVerifier(ctx context.Context, o VerifyOptions) (*verifier, error) {
	v := &verifier{o: o, ctx: ctx, r: newReplayer(ctx), programs: map[uint32]*worker{}, counts: map[tag.ID]int64{}}
	if v.o.Limit == 0 {
		v.o.Limit = 100
	}
	at, live, err := ReadLive(ctx, o.Ledger)
	if err != nil {
		return nil, err
	}
	if v.live = never; live {
		v.live = at
	}
	empty, err := rule.Build(&rule.Set{Zone: defaultZone})
	if err != nil {
		return nil, err
	}
	v.programs[0] = v.r.worker(empty)
	gens, err := ReadGenerations(ctx, o.Ledger)
	if err != nil {
		return nil, err
	}
	for _, g := range gens {
		p, err := o.Programs(g.Gen)
		if err != nil {
			return nil, fmt.Errorf("definitions of generation %d: %w", g.Gen, err)
		}
		v.programs[g.Gen] = v.r.worker(p)
	}
	return v, nil
}

func (v *verifier) find(code string, slot customer.Slot, id customer.ID, format string, args ...any) {
	v.report.Wrong++
	if len(v.report.Findings) < v.o.Limit {
		v.report.Findings = append(v.report.Findings, Finding{code, slot, id, fmt.Sprintf(format, args...)})
	}
}

// slotLog is the log of one slot taken apart.
type slotLog struct {
	slot  customer.Slot
	rows  map[customer.ID][]change.Row // of customers
	turns []turnover                   // of the slot
	born  map[customer.ID]uint32       // ordinals, by the order of the rows that made the customers
}

// slot reads the slot's log, checks that it is dense and hands each customer its rows.
func (v *verifier) slot(slot customer.Slot) {
	l := &slotLog{slot: slot, rows: map[customer.ID][]change.Row{}, born: map[customer.ID]uint32{}}
	seq := uint64(0)
	err := v.o.Ledger.Log(v.ctx, slot, 0, func(row change.Row) error {
		if seq++; row.Seq != seq {
			v.find(findHole, slot, row.Customer, "row %d stands where %d is due", row.Seq, seq)
			seq = row.Seq
		}
		v.report.Rows++
		l.add(v, row)
		return nil
	})
	if err != nil {
		v.find(findLog, slot, 0, "the log can not be read: %v", err)
	}
	err = v.o.Ledger.Customers(v.ctx, slot, 0, func(c ledger.Customer) error {
		v.report.Customers++
		v.customer(c, l)
		delete(l.rows, c.ID)
		return v.ctx.Err()
	})
	if err != nil {
		v.find(findCustomer, slot, 0, "the customers can not be read: %v", err)
	}
	for id := range l.rows {
		v.find(findCustomer, slot, id, "the log has rows of a customer that does not exist")
	}
}

func (l *slotLog) add(v *verifier, row change.Row) {
	if v.programs[row.Gen] == nil {
		v.find(findLog, l.slot, row.Customer, "row %d is of generation %d, which never came into force", row.Seq, row.Gen)
		return
	}
	if row.Customer == 0 {
		if row.Kind != change.Reached || row.Tag != 0 || row.Since != row.At || row.Recorded != row.At || row.Cause != (change.Cause{}) {
			v.find(findLog, l.slot, 0, "row %d belongs to nobody: %s", row.Seq, rowText(&row))
			return
		}
		l.turns = append(l.turns, turnover{gen: row.Gen, at: row.At, seq: row.Seq})
		return
	}
	if row.Kind == change.Created {
		l.born[row.Customer] = uint32(len(l.born))
	}
	l.rows[row.Customer] = append(l.rows[row.Customer], row)
}

// turnsOf are the turnovers in the life of a customer, in order of the log.
func (l *slotLog) turnsOf(rows []change.Row) []turnover {
	var turns []turnover
	slots := l.turns
	for i := range rows {
		r := &rows[i]
		for len(slots) > 0 && slots[0].seq < r.Seq {
			if i > 0 { // after the row that made the customer
				turns = append(turns, slots[0])
			}
			slots = slots[1:]
		}
		if r.Kind == change.Reached {
			turns = append(turns, turnover{gen: r.Gen, at: r.At, seq: r.Seq, retry: true})
		}
	}
	return append(turns, slots...)
}

// timerRows checks that every timer belongs to a customer.
func (v *verifier) timerRows() {
	n := int64(0)
	err := v.w.Timers(func(id customer.ID, _ int64) error {
		n++
		if _, ok, err := v.o.Ledger.Customer(v.ctx, id); err == nil && !ok {
			v.find(findTimer, id.Slot(), id, "there is a timer of a customer that does not exist")
		}
		return nil
	})
	if err != nil {
		v.find(findTimer, 0, 0, "the timers can not be read: %v", err)
	}
}

func (v *verifier) tagCounts() {
	counts, err := v.o.Ledger.Counts(v.ctx)
	if err != nil {
		v.find(findCount, 0, 0, "the counts can not be read: %v", err)
		return
	}
	for t, n := range v.counts {
		if counts[t] != n {
			v.find(findCount, 0, 0, "tag %s is counted %d times, recomputed %d", t, counts[t], n)
		}
	}
	for t, n := range counts {
		if v.counts[t] == 0 {
			v.find(findCount, 0, 0, "tag %s is counted %d times, recomputed 0", t, n)
		}
	}
}
