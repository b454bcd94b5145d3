package inquiry

import (
	"bailiwick/access"
	"bailiwick/internal/accessfile"
	"bailiwick/internal/sight"
)

// AuditWithin are the platforms whose rows of the audit log the caller may read; nil is everything. To whoever may read none the
// error is Forbidden (attack 121).
func (a *Asker) AuditWithin() ([]string, error) {
	if a.View.All() {
		return nil, nil
	}
	within := []string{}
	for _, slug := range a.Now.Slugs() {
		if slug != accessfile.Directory && a.View.MayOperate(slug, access.OpAuditView) {
			within = append(within, slug)
		}
	}
	if len(within) == 0 {
		return nil, sight.Forbidden("the audit log is not yours to read", "it needs audit.read at org, or on a platform what its edition asks for audit.view")
	}
	return within, nil
}
