package server

import (
	"context"
	"net/mail"
	"net/url"
	"strconv"

	"bailiwick/internal/change"
	"bailiwick/internal/loopback"
	letters "bailiwick/internal/mail"
)

// mails tells whether letters are sent, or written to files.
func (c *Config) mails() bool { return c.MailServer != "" || c.MailFolder != "" }

// judgeMail refuses mail that could not be sent.
func (c *Config) judgeMail() error {
	if !c.mails() {
		return nil
	}
	if c.MailServer != "" && c.MailFolder != "" {
		return invalid("mail.folder", "mail.server is set too").Rather("keep one of the two")
	}
	from := c.MailFrom
	if from == "" && c.MailFolder != "" {
		from = "Bailiwick <bailiwick@localhost.localdomain>"
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return invalid("mail.from", "%q is not a sender", c.MailFrom).Rather("write it as Bailiwick <access@acme.test>")
	}
	c.sender = letters.Address{Name: sender.Name, Email: sender.Address}
	if c.MailServer == "" {
		return nil
	}
	c.smtp, err = smtpOptions(c.MailServer, c.mailPassword)
	return err
}

// smtpOptions reads smtp://USER@HOST:PORT.
func smtpOptions(address, password string) (letters.SMTPOptions, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Path != "" && u.Path != "/" {
		// The value is not repeated: it may hold a password.
		return letters.SMTPOptions{}, invalid("mail.server", "it is not the address of a mail server").Rather("write smtp://USER@HOST:587 or smtps://USER@HOST")
	}
	if _, has := u.User.Password(); has {
		return letters.SMTPOptions{}, invalid("mail.server", "it holds a password").Rather("write the password into a file, and name that with mail.password_file").By("no_clear_text")
	}
	o := letters.SMTPOptions{Host: u.Hostname(), User: u.User.Username(), Password: password, Security: letters.StartTLS}
	if u.Scheme == "smtps" {
		o.Security = letters.TLS
	}
	if port := u.Port(); port != "" {
		if o.Port, err = strconv.Atoi(port); err != nil {
			return o, invalid("mail.server", "its port is not a number")
		}
	}
	if u.Scheme == "smtp" && loopback.Is(u.Hostname()) {
		o.Security = letters.NoTLS // what stays on this machine
	}
	return o, nil
}

// startMail begins to send letters. The server listens by now: the address of links is known.
func (p *product) startMail() error {
	writer, err := letters.NewWriter(p.config.External.String(), p.config.sender)
	if err != nil {
		return err
	}
	var sender letters.Sender
	if p.config.MailFolder != "" {
		sender, err = letters.NewFolder(p.config.MailFolder)
	} else {
		sender, err = letters.NewSMTP(p.config.smtp)
	}
	if err != nil {
		return err
	}
	outbox := letters.NewOutbox(letters.OutboxOptions{Journal: p.journal, Ring: p.ring, Writer: writer, Sender: sender, Now: p.engine.Now, Log: p.log})
	p.outbox.Store(outbox)
	p.background.Go(func() { outbox.Run(p.alive()) })
	return nil
}

// letterKind names a letter as package mail does.
func letterKind(l change.Letter) letters.Kind {
	switch l.Kind {
	case "invited", "activation":
		return letters.Activation
	case "reset":
		return letters.Reset
	case "break_glass":
		return letters.BreakGlass
	}
	return letters.Invited
}

// post puts the letters of a change into the outbox. The change is in the journal by then: a letter that cannot be kept is
// logged, and an administrator opens another link.
func (p *product) post(organization string, all []change.Letter) {
	outbox := p.outbox.Load()
	if outbox == nil {
		return
	}
	ctx, cancel := context.WithTimeout(p.alive(), p.config.LimitsRequest)
	defer cancel()
	for _, l := range all {
		letter := letters.Letter{Kind: letterKind(l), To: letters.Address{Name: l.Name, Email: l.Email},
			Data: letters.Data{Organization: organization, By: l.By, User: l.About, Reason: l.Reason, At: p.engine.Now(), Secret: l.Secret, Until: l.Until}}
		if _, err := outbox.Queue(ctx, organization, letter); err != nil {
			p.log.Error("a letter could not be kept; open another link for the person", "organization", organization, "user", l.User, "kind", l.Kind, "error", err)
		}
	}
}
