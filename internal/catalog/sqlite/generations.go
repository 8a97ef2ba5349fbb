package sqlite

import (
	"context"
	"encoding/json"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/tag"
)

// content is a generation's column of that name. Its form is stored: fields are only added.
type content struct {
	Groups    []tag.Group   `json:"groups"`
	Tags      []tag.Tag     `json:"tags"`
	Rules     []contentRule `json:"rules"`
	Documents []contentDoc  `json:"documents"`
}

type contentRule struct {
	Rule    uint32 `json:"rule"`
	Version uint32 `json:"version"`
}

type contentDoc struct {
	Kind catalog.DocumentKind `json:"kind"`
	Name string               `json:"name"`
	Text string               `json:"text"`
}

func encodeContent(g catalog.Generation) (string, error) {
	c := content{Groups: g.Groups, Tags: g.Tags}
	for _, r := range g.Rules {
		c.Rules = append(c.Rules, contentRule(r))
	}
	for _, d := range g.Documents {
		c.Documents = append(c.Documents, contentDoc(d))
	}
	b, err := json.Marshal(c)
	return string(b), err
}

func scanGeneration(r row) (g catalog.Generation, err error) {
	var stored string
	if err := r.Scan(&g.Number, &g.Published, &g.Author, &g.Note, &g.Zone, &stored); err != nil {
		return g, err
	}
	var c content
	if err := json.Unmarshal([]byte(stored), &c); err != nil {
		return g, err
	}
	g.Groups, g.Tags = c.Groups, c.Tags
	for _, x := range c.Rules {
		g.Rules = append(g.Rules, catalog.RuleRef(x))
	}
	for _, d := range c.Documents {
		g.Documents = append(g.Documents, catalog.Document(d))
	}
	return g, nil
}

const newestGeneration = `SELECT coalesce(max(number), 0) FROM generation`

func (s *store) Publish(ctx context.Context, by catalog.By, previous uint32, g catalog.Generation) (catalog.Generation, error) {
	err := s.write(ctx, func(t tx) error {
		newest, _, err := one(ctx, t, scalar[uint32], newestGeneration)
		if err != nil {
			return err
		}
		if newest != previous {
			return fault.Conflict(catalog.CodeGenerationConflict, "newest", newest, "seen", previous)
		}
		g.Number, g.Published, g.Author, g.Note = newest+1, by.At, text(by.Actor), text(g.Note)
		stored, err := encodeContent(g)
		if err != nil {
			return broken(ctx, "encode generation", err)
		}
		_, err = t.exec(`INSERT INTO generation (number, published, author, note, zone, content) VALUES ($1, $2, $3, $4, $5, $6)`,
			g.Number, g.Published, g.Author, g.Note, g.Zone, text(stored))
		if err != nil {
			return err
		}
		if err := t.publishRules(g); err != nil {
			return err
		}
		return t.audit(by, "generation.publish", object("generation", g.Number), fields{"note": g.Note, "rules": len(g.Rules)})
	})
	if err != nil {
		return catalog.Generation{}, err
	}
	return g, nil
}

// publishRules notes which version of which rule is in g and moves rules on in their life.
func (t tx) publishRules(g catalog.Generation) error {
	for _, ref := range g.Rules {
		if _, err := oneVersion(t.ctx, t, ref.Rule, ref.Version); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO generation_rule (generation, rule_id, version, name)
			SELECT $1, id, $2, name FROM rule WHERE id = $3 ON CONFLICT (generation, rule_id) DO NOTHING`,
			g.Number, ref.Version, ref.Rule)
		if err != nil {
			return err
		}
		if n == 0 {
			return catalog.Invalid("generation", "rules", ref.Rule)
		}
	}
	_, err := t.exec(`UPDATE rule SET state = $1, live = 0 WHERE state = $2`, catalog.RuleRetired, catalog.RulePublished)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE rule SET state = $1, live = g.version FROM generation_rule g
		WHERE g.generation = $2 AND g.rule_id = rule.id`, catalog.RulePublished, g.Number)
	return err
}

func (s *store) Generation(ctx context.Context, number uint32) (catalog.Generation, error) {
	const columns = `SELECT number, published, author, note, zone, content FROM generation`
	if number == 0 {
		g, _, err := one(ctx, s.r, scanGeneration, columns+` ORDER BY number DESC LIMIT 1`)
		return g, err
	}
	g, ok, err := one(ctx, s.r, scanGeneration, columns+` WHERE number = $1`, number)
	if err == nil && !ok {
		err = catalog.NotFound("generation", number)
	}
	return g, err
}

func (s *store) GenerationList(ctx context.Context) ([]catalog.Generation, error) {
	return list(ctx, s.r, func(r row) (g catalog.Generation, err error) {
		err = r.Scan(&g.Number, &g.Published, &g.Author, &g.Note, &g.Zone)
		return g, err
	}, `SELECT number, published, author, note, zone FROM generation ORDER BY number DESC`)
}

// GenerationRules takes 0 for the newest generation, as Generation does.
func (s *store) GenerationRules(ctx context.Context, number uint32) ([]catalog.RuleText, error) {
	newest, _, err := one(ctx, s.r, scalar[uint32], newestGeneration)
	if err != nil {
		return nil, err
	}
	if number == 0 {
		number = newest
	}
	if number > newest {
		return nil, catalog.NotFound("generation", number)
	}
	return list(ctx, s.r, func(r row) (x catalog.RuleText, err error) {
		err = r.Scan(&x.Rule, &x.Version, &x.Name, &x.Document)
		return x, err
	}, `SELECT g.rule_id, g.version, g.name, v.document FROM generation_rule g
		JOIN rule_version v ON v.rule_id = g.rule_id AND v.version = g.version
		WHERE g.generation = $1 ORDER BY g.rule_id`, number)
}
