package access

// A subject is what is known of who asks, apart from what follows from it, which is the row.
type subject struct {
	facts *facts
	holds *window // the time that the row is for, where that is not always (rowTimed)
}

// A company is the subjects of one leaf. Decisions read nothing but rows, and the closer these stand together, the fewer
// of them have to be fetched from afar; whoever changes a subject needs both.
type company struct {
	rows     [1 << leafBits]row
	subjects [1 << leafBits]subject
}

// subjects are all who may ask, by number.
type subjects struct{ tree[company] }

// at returns what is known of a subject, for reading.
func (s *subjects) at(i uint32) *subject { return &s.leaf(i).subjects[i&leafMask] }

// row returns a subject's row, for reading.
func (s *subjects) row(i uint32) *row { return &s.leaf(i).rows[i&leafMask] }

// editableSubjects are subjects together with the edit that changes them.
type editableSubjects struct{ growing[company] }

func openSubjects(s subjects, by *edit) editableSubjects {
	return editableSubjects{growing[company]{tree: s.tree, by: by}}
}

// subjects is what they have become.
func (s *editableSubjects) subjects() subjects { return subjects{s.tree} }

// at returns what is known of a subject, for reading.
func (s *editableSubjects) at(i uint32) *subject { return &s.leaf(i).subjects[i&leafMask] }

// row returns a subject's row, for reading.
func (s *editableSubjects) row(i uint32) *row { return &s.leaf(i).rows[i&leafMask] }

// set returns a subject and its row for writing; there is one more if the number is the next one.
func (s *editableSubjects) set(i uint32) (*subject, *row) {
	return s.own(i).at(i)
}

// at returns a subject of the leaf and its row.
func (c *company) at(i uint32) (*subject, *row) {
	return &c.subjects[i&leafMask], &c.rows[i&leafMask]
}
