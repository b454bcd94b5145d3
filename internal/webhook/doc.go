// Package webhook delivers what happens to the endpoints that an organization has named, as Standard Webhooks says: one signed
// POST for each event, in the order of the journal, again until it is taken.
//
// It owns keys and signatures, what a message holds, when a delivery is tried again, and when an endpoint is given up. Where an
// endpoint may be is the guard's (internal/reach). It does not own which webhooks there are and who may say so
// (internal/change), nor where it is kept how far each has got (internal/journal).
package webhook
