package engine

import (
	"container/heap"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/expr"
)

// timers orders the deadlines of one shard's customers: one deadline each. The heap may hold
// outdated items, which are told by the map; it is rebuilt when they outnumber the true ones.
// About 50 bytes per customer with a deadline.
type timers struct {
	of   map[customer.ID]int64
	heap timerHeap
}

type timerItem struct {
	at int64
	id customer.ID
}

type timerHeap []timerItem

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].id < h[j].id
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(timerItem)) }
func (h *timerHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func newTimers() *timers { return &timers{of: map[customer.ID]int64{}} }

// load takes a row at start, before init.
func (t *timers) load(id customer.ID, at int64) { t.of[id] = at }

// rebuild makes the heap anew from the map.
func (t *timers) rebuild() {
	t.heap = t.heap[:0]
	for id, at := range t.of {
		t.heap = append(t.heap, timerItem{at, id})
	}
	heap.Init(&t.heap)
}

// set replaces the customer's deadline; expr.Never removes it.
func (t *timers) set(id customer.ID, at int64) {
	if at == expr.Never {
		delete(t.of, id)
		return
	}
	t.of[id] = at
	t.push(timerItem{at, id})
	if len(t.heap) > 2*len(t.of)+4096 {
		t.rebuild()
	}
}

// push is heap.Push without the allocation of boxing the item.
func (t *timers) push(x timerItem) {
	t.heap = append(t.heap, x)
	for j := len(t.heap) - 1; j > 0; {
		i := (j - 1) / 2
		if !t.heap.Less(j, i) {
			break
		}
		t.heap.Swap(i, j)
		j = i
	}
}

// at is the customer's deadline, as its timer row says.
func (t *timers) at(id customer.ID) int64 {
	if at, ok := t.of[id]; ok {
		return at
	}
	return expr.Never
}

// next is the earliest deadline, expr.Never when there is none.
func (t *timers) next() int64 {
	for len(t.heap) > 0 {
		top := t.heap[0]
		if at, ok := t.of[top.id]; ok && at == top.at {
			return top.at
		}
		t.drop()
	}
	return expr.Never
}

// pop takes the customer with the earliest deadline; call next first.
func (t *timers) pop() (customer.ID, int64) {
	top := t.heap[0]
	t.drop()
	return top.id, top.at
}

func (t *timers) drop() {
	n := len(t.heap) - 1
	t.heap[0] = t.heap[n]
	t.heap = t.heap[:n]
	if n > 1 {
		heap.Fix(&t.heap, 0)
	}
}

// first returns the n earliest deadlines in order.
func (t *timers) first(n int) []timerItem {
	var out []timerItem
	if len(t.heap) == 0 {
		return nil
	}
	// Walk the heap from its top with a queue of candidates: O(n log n), not O(customers).
	queue := []int{0}
	seen := map[customer.ID]bool{}
	for len(queue) > 0 && len(out) < n {
		best := 0
		for i := range queue {
			if t.heap.Less(queue[i], queue[best]) {
				best = i
			}
		}
		at := queue[best]
		queue[best] = queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		x := t.heap[at]
		if t.of[x.id] == x.at && !seen[x.id] {
			seen[x.id] = true
			out = append(out, x)
		}
		for _, kid := range [2]int{2*at + 1, 2*at + 2} {
			if kid < len(t.heap) {
				queue = append(queue, kid)
			}
		}
	}
	return out
}
