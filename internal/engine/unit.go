package engine

import (
	"fmt"
	"math"
	"math/bits"
	"runtime/debug"

	"github.com/earmarkhq/earmark/internal/change"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/tag"
)

// unit is the work on one customer between load and save.
type unit struct {
	at      int64 // instant of the unit
	rows    []change.Row
	before  []held // what was held at load, to go back to when evaluation fails
	todo    []uint64
	why     []why    // per rule, valid where todo is set
	passing []uint64 // as todo, for a deadline before the unit's instant
	passWhy []why
	touched []int            // streams that got entries
	events  []*event.Event   // accepted
	arrived uint32           // newest accepted arrival
	woken   bool             // something other than a deadline asks for evaluation
	stated  bool             // a statement arrived
	kind    change.CauseKind // cause of rows that no event, tag or deadline explains
	later   later
}

// why is what woke a rule.
type why struct {
	kind    change.CauseKind
	arrival uint32
	late    int64
	tag     tag.ID
}

func (u *unit) init(p *rule.Program) {
	u.todo = make([]uint64, (len(p.Rules)+63)/64)
	u.why = make([]why, len(p.Rules))
	u.passing = make([]uint64, len(u.todo))
	u.passWhy = make([]why, len(p.Rules))
}

// pass returns the empty set of a deadline's evaluation.
func (u *unit) pass() []uint64 {
	clear(u.passing)
	return u.passing
}

// begin starts a unit at an instant. After a kill in an initial load the event clock starts anew; what a
// customer has behind it is not evaluated again.
func (u *unit) begin(at int64, s *state) {
	u.at = max(at, s.at)
	u.rows, u.touched, u.events = u.rows[:0], u.touched[:0], u.events[:0]
	u.before = append(u.before[:0], s.held...)
	clear(u.todo)
	u.arrived, u.woken, u.stated = 0, false, false
	u.kind = 0
	u.later.from, u.later.at = s.arrivals, math.MaxInt64
}

// wake asks for a rule's evaluation. An event outranks what was noted before; the newest one wins.
func (u *unit) wake(rule int32, y why) {
	w, b := rule/64, uint64(1)<<(rule%64)
	if u.todo[w]&b != 0 && y.kind != change.ByEvent {
		return
	}
	u.todo[w] |= b
	u.why[rule] = y
}

func (u *unit) wakeAll(y why) {
	for i := range u.why {
		u.wake(int32(i), y)
	}
	u.woken = true
}

// unit takes the inputs of one customer and evaluates once. Errors are the store's.
func (sh *shard) unit(id customer.ID, ins []Input, r *Receipt) error {
	wk := sh.workerOf(id.Slot())
	if err := sh.load(wk, id); err != nil {
		return err
	}
	s, u := &wk.s, &wk.u
	u.begin(sh.now, s)
	counted := *r
	for i := range ins {
		if err := sh.accept(wk, &ins[i], r); err != nil {
			return err
		}
	}
	if r.Accepted == counted.Accepted && !u.woken {
		return nil // repeats only: nothing is written
	}
	sh.evaluate(wk)
	if err := sh.save(wk, r); err != nil {
		return err
	}
	if sh.grew {
		// From here on streams are read whole, from what is committed and what is staged for that: earlier
		// units of this turn were not.
		sh.grew = false
		sh.commitStaged()
	}
	return nil
}

// deadline evaluates what is due for one customer at the shard's instant.
func (sh *shard) deadline(id customer.ID) error {
	wk := sh.workerOf(id.Slot())
	if err := sh.load(wk, id); err != nil {
		return err
	}
	wk.u.begin(sh.now, &wk.s)
	sh.evaluate(wk)
	var r Receipt
	if err := sh.save(wk, &r); err != nil {
		return err
	}
	if r.Changes == 0 {
		sh.e.stats.idle.Add(1)
	}
	return nil
}

// load reads the customer into the worker's state, rebuilding what the stored state lacks.
func (sh *shard) load(wk *worker, id customer.ID) error {
	l, err := sh.w.Load(id)
	if err != nil {
		return fmt.Errorf("load customer %s: %w", id, err)
	}
	s := &wk.s
	if l.State == nil && len(l.Events) == 0 && len(l.Rows) == 0 {
		s.reset(id, wk.p)
		s.stale = true
		s.syncView()
		sh.refresh(wk)
		return nil
	}
	current := false
	if l.State != nil {
		if current, err = s.decode(id, wk.p, l.State); err != nil {
			if l, err = sh.whole(id); err != nil {
				return fmt.Errorf("load customer %s: %w", id, err)
			}
		}
	}
	if l.State == nil {
		s.reset(id, wk.p)
	}
	if !current || len(l.Events) > 0 || len(l.Rows) > 0 {
		if err := sh.rebuild(wk, id, l); err != nil {
			return fmt.Errorf("rebuild customer %s: %w", id, err)
		}
	}
	s.timer = sh.timers.at(id) // the state may be of before a timer that came without events
	s.syncView()
	if s.stale {
		sh.refresh(wk)
	}
	return nil
}

