package definition

import (
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/rule"
)

// read parses a document, which may refer to everything in have, and returns its nodes too. A rule
// that names its tag without a group means the tag that exists under that name, if there is one.
func (s *Service) read(data []byte, have *rule.Set) (*markup.Node, *rule.Document, error) {
	root, err := markup.ReadWithin(data, markup.Auto, markup.Limits{Bytes: rule.MaxDocumentBytes, Nodes: 1_000_000})
	if err != nil {
		return nil, nil, err
	}
	s.findGroups(root)
	doc, err := rule.ParseDocument(root, "", rule.DocumentOptions{Zone: s.zone, Known: have.Names()})
	return root, doc, err
}

// findGroups writes the group before bare tags of rules where it is known. It looks at a tree
// that is not checked yet, and leaves alone what does not look right.
func (s *Service) findGroups(root *markup.Node) {
	rules := root.Get("rules")
	if rules == nil {
		return
	}
	for _, r := range rules.Items {
		t := r.Get("tag")
		if t == nil || t.Kind != markup.Text || strings.Contains(t.Text, "/") || r.Has("group") || declares(root, t.Text) {
			continue
		}
		if known, ok := s.Library().Find(t.Text); ok {
			t.Text = s.Library().FullName(known)
		}
	}
}

// declares reports whether a group of the document lists the tag.
func declares(root *markup.Node, tag string) bool {
	groups := root.Get("groups")
	if groups == nil {
		return false
	}
	return slices.ContainsFunc(groups.Items, func(g *markup.Node) bool {
		tags := g.Get("tags")
		return tags != nil && lists(tags.Items, tag)
	})
}

// fullyNamed is a rule's node with its tag as "group/tag", so that it stands alone.
func fullyNamed(n *markup.Node, r *rule.RuleDoc) *markup.Node {
	if r.Ladder != nil {
		return n
	}
	out := *n
	out.Pairs = nil
	for _, p := range n.Pairs {
		switch p.Key {
		case "group":
			continue
		case "tag":
			t := *p.Value
			t.Text = r.Group + "/" + r.Tag
			p.Value = &t
		}
		out.Pairs = append(out.Pairs, p)
	}
	return &out
}

// nameOf is the name under which the catalog keeps a rule.
func nameOf(r *rule.RuleDoc) string {
	switch {
	case r.Name != "":
		return r.Name
	case r.Ladder != nil:
		return r.Group
	}
	return r.Group + "/" + r.Tag
}

// splitTag splits "group/tag"; group is "" for a bare tag.
func splitTag(name string) (group, tag string) {
	if group, tag, ok := strings.Cut(name, "/"); ok {
		return group, tag
	}
	return "", name
}
