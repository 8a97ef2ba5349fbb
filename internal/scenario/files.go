package scenario

import (
	"context"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/earmarkhq/earmark/internal/fault"
)

// Options say how scenarios are run. The zero value is good.
type Options struct {
	// Stdin is read for the file "-".
	Stdin io.Reader
	// NewTarget makes what a scenario is played on; nil is NewEngine.
	NewTarget func(*Scenario) Target
	// Lang is that of explanations; "" is Chinese.
	Lang fault.Lang
	// Parallel is how many scenarios run at once; 0 is the number of processors.
	Parallel int
}

// RunFiles reads and runs the scenarios of files, "-" being standard input. The error is that of
// reading; what is wrong with scenarios is in the report.
func RunFiles(ctx context.Context, files []string, o Options) (Report, error) {
	var all []Loaded
	var names []string
	for _, file := range files {
		data, name, err := read(file, o.Stdin)
		if err != nil {
			return Report{}, unreadable(file, err)
		}
		for _, l := range Load(name, data) {
			all, names = append(all, l), append(names, name)
		}
	}
	results := make([]Result, len(all))
	o.each(len(all), func(i int) {
		if l := &all[i]; l.Scenario != nil && ctx.Err() == nil {
			results[i] = Run(ctx, l.Scenario, o.target(l.Scenario), o.Lang)
		} else {
			results[i] = Result{Name: l.Name, File: names[i], Line: l.Line, Faults: l.Faults}
		}
		all[i].Scenario = nil
	})
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	rep := Report{Scenarios: results}
	for i := range results {
		rep.Steps += len(results[i].Steps)
		if !results[i].OK {
			rep.Failed++
		}
	}
	return rep, nil
}

func read(file string, stdin io.Reader) (data []byte, name string, err error) {
	if file != "-" {
		data, err = os.ReadFile(file)
		return data, file, err
	}
	if stdin == nil {
		return nil, "", nil
	}
	data, err = io.ReadAll(stdin)
	return data, "", err
}

func (o *Options) target(s *Scenario) Target {
	if o.NewTarget != nil {
		return o.NewTarget(s)
	}
	return NewEngine()
}

// each calls fn for 0 to n−1 on several goroutines and waits for them.
func (o *Options) each(n int, fn func(i int)) {
	workers := o.Parallel
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(workers, n) {
		wg.Go(func() {
			for i := range next {
				fn(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