// accept stages one input: identities, then its events, each at most once.
func (sh *shard) accept(wk *worker, in *Input, r *Receipt) error {
	fresh := 0
	for i := range in.Events {
		ev := &in.Events[i]
		repeated, err := sh.repeated(&wk.s, in, ev, r)
		if err != nil {
			return err
		}
		if repeated {
			ev.Arrival = 0
			continue
		}
		fresh++
		if fresh == 1 {
			if err := sh.identities(wk, in); err != nil {
				return err
			}
		}
		if err := sh.put(wk, ev); err != nil {
			return err
		}
		r.Accepted++
	}
	if fresh == 0 && len(in.Events) == 0 {
		return sh.identities(wk, in)
	}
	return nil
}

// repeated looks for the event under the customer and under earlier owners of its identities.
func (sh *shard) repeated(s *state, in *Input, ev *event.Event, r *Receipt) (bool, error) {
	id := s.id
	owner := id
	arrival, at, ok, err := uint32(0), int64(0), false, error(nil)
	if !s.unseen(ev) {
		arrival, at, ok, err = sh.w.Seen(id, ev.Source, ev.ID)
	}
	for _, f := range in.Former {
		if ok || err != nil {
			break
		}
		// A former owner may live on another shard: what it staged and has not applied is found by
		// the next delivery; a client repeats only what was not acknowledged or was acknowledged long ago.
		owner = f
		arrival, at, ok, err = sh.w.Seen(f, ev.Source, ev.ID)
	}
	if err != nil || !ok {
		return false, err
	}
	r.Repeated++
	if sh.e.differs(owner, arrival, at, ev) {
		r.Conflicts++
	}
	return true, nil
}

// identities records the keys that the customer does not have yet, as events of their own.
func (sh *shard) identities(wk *worker, in *Input) error {
	s := &wk.s
	for _, k := range in.Keys {
		if s.has(k) {
			continue
		}
		if err := sh.put(wk, identityEvent(k, true, wk.u.at, s.arrivals)); err != nil {
			return err
		}
	}
	for _, k := range in.Lost {
		if !s.has(k) {
			continue
		}
		if err := sh.put(wk, identityEvent(k, false, wk.u.at, s.arrivals)); err != nil {
			return err
		}
	}
	return nil
}

// put stages an event and lets it into the streams, waking the rules that read them.
func (sh *shard) put(wk *worker, ev *event.Event) error {
	s, u := &wk.s, &wk.u
	if u.arrived == 0 {
		s.units++
	}
	put := sh.w.PutEvent
	if s.unseen(ev) {
		put = sh.w.PutUnseen
	}
	s.arrivals++
	s.print(ev)
	ev.Arrival, ev.Unit, ev.Received = s.arrivals, s.units, u.at
	if err := put(s.id, ev); err != nil {
		return err
	}
	u.events = append(u.events, ev)
	sh.e.stats.events.Add(1)
	u.arrived, u.woken = ev.Arrival, true
	y := why{kind: change.ByEvent, arrival: ev.Arrival, late: max(0, u.at-ev.Time)}
	if s.notice(ev) {
		for _, i := range wk.p.WalkedRules() {
			u.wake(i, y)
		}
	}
	switch ev.Type {
	case event.Identity:
		if s.learn(ev) {
			u.rows = append(u.rows, change.Row{Kind: change.Identified})
			u.wakeAll(why{kind: change.ByIdentity, arrival: ev.Arrival})
		}
		for _, i := range wk.p.IdentityRules() {
			u.wake(i, why{kind: change.ByIdentity, arrival: ev.Arrival})
		}
	case event.Statement:
		if st, ok := statementOf(ev); ok {
			s.addStatement(st)
			u.stated = true
		}
	}
	for _, i := range wk.streams(ev.Type) {
		if !sh.enter(wk, int(i), ev) {
			continue
		}
		for _, rule := range wk.p.StreamRules(int(i)) {
			u.wake(rule, y)
		}
	}
	return nil
}

// enter adds the event's entries to a stream; false when it does not match.
func (sh *shard) enter(wk *worker, i int, ev *event.Event) bool {
	s := &wk.s
	entries := s.view.Streams[i]
	n := len(entries)
	entries = wk.p.Streams[i].Append(entries, ev)
	if len(entries) == n {
		return false
	}
	if s.view.Partial[i] && n >= maxEntries && ev.Time < entries[0].T {
		entries = entries[:n] // it belongs to those that are not kept; conditions that reach so far read them all
	}
	s.setStream(int32(i), insert(entries, n))
	// Trimming waits for the end of the unit: a deadline before its instant still reads what its events
	// push out.
	wk.u.touched = append(wk.u.touched, i)
	wk.hot.add(hotKey{s.id, i}, wk.p.Streams[i], ev)
	return true
}

