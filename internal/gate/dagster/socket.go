package dagster

// Protocol is the subprotocol of the webserver's socket: subscriptions-transport-ws, which is not the newer graphql-transport-ws.
const Protocol = "graphql-ws"

// MessageType is what a client says on the socket.
type MessageType string

// The messages of clients. The webserver reads no others (dagster_webserver/graphql.py 1.13.27).
const (
	Init      MessageType = "connection_init"
	Start     MessageType = "start"
	Stop      MessageType = "stop"
	Terminate MessageType = "connection_terminate"
)

// maxID is how long the name that a client gives a subscription may be, in bytes.
const maxID = 128

// A Message is one message of a client.
type Message struct {
	Type    MessageType
	ID      string  // of Start and Stop: the client's name for the subscription
	Request Request // of Start
}

// ReadMessage reads a client's text message; errors are Invalid. A start is a request like any other, with the name of the
// operation in operation_name, which alone the webserver reads, or in operationName, which clients send. Payloads of
// connection_init are dropped: they are credentials of other systems, and the webserver ignores them.
func ReadMessage(text []byte) (Message, error) {
	if len(text) > MaxBody {
		return Message{}, refused("size", "the message is larger than 1 MiB", "")
	}
	object, err := decodeObject(text)
	if err != nil {
		return Message{}, err
	}
	for key := range object {
		if key != "type" && key != "id" && key != "payload" {
			return Message{}, refused("socket", "the message has a key "+printable(key), "send type, id and payload")
		}
	}
	word, _ := object["type"].(string)
	m := Message{Type: MessageType(word)}
	switch m.Type {
	case Init, Terminate:
		return m, nil
	case Start, Stop:
		if m.ID, _ = object["id"].(string); m.ID == "" || len(m.ID) > maxID {
			return m, refused("socket", "the message has no id, or one that is too long", "send a text of at most 128 bytes")
		}
	default:
		return m, refused("socket", "the message is of type "+printable(word), "speak "+Protocol)
	}
	if m.Type == Start {
		payload, ok := object["payload"].(map[string]any)
		if !ok {
			return m, refused("socket", "the start has no payload", "send an object")
		}
		m.Request, err = readStart(payload)
	}
	return m, err
}

func readStart(payload map[string]any) (Request, error) {
	name, under := payload["operation_name"]
	camel, both := payload["operationName"]
	if under && both && name != nil && camel != nil && name != camel {
		return Request{}, refused("operation_name", "operation_name and operationName differ", "send one of them")
	}
	if under {
		delete(payload, "operation_name")
		if name != nil {
			payload["operationName"] = name
		}
	}
	return fromObject(payload, Socket)
}

// StartMessage writes the start that is forwarded. The name of the operation is sent where the webserver reads it.
func StartMessage(id string, a *Asked) []byte {
	return encode(map[string]any{"type": string(Start), "id": id, "payload": a.object("operation_name")})
}

// PlainMessage writes a message without a payload: every other one that is forwarded.
func PlainMessage(m Message) []byte {
	object := map[string]any{"type": string(m.Type)}
	if m.ID != "" {
		object["id"] = m.ID
	}
	return encode(object)
}

// RefuseMessage answers a start that is not forwarded.
func RefuseMessage(id, why string) []byte {
	return encode(map[string]any{"type": "error", "id": id, "payload": map[string]any{"message": why}})
}
