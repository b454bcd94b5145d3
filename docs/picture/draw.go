package main

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
)

// Measures of the picture, in pixels.
const (
	charTenths = 84 // width of a character, in tenths
	lineHeight = 20
	margin     = 20
	barHeight  = 36
)

// escape finds the colour codes that the program writes.
var escape = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// styles are the colours of the picture by colour code.
var styles = map[string]string{
	"1;32": `fill="#3fb950" font-weight="bold"`,
	"1;31": `fill="#f85149" font-weight="bold"`,
	"33":   `fill="#d29922"`,
	"1":    `fill="#f0f6fc" font-weight="bold"`,
	"2":    `fill="#8b949e"`,
}

// draw makes an SVG of a terminal that shows the text.
func draw(text string) []byte {
	lines := strings.Split(text, "\n")
	width, height := columns*charTenths/10+2*margin, barHeight+len(lines)*lineHeight+margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="bailiwick explain in a terminal">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="10" fill="#0d1117"/>`+"\n", width, height)
	for i, color := range []string{"#ff5f56", "#ffbd2e", "#27c93f"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="18" r="6" fill="%s"/>`+"\n", margin+i*20, color)
	}
	b.WriteString(`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#c9d1d9" xml:space="preserve">` + "\n")
	for i, line := range lines {
		drawLine(&b, line, barHeight+(i+1)*lineHeight-5)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// drawLine writes one line as pieces, each at its own column, so that no font can shift them.
func drawLine(b *bytes.Buffer, line string, y int) {
	column, style := 0, ""
	piece := func(text string) {
		if strings.TrimSpace(text) != "" {
			lead := len([]rune(text)) - len([]rune(strings.TrimLeft(text, " ")))
			fmt.Fprintf(b, `<text x="%.1f" y="%d" %s>%s</text>`+"\n", margin+float64((column+lead)*charTenths)/10, y, style, html.EscapeString(strings.TrimSpace(text)))
		}
		column += len([]rune(text))
	}
	for {
		at := escape.FindStringSubmatchIndex(line)
		if at == nil {
			piece(line)
			return
		}
		piece(line[:at[0]])
		style = styles[line[at[2]:at[3]]]
		line = line[at[1]:]
	}
}