// evaluate applies due deadlines and what woke the customer, in order of time. A panic of the
// evaluation leaves the customer unevaluated: its events are kept, its tags stay as they were.
func (sh *shard) evaluate(wk *worker) {
	s, u := &wk.s, &wk.u
	life := len(u.rows)
	defer func() {
		if p := recover(); p != nil {
			s.failed, s.stale = fmt.Sprint(p), true
			s.held = append(s.held[:0], u.before...)
			u.rows = u.rows[:life]
			s.syncTags()
			sh.e.stats.failures.Add(1)
			sh.e.log.Error("evaluation failed", "customer", s.id.String(), "err", s.failed, "stack", string(debug.Stack()))
		}
	}()
	if !s.known { // also when the evaluation fails: the row is what says that there are events
		s.known = true
		u.rows = append([]change.Row{{Kind: change.Created}}, u.rows...)
		life++
	}
	if sh.e.inject != nil {
		sh.e.inject(s.id)
	}
	s.view.Reset()
	if s.stale {
		u.stated = true
		for _, i := range s.redo {
			if u.todo[i/64]&(1<<(i%64)) == 0 { // what else woke it says more
				u.wake(i, sh.cause(u))
			}
		}
	}
	sh.passDeadlines(wk)
	sh.evalAt(wk, u.at)
	s.at, s.failed, s.stale, s.redo = u.at, "", false, s.redo[:0]
}

// refresh finds the nexts of a customer whose state was rebuilt: as of its last evaluation, where the
// tags it holds were decided, and before anything new arrives. Rules that answer otherwise there are
// evaluated at the unit's instant.
func (sh *shard) refresh(wk *worker) {
	s := &wk.s
	s.redo = s.redo[:0]
	s.clearNexts()
	if s.at == 0 {
		for i := range s.nexts {
			s.redo = append(s.redo, int32(i))
		}
		return
	}
	s.statedNext = s.statementEdge(s.at)
	defer func() {
		if recover() != nil { // it will fail again, and be told, when the unit is evaluated
			for i := range s.nexts {
				s.redo = append(s.redo, int32(i))
			}
		}
	}()
	s.view.Reset()
	for i := range wk.p.Rules {
		differs, next := s.answer(&wk.p.Rules[i], s.at)
		s.setNext(int32(i), next)
		if differs {
			s.redo = append(s.redo, int32(i))
		}
	}
}

// cause is what a row says when no event reached the rule itself.
func (sh *shard) cause(u *unit) why {
	if u.kind != 0 {
		return why{kind: u.kind}
	}
	return why{kind: change.ByEvent, arrival: u.arrived}
}

// evalAt evaluates at one instant: rules that are due, and at the unit's instant those that were
// woken, in dependency order; a changed tag wakes its readers, which come later in that order.
func (sh *shard) evalAt(wk *worker, at int64) {
	s, u := &wk.s, &wk.u
	s.view.Reset()
	final := at == u.at
	var todo []uint64
	if final {
		todo = u.todo
	} else {
		todo = u.pass()
	}
	mark := func(i int32, y why) {
		if y.kind == change.ByTag && u.kind == change.ByPublish {
			y = why{kind: change.ByPublish} // the other tag moved by the publication, and so does this one
		}
		if final {
			u.wake(i, y)
			return
		}
		if todo[i/64]&(1<<(i%64)) == 0 {
			todo[i/64] |= 1 << (i % 64)
			u.passWhy[i] = y
		}
	}
	for _, i := range s.finite {
		if s.nexts[i] <= at {
			mark(i, why{kind: change.ByDeadline})
		}
	}
	if u.stated && final || s.statedNext <= at {
		sh.evalStated(wk, at, mark)
	}
	for w := range todo {
		for todo[w] != 0 {
			b := bits.TrailingZeros64(todo[w])
			todo[w] &^= 1 << b
			i := w*64 + b
			y := u.why[i]
			if !final {
				y = u.passWhy[i]
			}
			sh.e.stats.evaluations.Add(1)
			sh.apply(wk, i, at, y, mark)
		}
	}
}

// apply evaluates one rule and moves its tags.
func (sh *shard) apply(wk *worker, i int, at int64, y why, mark func(int32, why)) {
	s := &wk.s
	r := &wk.p.Rules[i]
	want, next := s.decide(r, at)
	s.setNext(int32(i), next)
	for _, t := range r.Keeps() {
		if _, has := s.find(t); has && t != want {
			sh.move(wk, r, t, false, at, y, mark)
		}
	}
	if want != 0 {
		if _, has := s.find(want); !has {
			sh.move(wk, r, want, true, at, y, mark)
		}
	}
}

// move adds or removes a tag by rule and wakes what reads it.
func (sh *shard) move(wk *worker, r *rule.Compiled, t tag.ID, add bool, at int64, y why, mark func(int32, why)) {
	s := &wk.s
	c := change.Cause{Kind: y.kind, Rule: r.ID, Version: r.Version, Arrival: y.arrival, Tag: y.tag}
	row := change.Row{Kind: change.TagRemoved, Tag: t, At: at, Since: at, LateBy: y.late, Cause: c}
	if add {
		row.Kind = change.TagAdded
		s.hold(held{tag: t, at: at, since: at, by: "rule", cause: c})
	} else {
		s.drop(t)
	}
	wk.u.rows = append(wk.u.rows, row)
	s.syncTags()
	for _, reader := range wk.p.TagRules(t) {
		mark(reader, why{kind: change.ByTag, tag: t})
	}
}
