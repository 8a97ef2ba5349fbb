package engine

import (
	"math"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/expr"
)

// hot keeps the complete entry lists of the few customers that have more matches than a state keeps,
// so that a busy one is not read from the events again at every evaluation.
type hot struct {
	lists   map[hotKey][]expr.Entry
	entries int
}

type hotKey struct {
	id     customer.ID
	stream int
}

// maxHot bounds the entries kept; beyond it all lists are forgotten and read again.
const maxHot = 1 << 18

func (h *hot) put(k hotKey, list []expr.Entry) {
	if h.entries += len(list); h.entries > maxHot || h.lists == nil {
		h.lists, h.entries = map[hotKey][]expr.Entry{}, len(list)
	}
	h.lists[k] = list
}

// add keeps a list complete when an event enters its stream.
func (h *hot) add(k hotKey, st *expr.Stream, ev *event.Event) {
	list, ok := h.lists[k]
	if !ok {
		return
	}
	n := len(list)
	h.lists[k] = insert(st.Append(list, cloneEvent(ev)), n)
	h.entries++
}

// entries reads all entries of a stream of the present customer: of stored events and of those that
// the next commit carries.
func (sh *shard) entries(wk *worker, i int) []expr.Entry {
	id := wk.s.id
	if list, ok := wk.hot.lists[hotKey{id, i}]; ok {
		return list
	}
	var all []expr.Entry
	st := wk.p.Streams[i]
	newest := uint32(0)
	add := func(ev *event.Event) {
		if st.Matches(ev.Type) {
			n := len(all)
			all = insert(st.Append(all, cloneEvent(ev)), n)
		}
	}
	err := sh.e.opt.Ledger.Events(sh.ctx, id, math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
		newest = max(newest, ev.Arrival)
		add(ev)
		return nil
	})
	if err != nil {
		panic(err) // the customer becomes unevaluated; its events are kept
	}
	for j := range sh.staged[id] {
		if ev := &sh.staged[id][j]; ev.Arrival > newest {
			add(ev)
		}
	}
	for _, ev := range wk.u.events {
		if ev.Arrival > newest && !sh.isStaged(id, ev.Arrival) {
			add(ev)
		}
	}
	wk.hot.put(hotKey{id, i}, all)
	return all
}

func (sh *shard) isStaged(id customer.ID, arrival uint32) bool {
	list := sh.staged[id]
	return len(list) > 0 && list[len(list)-1].Arrival >= arrival
}
