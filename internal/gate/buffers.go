package gate

import "sync"

// buffers lends what answers are copied through.
type buffers struct{ pool sync.Pool }

const bufferBytes = 32 << 10

// Get lends a buffer.
func (b *buffers) Get() []byte {
	if lent, ok := b.pool.Get().(*[]byte); ok {
		return *lent
	}
	return make([]byte, bufferBytes)
}

// Put takes it back.
func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
