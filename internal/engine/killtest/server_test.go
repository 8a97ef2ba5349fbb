package killtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
)

// TestKillOfTheServer is the same promise for what people run: `earmark serve`, told over HTTP as tracking
// clients do it, with identities that move between customers and rules published meanwhile.
func TestKillOfTheServer(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	n := max(10, *rounds/3)
	if testing.Short() {
		n = 4
	}
	s := &site{t: t, bin: build(t), dir: filepath.Join(t.TempDir(), "data"), rng: rand.New(rand.NewPCG(*seed, 1))}
	for i := range n {
		s.killed(i)
		if i%4 == 3 {
			s.verify(s.copied(), fmt.Sprint("after kill ", i+1))
		}
	}
	s.finish()
	s.verify(s.dir, fmt.Sprint("after ", n, " kills and a clean stop"))
	s.everythingOnce()
}

// build makes the binary as users have it.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "earmark")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/earmarkhq/earmark/cmd/earmark").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// site is the outside world of a server.
type site struct {
	t    *testing.T
	bin  string
	dir  string
	rng  *rand.Rand
	gens int

	mu     sync.Mutex
	calls  []*call
	unsure []*call // sent and not acknowledged, in an earlier round
	acked  []*call
}

// call is one tracking call as it is sent, each time alike.
type call struct {
	Type        string         `json:"type"`
	Event       string         `json:"event"`
	MessageID   string         `json:"messageId"`
	UserID      string         `json:"userId,omitempty"`
	AnonymousID string         `json:"anonymousId,omitempty"`
	Timestamp   string         `json:"timestamp"`
	Properties  map[string]any `json:"properties"`

	done bool // acknowledged
}

// server is one life of the process.
type server struct {
	s      *site
	cmd    *exec.Cmd
	base   string
	keys   map[string]string
	client *http.Client
	stderr bytes.Buffer
	over   chan struct{}
	acks   chan int // one token per acknowledged request
}

func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.bin, args...)
	cmd.Env = append(os.Environ(), "EARMARK_DATA_DIR="+s.dir, "EARMARK_LISTEN=127.0.0.1:0", "EARMARK_LANG=en",
		"EARMARK_LOG_LEVEL=error", "EARMARK_CACHE_BYTES=16MB", "EARMARK_ZONE=UTC", "LC_ALL=en_US.UTF-8")
	return cmd
}

func (s *site) start() *server {
	s.t.Helper()
	v := &server{s: s, cmd: s.command("serve"), keys: map[string]string{}, over: make(chan struct{}), acks: make(chan int, 1<<16)}
	v.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	v.cmd.Stderr = &v.stderr
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	address := make(chan string, 1)
	go func() {
		defer close(v.over)
		in := bufio.NewScanner(out)
		for in.Scan() {
			if _, base, ok := strings.Cut(in.Text(), "serves "); ok {
				address <- strings.TrimSpace(base)
			}
		}
	}()
	select {
	case v.base = <-address:
	case <-v.over:
		_ = v.cmd.Wait()
		s.t.Fatalf("the server did not start: %s", v.stderr.String())
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "first-keys"))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		name, key, _ := strings.Cut(strings.TrimSpace(line), ": ")
		v.keys[name] = key
	}
	return v
}

// killed is one round: clients send until some requests are answered, then the process is killed; one in
// five at a random time of its start.
func (s *site) killed(n int) {
	if n%5 == 4 {
		cmd := s.command("serve")
		if err := cmd.Start(); err != nil {
			s.t.Fatal(err)
		}
		_ = clock.Sleep(s.t.Context(), clock.System{}, time.Duration(s.rng.IntN(400))*time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return
	}
	v := s.start()
	enough := make(chan struct{})
	var sending sync.WaitGroup
	for range clients {
		own := rand.New(rand.NewPCG(s.rng.Uint64(), 0))
		sending.Go(func() {
			for {
				select {
				case <-enough:
					return
				case <-v.over:
					return
				default:
					v.post(s.batch(own))
				}
			}
		})
	}
	answered := 1 + s.rng.IntN(250)
	publish := s.rng.IntN(answered)
	for i := range answered {
		if i == publish && n%2 == 0 {
			sending.Go(v.publish)
		}
		select {
		case <-v.acks:
		case <-v.over:
			_ = v.cmd.Wait()
			s.t.Fatalf("the server ended by itself: %s", v.stderr.String())
		}
	}
	close(enough)
	if err := v.cmd.Process.Kill(); err != nil {
		s.t.Error(err)
	}
	sending.Wait()
	v.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsure = s.unsure[:0]
	for _, c := range s.calls {
		if !c.done {
			s.unsure = append(s.unsure, c)
		}
	}
}

// end waits for a process that was told to.
func (v *server) end() {
	<-v.over
	_ = v.cmd.Wait()
	v.client.CloseIdleConnections()
	if text := v.stderr.String(); strings.Contains(text, "panic") {
		v.s.t.Fatalf("the server complained: %s", text)
	}
}

// batch is what one request carries.
func (s *site) batch(rng *rand.Rand) []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var batch []*call
	for range 1 + rng.IntN(20) {
		switch {
		case len(s.unsure) > 0:
			batch = append(batch, s.unsure[0])
			s.unsure = s.unsure[1:]
		case len(s.acked) > 0 && rng.IntN(10) == 0:
			batch = append(batch, s.acked[rng.IntN(len(s.acked))])
		default:
			c := s.newCall(rng)
			s.calls = append(s.calls, c)
			batch = append(batch, c)
		}
	}
	return batch
}

