package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"bailiwick/event"
	"bailiwick/internal/fault"
)

// Headers of a delivery, its signature's version, and the beginning of a secret (Standard Webhooks 1.0, read 2026-11).
const (
	HeaderID        = "webhook-id"
	HeaderTime      = "webhook-timestamp"
	HeaderSignature = "webhook-signature"

	signatureVersion = "v1,"
	secretPrefix     = "whsec_"
	keyBytes         = 32
)

// sealed is what keys are sealed as.
const sealed = "webhook_key"

// Keep makes a secret, keeps its key sealed, and returns the secret and the id of what is kept. Nobody can read it here again.
func (s *Service) Keep(ctx context.Context, organization string) (secret, id string, err error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // ends the program rather than fail
	id = "sec_" + strings.ToLower(rand.Text())
	closed, err := s.o.Ring.Seal(sealed, organization, id, key)
	if err != nil {
		return "", "", err
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(key), id, s.o.Journal.PutSecret(ctx, organization, id, closed)
}

// Drop forgets a key that Keep kept and no webhook names.
func (s *Service) Drop(ctx context.Context, organization, id string) error {
	return s.o.Journal.DropSecret(ctx, organization, id)
}

// keys opens the keys that sign at a moment, the newest first.
func (s *Service) keys(ctx context.Context, organization string, secrets []event.WebhookSecret, at time.Time) ([][]byte, error) {
	var keys [][]byte
	for _, one := range secrets {
		if one.Until != 0 && !at.Before(event.Time(one.Until)) {
			continue
		}
		kept, found, err := s.o.Journal.Secret(ctx, organization, one.Secret)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fault.New(fault.Unavailable, "the secret of the webhook is missing").Rather("rotate it")
		}
		key, err := s.o.Ring.Open(sealed, organization, one.Secret, kept)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Unavailable, "the webhook has no secret").Rather("rotate it")
	}
	return keys, nil
}

// signature signs a message with each key.
func signature(keys [][]byte, id string, at time.Time, body []byte) string {
	var all []string
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		all = append(all, signatureVersion+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " ")
}
