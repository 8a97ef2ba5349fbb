package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/scenario"
)

// BenchmarkSteps plays JSON lines as a program would send them: 200 scenarios of 50 steps each.
func BenchmarkSteps(b *testing.B) {
	input, steps := lines(200, 50), 0
	b.ReportAllocs()
	for b.Loop() {
		rep, err := scenario.RunFiles(b.Context(), []string{"-"}, scenario.Options{Stdin: strings.NewReader(input)})
		if err != nil || rep.Failed > 0 || len(rep.Scenarios) != 200 {
			b.Fatalf("%v, %d of %d failed", err, rep.Failed, len(rep.Scenarios))
		}
		steps += rep.Steps
	}
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
}

func lines(scenarios, steps int) string {
	var s strings.Builder
	for i := range scenarios {
		fmt.Fprintf(&s, `{"name":"s%d","rule":{"all":[{"event":"order.paid","within":"30d","count":{"gte":3}},{"not":{"event":"refund","within":"7d"}}]},"steps":[`, i)
		for k := range steps {
			if k > 0 {
				s.WriteByte(',')
			}
			if k%5 == 4 {
				fmt.Fprintf(&s, `{"at":"%dh","show":["members"]}`, k)
			} else {
				fmt.Fprintf(&s, `{"at":"%dh","customer":"c%d","event":"order.paid","props":{"amount_fen":%d}}`, k, k%3, k)
			}
		}
		s.WriteString("]}\n")
	}
	return s.String()
}
