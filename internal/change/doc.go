// Package change is the only way to change anything.
//
// It owns the pipeline that every door uses, in six steps:
//
//  1. authorize: may this actor perform this operation on this target? (the edition's governing permission)
//  2. validate: do names exist, are they free, do the platform's rules allow it?
//  3. events: what the commands come to, folded on a copy of the state
//  4. guard: may the actor give and take every grant line that the change gains and loses; does an administrator remain;
//     do the stored policy tests hold?
//  5. append, at the revision on which all of this was judged, or start again on the newer one
//  6. publish, and only then answer
//
// What the vendors' rules give (first owners, creators, default roles) happens here as well, and what comes of an identity
// provider's word, a forgotten password and an operator's: by actors named rule:…, from a closed list.
//
// It does not own who is asking (internal/signin), nor any protocol (internal/api).
package change
