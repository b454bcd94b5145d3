package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"bailiwick/access"
)

const (
	evaluationPath  = "/access/v1/evaluation"
	evaluationsPath = "/access/v1/evaluations"
)

// evaluation puts a question of W into AuthZEN's words.
func evaluation(q access.Question) trivialRequest {
	kind, id := "organization", "."
	if _, below, beneath := strings.Cut(q.Resource, "/"); beneath {
		kind, id = "deployment", below
		if strings.Contains(below, "/") {
			kind = "code_location"
		}
	}
	return trivialRequest{Subject: &trivialEntity{Type: "user", ID: q.Subject.ID}, Action: &trivialEntity{Name: platform + "." + q.Permission},
		Resource: &trivialEntity{Type: platform + "." + kind, ID: id}}
}

// request is a whole HTTP request, ready to be sent as it is.
func request(path, token string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	head := "POST " + path + " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token +
		"\r\nContent-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n"
	return append([]byte(head), text...), nil
}

// A connection speaks HTTP/1.1 with as little work as will do: net/http's client costs more than a server's answer, and on
// the same machine it would be half of what is measured.
type connection struct {
	net.Conn
	reader *bufio.Reader
	body   []byte
}

func dial(address string) (*connection, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, reader: bufio.NewReaderSize(c, 16<<10)}, nil
}

var errAnswer = errors.New("not an answer of HTTP/1.1 with the status 200")

// ask sends a request and returns the body of the answer, which is valid until the next one.
func (c *connection) ask(request []byte) ([]byte, error) {
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return nil, fmt.Errorf("%w: %s", errAnswer, line)
	}
	size, chunked := 0, false
	for {
		if line, err = c.reader.ReadSlice('\n'); err != nil {
			return nil, err
		}
		switch {
		case len(line) == 2:
			return c.read(size, chunked)
		case has(line, "Content-Length: "):
			if size, err = strconv.Atoi(string(bytes.TrimSpace(line[16:]))); err != nil {
				return nil, err
			}
		case has(line, "Transfer-Encoding: chunked"):
			chunked = true
		}
	}
}

// has tells whether a line begins with a header, in capitals as Go writes them or without as others do.
func has(line []byte, header string) bool {
	return len(line) >= len(header) && (string(line[:len(header)]) == header || strings.EqualFold(string(line[:len(header)]), header))
}

// read takes the body from the connection.
func (c *connection) read(size int, chunked bool) ([]byte, error) {
	c.body = c.body[:0]
	if !chunked {
		err := c.take(size)
		return c.body, err
	}
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return nil, err
		}
		if err := c.take(int(size) + 2); err != nil { // and the end of its line
			return nil, err
		}
		c.body = c.body[:len(c.body)-2]
		if size == 0 {
			return c.body, nil
		}
	}
}

// take appends the next bytes to the body.
func (c *connection) take(n int) error {
	from := len(c.body)
	for cap(c.body) < from+n {
		c.body = append(c.body[:cap(c.body)], 0)
	}
	c.body = c.body[:from+n]
	_, err := io.ReadFull(c.reader, c.body[from:])
	return err
}
