package catalogtest

import (
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/tag"
)

func (b *bench) group(name string, order int) tag.Group {
	b.t.Helper()
	return must(b.CreateGroup(b.ctx, by, tag.Group{Name: name, Order: order}))(b)
}

func (b *bench) tag(g tag.GroupID, name string, order int) tag.Tag {
	b.t.Helper()
	return must(b.CreateTag(b.ctx, by, tag.Tag{Group: g, Name: name, Order: order, Origin: tag.Stated, State: tag.Draft}))(b)
}

func (b *bench) groups() []tag.Group {
	b.t.Helper()
	return must(b.Groups(b.ctx))(b)
}

func (b *bench) tags() []tag.Tag {
	b.t.Helper()
	return must(b.Tags(b.ctx))(b)
}

func testTagIDs(t *testing.T, b *bench) {
	for i := 1; i <= 3; i++ {
		g, err := b.CreateGroup(b.ctx, by, tag.Group{ID: 77, Name: name("group", i)})
		b.ok(err)
		b.equal("id of a group", g.ID, tag.GroupID(i))
		_, err = b.CreateGroup(b.ctx, by, tag.Group{Name: name("group", i)})
		b.refused(err, catalog.CodeNameTaken)
	}
	for i := 1; i <= 6; i++ {
		if i == 4 {
			b.reopen()
		}
		tg := tag.Tag{ID: 99, Group: tag.GroupID(i%3 + 1), Name: name("tag", i), Origin: tag.Derived, State: tag.Retired}
		made, err := b.CreateTag(b.ctx, by, tg)
		b.ok(err)
		tg.ID = tag.ID(i)
		b.equal("the tag made", made, tg)
		_, err = b.CreateTag(b.ctx, by, tg)
		b.refused(err, catalog.CodeNameTaken)
	}
}

func testTagNames(t *testing.T, b *bench) {
	g, h := b.group("城市", 1), b.group("性别", 2)
	x, y := b.tag(g.ID, "上海", 1), b.tag(g.ID, "北京", 2)
	b.tag(h.ID, "上海", 1) // another group
	x.State = tag.Retired
	b.ok(b.UpdateTag(b.ctx, by, x))
	_, err := b.CreateTag(b.ctx, by, tag.Tag{Group: g.ID, Name: "上海", Origin: tag.Stated, State: tag.Draft})
	b.refused(err, catalog.CodeNameTaken)
	y.Name = "上海"
	b.refused(b.UpdateTag(b.ctx, by, y), catalog.CodeNameTaken)
	h.Name = "城市"
	b.refused(b.UpdateGroup(b.ctx, by, h), catalog.CodeNameTaken)
	b.ok(b.UpdateTag(b.ctx, by, x)) // its own name
	b.ok(b.UpdateGroup(b.ctx, by, g))
	// Names differ by their bytes: case, accents, width, blanks inside.
	for _, n := range []string{"vip", "VIP", "ＶＩＰ", "v ip", "vïp", "vi\u0308p"} {
		b.tag(h.ID, n, 0)
	}
}

func testTagOrder(t *testing.T, b *bench) {
	last, first := b.group("last", 9), b.group("first", -1)
	middle := b.group("middle", 9)
	b.equal("groups by order, then id", b.groups(), []tag.Group{first, last, middle})
	t1 := b.tag(last.ID, "t1", 2)
	t2 := b.tag(middle.ID, "t2", 0)
	t3 := b.tag(first.ID, "t3", 5)
	t4 := b.tag(last.ID, "t4", 1)
	t5 := b.tag(last.ID, "t5", 2)
	b.equal("tags by group, order, id", b.tags(), []tag.Tag{t3, t4, t1, t5, t2})
}

func testTagUpdate(t *testing.T, b *bench) {
	g, h := b.group("g", 1), b.group("h", 2)
	x, other := b.tag(g.ID, "x", 1), b.tag(g.ID, "y", 2)
	g = tag.Group{ID: g.ID, Name: "renamed", Single: true, Order: 7}
	b.ok(b.UpdateGroup(b.ctx, by, g))
	x = tag.Tag{ID: x.ID, Group: g.ID, Name: "new", Order: -3, Origin: tag.Derived, State: tag.Trial}
	b.ok(b.UpdateTag(b.ctx, by, x))
	b.equal("groups", b.groups(), []tag.Group{h, g})
	b.equal("tags", b.tags(), []tag.Tag{x, other})

	moved := x
	moved.Group = h.ID
	b.refused(b.UpdateTag(b.ctx, by, moved), catalog.CodeInvalid)
	missing := x
	missing.ID, missing.Name = 9, "z"
	b.refused(b.UpdateTag(b.ctx, by, missing), catalog.CodeNotFound)
	b.refused(b.UpdateGroup(b.ctx, by, tag.Group{ID: 9, Name: "z"}), catalog.CodeNotFound)
	b.equal("tags after what was refused", b.tags(), []tag.Tag{x, other})
}

