package access

import (
	"fmt"
	"math/bits"
)

// maxPlatforms is how many platforms one organization can have: each is a bit of a word.
const maxPlatforms = 64

// A platform is a Model compiled for one organization: names become numbers and sets of bits.
type platform struct {
	slug     string
	index    uint8
	model    *Model
	plan     string
	settings map[string]string
	root     uint32 // node of the root
	risen    uint32 // hidden node: what holds at the root only (Permission.RisesFrom)

	kinds       []kind
	kindByName  map[string]uint8
	permissions []permission
	permByName  map[string]uint16
	bits        int // how many bits a set of this platform needs
	roles       []role
	roleByName  map[string]uint16
	licenses    []license
	licensed    bool // the product has licenses: a user without one has nothing
	everywhere  bool // the Conditional rule is switched off
	memberGrant grant
	grantSets   []grantSets // by role and kind, without categories

	firstPermission uint32     // its first PermissionID
	permTable       []permSlot // open hash table
}

type kind struct {
	*Kind
	grantable bool
	isRoot    bool
	override  bool // Override.Kind
	access    bool // Conditional.Parent: a grant here is access to it
	cond      bool // "*" scope of Conditional.Kind
	minimum   []uint64
	rises     []uint64 // mask of what a grant here gives at the root
	reaches   []uint64 // mask of what a grant here gives at the "*" scope beneath
	askable   []bool   // by permission: may the question be asked here?
}

type permission struct {
	*Permission
	bit    uint32
	lifted bool // some role holds it by category: it has a bit for every category
	kind   uint8
}

type role struct {
	*Role
	at            uint64 // kinds it can be granted at
	holders       uint8  // kinds of holders
	always        []uint64
	lifted        []uint32 // indexes of permissions
	all           []uint64 // always and lifted together: for "more permissive"
	unconditional bool
	custom        bool
}

type license struct {
	*License
	grants []grant
}

// categoryAll is the index of the question asked above the resources that have a category.
const categoryAll = 0

func compilePlatform(facts Platform, index uint8) (*platform, error) {
	m := facts.Model
	if m == nil || len(m.Kinds) == 0 {
		return nil, fmt.Errorf("platform %q has no role model", facts.Slug)
	}
	p := &platform{slug: facts.Slug, index: index, model: m, plan: facts.Plan, settings: facts.Settings,
		kindByName: map[string]uint8{}, permByName: map[string]uint16{}, roleByName: map[string]uint16{}}
	if err := p.compileKinds(); err != nil {
		return nil, err
	}
	p.compilePermissions(facts.Roles)
	for i := range m.Roles {
		if err := p.addRole(&m.Roles[i], false); err != nil {
			return nil, err
		}
	}
	for i := range facts.Roles {
		if err := p.addRole(&facts.Roles[i], true); err != nil {
			return nil, err
		}
	}
	if err := p.compileRules(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *platform) compileKinds() error {
	m := p.model
	if len(m.Kinds) > 64 {
		return fmt.Errorf("edition %s has %d kinds; at most 64 are possible", m.Edition, len(m.Kinds))
	}
	for i := range m.Kinds {
		k := &m.Kinds[i]
		c := kind{Kind: k, isRoot: i == 0}
		if o := m.Override; o != nil {
			c.override = o.Kind == k.Name
		}
		if o := m.Conditional; o != nil {
			c.access = o.Parent == k.Name
			c.cond = o.Kind == k.StarOf
		}
		for j := range m.CustomRoles {
			c.grantable = c.grantable || contains(m.CustomRoles[j].GrantAt, k.Name)
		}
		p.kinds = append(p.kinds, c)
		p.kindByName[k.Name] = uint8(i)
	}
	return nil
}

// compilePermissions gives each permission its bits. A permission that some role lifts by category has one bit for
// questions asked above the categories and one for each of them.
func (p *platform) compilePermissions(custom []Role) {
	m := p.model
	lifted := map[string]bool{}
	for _, roles := range [][]Role{m.Roles, custom} {
		for i := range roles {
			for _, name := range roles[i].Lifted {
				lifted[name] = true
			}
		}
	}
	for i := range m.Permissions {
		name := &m.Permissions[i]
		c := permission{Permission: name, bit: uint32(p.bits), lifted: lifted[name.Name], kind: p.kindByName[name.At]}
		p.bits++
		if c.lifted {
			p.bits += len(p.categories())
		}
		p.permByName[name.Name] = uint16(i)
		p.permissions = append(p.permissions, c)
	}
	p.fillPermTable()
	for i := range p.kinds {
		p.kinds[i].askable = p.askableAt(&p.kinds[i])
	}
}

// categories returns the values of the one kind that has categories.
func (p *platform) categories() []string {
	for _, k := range p.kinds {
		if len(k.Categories) > 0 {
			return k.Categories
		}
	}
	return nil
}

// askableAt tells which permissions are at the kind's level or beneath it.
func (p *platform) askableAt(k *kind) []bool {
	beneath := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if beneath[name] {
			return
		}
		beneath[name] = true
		c := p.model.Kind(name)
		if c == nil {
			return
		}
		if c.Level != "" {
			beneath[c.Level] = true // its permissions only, not what lies beneath that kind
		}
		if c.StarOf != "" {
			visit(c.StarOf)
		}
		for i := range p.kinds {
			if contains(p.kinds[i].Under, name) {
				visit(p.kinds[i].Name)
			}
		}
	}
	visit(k.Name)
	askable := make([]bool, len(p.permissions))
	for i := range p.permissions {
		askable[i] = beneath[p.permissions[i].At]
	}
	return askable
}

