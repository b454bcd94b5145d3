package access

// A Code says how a question was answered, or why it could not be.
type Code uint8

// The codes. Only Granted allows; every other one is a no.
const (
	NotGranted Code = iota
	Granted
	UnknownSubject
	UnknownResource
	UnknownPermission // the resource's platform has no such permission
	BelowLevel        // asked beneath the level of the permission
)

// String returns the stable name of the code, as JSON has it.
func (c Code) String() string {
	switch c {
	case Granted:
		return "granted"
	case UnknownSubject:
		return "unknown_subject"
	case UnknownResource:
		return "unknown_resource"
	case UnknownPermission:
		return "unknown_permission"
	case BelowLevel:
		return "below_level"
	}
	return "not_granted"
}

// A Decision is the answer to a Question.
type Decision struct {
	Allowed bool
	Code    Code
}

// Why says what became of one grant in a decision.
type Why uint8

// The reasons, in no order of weight.
const (
	WhyCounts    Why = iota // it applies
	WhyRole                 // its role does not contain the permission
	WhyScope                // its scope does not cover the resource
	WhyCategory             // its environment categories do not cover the resource
	WhyNotYet               // its window has not begun
	WhyEnded                // its window is over
	WhyLicense              // the license stands in its place, or there is none
	WhyNoBase               // an override without the holder's role at the parent
	WhyNoParent             // a branch role without access to the parent
	WhyVoid                 // the holder cannot hold this role, or not at this scope
	WhyMember               // the role that every member has
	WhyInactive             // the subject is deactivated
	WhyRootScope            // asked at the "*" scope itself, which only the root's roles reach
)

// String returns the stable name of the reason, as JSON has it.
func (w Why) String() string {
	names := [...]string{"counts", "role", "scope", "category", "not_yet", "ended", "license", "no_base", "no_parent", "void",
		"member", "inactive", "root_scope"}
	if int(w) < len(names) {
		return names[w]
	}
	return "unknown"
}

// Outcome is a grant's part in a decision.
type Outcome uint8

// The outcomes, in the order in which an explanation lists them.
const (
	Wins        Outcome = iota // the most permissive of those that allow
	Contributes                // allows as well
	Lost                       // does not
)

// String returns the stable name of the outcome, as JSON has it.
func (o Outcome) String() string {
	switch o {
	case Wins:
		return "wins"
	case Contributes:
		return "contributes"
	}
	return "lost"
}