func testTagInvalid(t *testing.T, b *bench) {
	g := b.group("g", 1)
	good := tag.Tag{Group: g.ID, Name: "x", Origin: tag.Stated, State: tag.Active}
	for what, c := range map[string]struct {
		change func(*tag.Tag)
		code   string
	}{
		"no name":        {func(x *tag.Tag) { x.Name = "" }, catalog.CodeName},
		"blank before":   {func(x *tag.Tag) { x.Name = " x" }, catalog.CodeName},
		"too long":       {func(x *tag.Tag) { x.Name = strings.Repeat("x", catalog.MaxName+1) }, catalog.CodeName},
		"broken bytes":   {func(x *tag.Tag) { x.Name = "a\xffb" }, catalog.CodeInvalid},
		"NUL":            {func(x *tag.Tag) { x.Name = "a\x00b" }, catalog.CodeInvalid},
		"unknown origin": {func(x *tag.Tag) { x.Origin = "" }, catalog.CodeInvalid},
		"unknown state":  {func(x *tag.Tag) { x.State = "gone" }, catalog.CodeInvalid},
		"no group":       {func(x *tag.Tag) { x.Group = 5 }, catalog.CodeNotFound},
	} {
		x := good
		c.change(&x)
		if _, err := b.CreateTag(b.ctx, by, x); err == nil {
			t.Errorf("%s: made", what)
		} else {
			b.refused(err, c.code)
		}
	}
	_, err := b.CreateGroup(b.ctx, by, tag.Group{Name: "g "})
	b.refused(err, catalog.CodeName)
	x := must(b.CreateTag(b.ctx, by, good))(b)
	b.equal("refusals took no id", x.ID, tag.ID(1))
	x.State = "gone"
	b.refused(b.UpdateTag(b.ctx, by, x), catalog.CodeInvalid)
}

func testEnsureTags(t *testing.T, b *bench) {
	g := b.group("会员等级", 4)
	silver := b.tag(g.ID, "白银", 10)
	specs := []catalog.GroupSpec{
		{Name: "周期", Single: true, Tags: []catalog.TagSpec{
			{Name: "潜在", Origin: tag.Derived, State: tag.Trial},
			{Name: "流失", Origin: tag.Derived},
		}},
		{Name: "会员等级", Single: true, Tags: []catalog.TagSpec{
			{Name: "黄金", Origin: tag.Derived, State: tag.Draft},
			{Name: "白银", Origin: tag.Derived, State: tag.Retired},
			{Name: "钻石", Origin: tag.Stated},
		}},
		{Name: "空组"},
	}
	wantGroups := []tag.Group{
		{ID: 2, Name: "周期", Single: true, Order: 5},
		g, // as it was, not single
		{ID: 3, Name: "空组", Order: 6},
	}
	wantTags := []tag.Tag{
		{ID: 2, Group: 2, Name: "潜在", Order: 1, Origin: tag.Derived, State: tag.Trial},
		{ID: 3, Group: 2, Name: "流失", Order: 2, Origin: tag.Derived, State: tag.Active},
		{ID: 4, Group: 1, Name: "黄金", Order: 11, Origin: tag.Derived, State: tag.Draft},
		silver,
		{ID: 5, Group: 1, Name: "钻石", Order: 12, Origin: tag.Stated, State: tag.Active},
	}
	for range 2 { // the second time everything is there
		groups, tags, err := b.EnsureTags(b.ctx, by, specs)
		b.ok(err)
		b.equal("groups named, in the order given", groups, wantGroups)
		b.equal("tags named, in the order given", tags, wantTags)
	}
	if len(b.tags()) != 5 || len(b.groups()) != 3 {
		t.Fatalf("%d tags in %d groups", len(b.tags()), len(b.groups()))
	}
}

func testEnsureTagsAtomic(t *testing.T, b *bench) {
	groups, tags, err := b.EnsureTags(b.ctx, by, []catalog.GroupSpec{
		{Name: "g", Tags: []catalog.TagSpec{{Name: "x", Origin: tag.Stated}}},
		{Name: "h", Tags: []catalog.TagSpec{{Name: "y", Origin: "guess"}}},
	})
	b.refused(err, catalog.CodeInvalid)
	if len(groups)+len(tags)+len(b.groups())+len(b.tags()) != 0 {
		t.Fatalf("left behind: %v %v %v %v", groups, tags, b.groups(), b.tags())
	}
	b.equal("ids start where nothing was made", b.group("g", 1).ID, tag.GroupID(1))
}
