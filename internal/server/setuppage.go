package server

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"

	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

//go:embed setup
var setupFiles embed.FS

// A setupPage asks for the first owner, once. It exists only while there is no organization.
type setupPage struct {
	p    *product
	page *template.Template
}

func newSetupPage(p *product) (*setupPage, error) {
	page, err := template.ParseFS(setupFiles, "setup/page.html")
	return &setupPage{p: p, page: page}, err
}

// routes are the page, its two files, and the form. The form refuses posts from other origins.
func (s *setupPage) routes() []Route {
	files := http.FileServerFS(setupFiles)
	guard := http.NewCrossOriginProtection()
	return []Route{
		{Pattern: "GET /setup", Operation: "setup.use", Access: Public, Early: true, Handler: s.whileOpen(http.HandlerFunc(s.show))},
		{Pattern: "GET /setup/page.css", Operation: "setup.use", Access: Public, Early: true, Quiet: true, Handler: s.whileOpen(files)},
		{Pattern: "GET /setup/page.js", Operation: "setup.use", Access: Public, Early: true, Quiet: true, Handler: s.whileOpen(files)},
		{Pattern: "POST /setup", Operation: "setup.use", Access: Public, Early: true, MaxBody: 16 << 10, Handler: s.whileOpen(guard.Handler(http.HandlerFunc(s.use)))},
	}
}

// content is what the page shows.
type content struct {
	Problem, Secret, Organization, Name, Email string
	Done                                       *finished
}

type finished struct{ Organization, Email, Secret, Server string }

// whileOpen answers that there is no such page from the moment that there is an organization.
func (s *setupPage) whileOpen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.p.unset() {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *setupPage) show(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, content{})
}

func (s *setupPage) use(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	c := content{Secret: r.PostForm.Get("secret"), Organization: r.PostForm.Get("organization"), Name: r.PostForm.Get("name"), Email: r.PostForm.Get("email")}
	result, err := s.p.changes.SetUp(r.Context(), signin.HashOf(c.Secret), change.Setup{Organization: c.Organization, Name: c.Name, Email: c.Email}, RequestOf(r.Context()).ID)
	if err != nil {
		c.Problem = err.Error()
		status := http.StatusUnprocessableEntity
		if fault.Is(err, fault.Internal) {
			s.p.log.ErrorContext(r.Context(), "setup failed", "error", err)
			c.Problem, status = "Setup failed; the server's log says why.", http.StatusInternalServerError
		}
		s.render(w, status, c)
		return
	}
	s.render(w, http.StatusOK, content{Done: &finished{Organization: c.Organization, Email: c.Email, Secret: result.Results[1].Secret, Server: s.p.config.External.String()}})
}

func (s *setupPage) render(w http.ResponseWriter, status int, c content) {
	var body bytes.Buffer
	if err := s.page.Execute(&body, c); err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