func (s *site) newCall(rng *rand.Rand) *call {
	at := clock.System{}.Now().Add(time.Duration(rng.IntN(2000)-1000) * time.Millisecond)
	c := &call{
		Type: "track", Event: kind(rng), MessageID: fmt.Sprint("m", len(s.calls)), Timestamp: at.UTC().Format("2006-01-02T15:04:05.000Z"),
		Properties: map[string]any{"number": rng.IntN(100)},
	}
	// Devices come and go: one that moved between more than 64 customers would be beyond what is promised.
	user, device := fmt.Sprint("u", rng.IntN(150)), fmt.Sprint("a", len(s.calls)/50+rng.IntN(100))
	switch rng.IntN(5) {
	case 0:
		c.AnonymousID = device
	case 1:
		c.UserID, c.AnonymousID = user, device
	default:
		c.UserID = user
	}
	return c
}

// post sends a batch and notes whether it was acknowledged.
func (v *server) post(batch []*call) {
	body, err := json.Marshal(map[string]any{"writeKey": v.keys["write_key"], "batch": batch})
	if err != nil {
		v.s.t.Error(err)
		return
	}
	resp, err := v.client.Post(v.base+"/v1/batch", "application/json", bytes.NewReader(body))
	if err != nil {
		return // the process is gone
	}
	text, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		v.s.mu.Lock()
		for _, c := range batch {
			if !c.done {
				c.done = true
				v.s.acked = append(v.s.acked, c)
			}
		}
		v.s.mu.Unlock()
		v.acks <- 1
	case http.StatusServiceUnavailable, http.StatusTooManyRequests: // it will be sent again
	default:
		v.s.t.Errorf("a batch was answered %d: %s", resp.StatusCode, text)
	}
}

// publish brings the next document into force; the kill may come before, between or after.
func (v *server) publish() {
	v.s.gens++
	for _, r := range []struct{ path, kind, body string }{
		{"/api/v1/rules", "application/yaml", document(uint32(v.s.gens))},
		{"/api/v1/generations", "application/json", "{}"},
	} {
		req, err := http.NewRequest("POST", v.base+r.path, strings.NewReader(r.body))
		if err != nil {
			v.s.t.Error(err)
			return
		}
		req.Header.Set("Content-Type", r.kind)
		req.Header.Set("Authorization", "Bearer "+v.keys["api_key"])
		resp, err := v.client.Do(req)
		if err != nil {
			return
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode >= 400 && resp.StatusCode != http.StatusConflict {
			v.s.t.Errorf("%s was answered %d: %s", r.path, resp.StatusCode, text)
			return
		}
	}
}

// finish delivers what is left and stops the server as an operator does.
func (s *site) finish() {
	v := s.start()
	for len(s.unsure) > 0 {
		n := min(20, len(s.unsure))
		v.post(s.unsure[:n])
		s.unsure = s.unsure[n:]
	}
	for _, c := range s.calls {
		if !c.done {
			s.t.Errorf("call %s was never acknowledged", c.MessageID)
		}
	}
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	<-v.over
	if err := v.cmd.Wait(); err != nil {
		s.t.Fatalf("the clean stop: %v\n%s", err, v.stderr.String())
	}
}

func (s *site) copied() string {
	dir := filepath.Join(s.t.TempDir(), "copy")
	if err := os.CopyFS(dir, os.DirFS(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// verify runs `earmark verify` on a data directory and looks for the messages.
func (s *site) verify(dir, when string) {
	s.t.Helper()
	if dir != s.dir {
		defer os.RemoveAll(dir)
	}
	cmd := s.command("verify", "--format", "json", "-d", dir)
	out, err := cmd.Output()
	var report engine.Report
	if jsonErr := json.Unmarshal(out, &report); jsonErr != nil {
		s.t.Fatalf("earmark verify: %v, %v\n%s", err, jsonErr, out)
	}
	stored, holes := s.stored(dir)
	lost, twice := 0, 0
	for _, c := range s.calls {
		switch n := stored[c.MessageID]; {
		case c.done && n == 0:
			lost++
			s.t.Errorf("lost: %+v", c)
		case n > 1:
			twice++
			s.t.Errorf("%d times: %+v", n, c)
		}
	}
	s.t.Logf("%s: %d messages stored, %d lost, %d twice, %d holes in %d rows, verify finds %d",
		when, len(stored), lost, twice, holes, report.Rows, report.Wrong)
	if err != nil || report.Wrong > 0 || report.Customers == 0 || lost+twice+holes > 0 {
		s.t.Fatalf("%v\n%s", err, out)
	}
}

// stored counts the messages in a ledger by id.
func (s *site) stored(dir string) (messages map[string]int, holes int) {
	s.t.Helper()
	store, err := pebble.Open(filepath.Join(dir, "ledger"), storeOptions)
	if err != nil {
		s.t.Fatal(err)
	}
	defer store.Close()
	f, err := look(s.t, store)
	if err != nil {
		s.t.Fatal(err)
	}
	messages = map[string]int{}
	for slot := range customer.Slots {
		err := store.Customers(s.t.Context(), customer.Slot(slot), 0, func(c ledger.Customer) error {
			return store.Events(s.t.Context(), c.ID, math.MinInt64, math.MaxInt64, func(ev *event.Event) error {
				if ev.Source == "default" {
					messages[strings.Clone(ev.ID)]++
				}
				return nil
			})
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return messages, f.holes
}

func (s *site) everythingOnce() {
	stored, _ := s.stored(s.dir)
	for _, c := range s.calls {
		if stored[c.MessageID] != 1 {
			s.t.Errorf("message %s is stored %d times", c.MessageID, stored[c.MessageID])
		}
	}
	if len(stored) != len(s.calls) {
		s.t.Errorf("%d messages were sent, %d are stored", len(s.calls), len(stored))
	}
}
