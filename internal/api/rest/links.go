package rest

import (
	"bailiwick/access"
	"bailiwick/client"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/inquiry"
)

// openLink makes a one-time link, and shows its address: here and never again.
func openLink(a *asking) (any, error) {
	r, err := body[client.NewLink](a)
	if err != nil {
		return nil, err
	}
	asked, err := a.changing()
	if err != nil {
		return nil, err
	}
	result, err := a.result(asked, client.LinkOpen{User: a.r.PathValue("user"), Purpose: r.Purpose, Mail: r.Mail})
	switch {
	case err != nil:
		return nil, err
	case result.After == nil:
		return nil, fault.New(fault.Conflict, "this change was made already, and its link was shown then").In("change_id").
			Rather("open another link with a new id; it ends this one")
	}
	made := result.Results[0]
	found := client.OpenedLink{Purpose: r.Purpose, Mailed: r.Mail, DryRun: asked.DryRun, Facts: a.facts(result.Before)}
	if l := result.After.Link(made.ID); l != nil {
		found.Until = event.Time(l.Until).UTC()
	}
	if asked.DryRun {
		return found, nil
	}
	found.ID, found.ChangeID, found.Facts = made.ID, result.ID, a.facts(result.After)
	if made.Secret == "" { // it is not for the caller to see
		found.Mailed = true
		return found, nil
	}
	page := map[string]string{change.LinkActivation: "/activate", change.LinkReset: "/reset"}[r.Purpose]
	// Behind the #, where browsers do not send it, and no server or proxy writes it into a log.
	found.Address = a.External.JoinPath(page).String() + "#" + made.Secret
	return found, nil
}

func endLink(a *asking) (any, error) { return a.do(client.LinkEnd{Link: a.r.PathValue("link")}) }

// unlink ends the binding of the named person to an account at a provider.
func unlink(a *asking) (any, error) {
	command := client.IdentityUnlink{Identity: a.r.PathValue("identity")}
	sub, exists := inquiry.Named(a.now, access.User, a.r.PathValue("user"))
	if i := a.now.Identity(command.Identity); !exists || i == nil || i.User != sub.ID {
		return nil, a.changeError(missing("identity", "identity", command.Identity), command)
	}
	return a.do(command)
}
