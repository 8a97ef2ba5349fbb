package sample_test

import (
	"testing"

	"github.com/earmarkhq/earmark/internal/ingest/importer"
	"github.com/earmarkhq/earmark/internal/rule"
	"github.com/earmarkhq/earmark/internal/sample"
)

func TestMappingIsValid(t *testing.T) {
	_, zone := at(t, sample.Last, sample.Zone)
	m, err := importer.ParseMapping(sample.Mapping(), zone)
	if err != nil {
		t.Fatal(err)
	}
	if m.Source != "online_retail" || m.Event.Map["false"] != "order.paid" || m.Event.Map["true"] != "order.cancelled" {
		t.Errorf("source %q, event types %v", m.Source, m.Event.Map)
	}
}

func TestRulesAreValid(t *testing.T) {
	_, zone := at(t, sample.Last, sample.Zone)
	doc, err := rule.ReadDocument(sample.Rules(), rule.DocumentOptions{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	tags := 0
	for _, g := range doc.Groups {
		for _, tag := range g.Tags {
			tags++
			if tag.Rule < 0 {
				t.Errorf("no rule keeps %s/%s", g.Name, tag.Name)
			}
		}
	}
	if len(doc.Groups) != 6 || tags != 17 {
		t.Errorf("%d groups with %d tags, want 6 with 17", len(doc.Groups), tags)
	}
}
