package scenario_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/scenario"
)

// The scenarios of the repository: every line and every choice of the language.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("../../testdata/scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for name, target := range map[string]func(*scenario.Scenario) scenario.Target{
		"engine":    nil,
		"reference": silent(newBrute),
	} {
		t.Run(name, func(t *testing.T) {
			rep, err := scenario.RunFiles(t.Context(), files, scenario.Options{NewTarget: target, Lang: fault.EN})
			if err != nil {
				t.Fatal(err)
			}
			if rep.Failed > 0 {
				_ = rep.WriteText(os.Stderr, fault.EN)
				t.Fatalf("%d of %d scenarios failed", rep.Failed, len(rep.Scenarios))
			}
		})
	}
}

// silent takes what a target does not explain out of the scenario.
func silent(make func(*scenario.Scenario) scenario.Target) func(*scenario.Scenario) scenario.Target {
	return func(s *scenario.Scenario) scenario.Target {
		for i := range s.Steps {
			if a := s.Steps[i].Ask; a != nil {
				a.Because = nil
			}
		}
		return make(s)
	}
}
