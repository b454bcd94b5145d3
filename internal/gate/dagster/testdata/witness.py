# Says what the real dagster-webserver would execute of a request, without doing it: Dagster's own web application, GraphQL handler and
# schema, in which every resolver is replaced by one that notes its field and answers with nothing.
#
# Input: a line of JSON for each request, {"method", "headers": [[name, value]], "query", "body"} for HTTP or {"messages": [text]} for the
# socket, bytes as latin-1. Output: a line for each, {"status", "ran": [[kind, field, key, arguments]]}.
import asyncio
import enum
import json
import sys
from contextlib import nullcontext

from dagster_webserver.webserver import DagsterWebserver
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)

ran = []


def note(info, arguments):
    ran.append([info.operation.operation.value, info.field_name, info.path.key, arguments])


def nothing(of):
    """A value of a type: objects are empty, lists have no elements."""
    if isinstance(of, GraphQLNonNull):
        of = of.of_type
    if isinstance(of, GraphQLList):
        return []
    if isinstance(of, GraphQLEnumType):
        return next(iter(of.values.values())).value
    if isinstance(of, GraphQLScalarType):
        return {"Int": 0, "Float": 0.0, "Boolean": True}.get(of.name, "")
    return {}


def noting(field):
    def resolve(_, info, **arguments):
        note(info, arguments)
        return nothing(field.type)

    return resolve


def subscribing(_, info, **arguments):
    note(info, arguments)

    async def events():
        yield {}

    return events()


def hollow(schema):
    """Replaces what Dagster does by notes. What a field answers beneath the root runs nothing."""
    for of in schema.type_map.values():
        if of.name.startswith("__"):
            continue
        if isinstance(of, GraphQLInputObjectType):  # arguments as they are named in documents
            of.out_type = dict
            for value in of.fields.values():
                value.out_name = None
        if isinstance(of, (GraphQLInterfaceType, GraphQLUnionType)):
            first = schema.get_possible_types(of)[0].name
            of.resolve_type = lambda value, info, abstract, first=first: first
        if not isinstance(of, GraphQLObjectType):
            continue
        of.is_type_of = None
        for field in of.fields.values():
            for argument in field.args.values():
                argument.out_name = None
            value = nothing(field.type)
            field.resolve = lambda _, info, value=value, **arguments: value
            if of is schema.subscription_type:
                field.subscribe = subscribing
            elif of in (schema.query_type, schema.mutation_type):
                field.resolve = noting(field)


class Witness(DagsterWebserver):
    def __init__(self):
        super().__init__(None)
        hollow(self._graphene_schema.graphql_schema)

    def _make_request_context(self, conn):
        return nullcontext()

    async def execute_graphql_request(self, request, **asked):
        # The webserver does this in a thread and an event loop of its own.
        with self.request_context(request) as context:
            return await self.gen_graphql_response(request_context=context, **asked)


async def http(app, asked):
    scope = {
        "type": "http",
        "method": asked["method"],
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "query_string": asked["query"].encode("latin-1"),
        "headers": [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in asked["headers"]],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    waiting = [{"type": "http.request", "body": asked["body"].encode("latin-1"), "more_body": False}]
    status = []

    async def receive():
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            status.append(message["status"])

    try:
        await app(scope, receive, send)
    except Exception:  # the server would answer 500
        status.append(500)
    return status[0] if status else 500


async def socket(app, asked):
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "scheme": "ws",
        "query_string": b"",
        "headers": [],
        "subprotocols": ["graphql-ws"],
    }
    waiting = [{"type": "websocket.connect"}]
    waiting += [{"type": "websocket.receive", "text": m.encode("latin-1").decode()} for m in asked["messages"]]
    waiting += [{"type": "websocket.disconnect", "code": 1000}]

    async def receive():
        await asyncio.sleep(0)  # let what was started go on
        await asyncio.sleep(0)
        return waiting.pop(0)

    async def send(message):
        pass

    try:
        await app(scope, receive, send)
    except Exception:  # the server would close the connection
        return 500
    return 200


def plain(value):
    """What a JSON text cannot hold: enums go by their names."""
    return value.name if isinstance(value, enum.Enum) else str(value)


async def main():
    app = Witness().create_asgi_app()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        ran.clear()
        status = await (socket(app, asked) if "messages" in asked else http(app, asked))
        print(json.dumps({"status": status, "ran": ran}, default=plain), flush=True)


asyncio.run(main())
