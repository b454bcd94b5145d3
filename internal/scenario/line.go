package scenario

import (
	"regexp"
	"strings"
	"time"

	"bailiwick/access"
	"bailiwick/internal/yamltext"
)

// lineForm takes the moment off the end only where it looks like one: resources may contain " at ".
var lineForm = regexp.MustCompile(`^(\S+?:.+?) (can|cannot) (\S+) on (.+?)(?: at (\d{4}-\S+))?$`)

const lineShape = "write WHO can|cannot PERMISSION on RESOURCE, with at MOMENT where time matters"

func readLine(v yamltext.Value, p *yamltext.Problems) Line {
	line := Line{Text: v.Text(p), Place: v.Place()}
	parts := lineForm.FindStringSubmatch(line.Text)
	if parts == nil {
		p.Add(v, "the line is not a question", lineShape)
		return line
	}
	word, id, _ := strings.Cut(parts[1], ":")
	kind := access.ParseHolderKind(word)
	if kind == access.NoHolder {
		p.Add(v, "\""+word+"\" is no kind of subject", "it can be user, service_user, agent or team")
	}
	at := Moment()
	if parts[5] != "" {
		moment, err := time.Parse(time.RFC3339, parts[5])
		if err != nil {
			p.Add(v, "\""+parts[5]+"\" is no moment", "write it as 2027-01-31T00:00:00Z")
		}
		at = moment.UTC()
	}
	line.Can = parts[2] == "can"
	line.Question = access.Question{Subject: access.Subject{Kind: kind, ID: id}, Permission: parts[3], Resource: parts[4], At: at}
	return line
}