func (p *platform) newMask() []uint64 { return make([]uint64, max(1, (p.bits+63)/64)) }

// setAll sets every bit of a permission.
func (p *platform) setAll(mask []uint64, perm *permission) {
	setBit(mask, perm.bit)
	if perm.lifted {
		for c := range p.categories() {
			setBit(mask, perm.bit+1+uint32(c))
		}
	}
}

func (p *platform) maskOf(names []string) ([]uint64, error) {
	mask := p.newMask()
	for _, name := range names {
		i, known := p.permByName[name]
		if !known {
			return nil, fmt.Errorf("edition %s has no permission %q", p.model.Edition, name)
		}
		p.setAll(mask, &p.permissions[i])
	}
	return mask, nil
}

// nameHash hashes the name of a permission by its length and its first and last eight letters: cheap, and good enough
// for some dozens of names.
func nameHash(name string) uint32 {
	n := len(name)
	if n < 8 {
		h := uint32(n)
		for i := range n {
			h = h*31 + uint32(name[i])
		}
		return h ^ h>>7
	}
	h := (eightBytes(name)*0x9E3779B97F4A7C15 ^ eightBytes(name[n-8:])) * 0xC2B2AE3D27D4EB4F
	return uint32(h>>32) + uint32(n)
}

// eightBytes reads the first eight bytes of a text as one number.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// permission finds a permission by its name.
func (p *platform) permission(name string) (PermissionID, bool) {
	mask := uint32(len(p.permTable) - 1)
	for i := nameHash(name); ; i++ {
		slot := &p.permTable[i&mask]
		if slot.name == name {
			return PermissionID(p.firstPermission + slot.index), name != ""
		}
		if slot.name == "" {
			return 0, false
		}
	}
}

// A permSlot is a permission in the hash table of a platform; an empty name is an empty slot.
type permSlot struct {
	name  string
	index uint32
}

func (p *platform) fillPermTable() {
	size := 16
	for size < 8*len(p.permissions) {
		size *= 2
	}
	p.permTable = make([]permSlot, size)
	for i := range p.permissions {
		name := p.permissions[i].Name
		at := nameHash(name)
		for p.permTable[at&uint32(size-1)].name != "" {
			at++
		}
		p.permTable[at&uint32(size-1)] = permSlot{name, uint32(i)}
	}
}

// hot writes down what decisions read about the permissions.
func (p *platform) hot() []hotPermission {
	list := make([]hotPermission, len(p.permissions))
	for i := range p.permissions {
		c := &p.permissions[i]
		list[i] = hotPermission{bit: uint16(c.bit), platform: p.index}
		if c.lifted {
			list[i].flags |= hotLifted
		}
		if len(c.Reaches) > 0 {
			list[i].flags |= hotRootOnly
		}
		if c.At == p.kinds[0].Name {
			list[i].flags |= hotAtRoot
		}
		for k := range p.kinds {
			if p.kinds[k].askable[i] {
				list[i].askable |= 1 << k
			}
		}
	}
	return list
}

func or(into, from []uint64) {
	for i := range from {
		into[i] |= from[i]
	}
}

func and(into, with []uint64) {
	for i := range into {
		into[i] &= with[i]
	}
}

func isZero(mask []uint64) bool {
	for _, w := range mask {
		if w != 0 {
			return false
		}
	}
	return true
}

// above reports whether a contains b and something more.
func above(a, b []uint64) bool {
	more := false
	for i := range a {
		if b[i]&^a[i] != 0 {
			return false
		}
		more = more || a[i]&^b[i] != 0
	}
	return more
}

func count(mask []uint64) int {
	n := 0
	for _, w := range mask {
		n += bits.OnesCount64(w)
	}
	return n
}
