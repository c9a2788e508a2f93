"""A small HTTP/1.1 server on loopback: keep-alive, one event loop per process, whatever the number of servers."""
import asyncio
import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

REASONS = {200: "OK", 204: "No Content", 302: "Found", 307: "Temporary Redirect", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           413: "Content Too Large", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
           500: "Internal Server Error", 502: "Bad Gateway"}
WIRES = ("gzip", "chunked", "dropped")  # "dropped": the connection is closed after each answer, against its own word
HEAD_LIMIT = 1 << 20  # larger than any probe, so that a strict target answers big tokens itself
BODY_LIMIT = 1 << 20

_loop = None
_loop_lock = threading.Lock()
_blocking = None


def event_loop():
    """The loop that all servers of this process share, started at first use in a thread of its own."""
    global _loop, _blocking
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            _blocking = ThreadPoolExecutor(32)
            threading.Thread(target=_loop.run_forever, daemon=True, name="httpd").start()
        return _loop


class Request:
    __slots__ = ("method", "target", "path", "query", "headers", "body", "head_size")

    def __init__(self, method, target, headers, body, head_size):
        self.method, self.target, self.headers, self.body, self.head_size = method, target, headers, body, head_size
        self.path, _, query = target.partition("?")
        self.query = parse_qsl(query, keep_blank_values=True) if query else []

    def all(self, name):
        """Values of every header of this (lower-case) name, in order."""
        return [value for key, value in self.headers if key == name]

    def first(self, name, default=""):
        return next((value for key, value in self.headers if key == name), default)

    def without(self, name):
        """The same request as a gateway passes it on that removes a header."""
        kept = [(key, value) for key, value in self.headers if key != name]
        return Request(self.method, self.target, kept, self.body, self.head_size)


class Response:
    __slots__ = ("status", "headers", "body", "drop", "wire")

    def __init__(self, status, body=b"", content_type=None, headers=(), drop=False):
        self.status, self.body, self.drop = status, body.encode() if isinstance(body, str) else body, drop
        self.headers, self.wire = list(headers), ""  # how it goes over the wire: see WIRES
        if content_type:
            self.headers.insert(0, ("Content-Type", content_type))

    def encode(self, method, keep_alive):
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        body = self.body
        if self.status != 204:
            framing, body = self.framed()
            lines += framing
        lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        return head if method == "HEAD" or self.status == 204 else head + body

    def framed(self):
        """Headers that tell how long the body is, and the body as it is sent."""
        if self.wire == "gzip":
            packed = gzip.compress(self.body)
            return [f"Content-Length: {len(packed)}", "Content-Encoding: gzip"], packed
        if self.wire == "chunked":
            pieces = [self.body[at:at + 7] for at in range(0, len(self.body), 7)] + [b""]
            return ["Transfer-Encoding: chunked"], b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces)
        return [f"Content-Length: {len(self.body)}"], self.body


class _Connection(asyncio.Protocol):
    def __init__(self, server):
        self.server, self.buffer, self.busy, self.transport = server, b"", False, None

    def connection_made(self, transport):
        self.transport = transport
        self.server.connections.add(self)
        self.server.connection_count += 1

    def connection_lost(self, exc):
        self.server.connections.discard(self)

    def data_received(self, data):
        self.buffer += data
        if not self.busy:
            self.advance()

    def advance(self):
        while not self.busy and self.buffer and not self.transport.is_closing():
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self.buffer) > HEAD_LIMIT:
                    self.give_up(431)
                return
            try:
                method, target, headers = parse_head(self.buffer[:end])
                length = content_length(headers)
            except ValueError:
                self.give_up(400)
                return
            if length > BODY_LIMIT:
                self.give_up(413)
                return
            if len(self.buffer) < end + 4 + length:
                if any(name == "expect" for name, _ in headers):
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            body = self.buffer[end + 4:end + 4 + length]
            self.buffer = self.buffer[end + 4 + length:]
            self.handle(Request(method, target, headers, body, end))

    def give_up(self, status):
        self.server.note("?", "?", status)
        self.transport.write(Response(status).encode("GET", False))
        self.transport.close()

    def handle(self, request):
        if not self.server.blocking:
            self.answer(request, guarded(self.server.handler, request))
            return
        self.busy = True
        task = event_loop().run_in_executor(_blocking, guarded, self.server.handler, request)
        task.add_done_callback(lambda done: self.finish(request, done.result()))

    def finish(self, request, response):
        self.busy = False
        self.answer(request, response)
        self.advance()

    def answer(self, request, response):
        self.server.note(request.method, request.target, response.status, request)
        if self.transport.is_closing():
            return
        if response.drop:
            self.transport.abort()
            return
        if response.wire == "garbage":
            self.transport.write(b"\x00\x01 this is no HTTP\r\n\r\n")
            self.transport.close()
            return
        keep_alive = request.first("connection").lower() != "close"
        self.transport.write(response.encode(request.method, keep_alive))
        if not keep_alive or response.wire == "dropped":
            self.transport.close()


def guarded(handler, request):
    """A handler that raises answers 500 without a word about why."""
    try:
        return handler(request)
    except Exception:  # a target that dies of a probe would hide what the probe did
        return Response(500, "internal error", "text/plain")


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("version")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError("header")
        headers.append((name.lower(), value.strip(" \t")))
    return method, target, headers


def content_length(headers):
    values = [value for name, value in headers if name == "content-length"]
    if any(name == "transfer-encoding" for name, _ in headers) or len(values) > 1:
        raise ValueError("framing")
    return int(values[0]) if values else 0


class Record:
    """What a test may ask about a request that arrived."""
    __slots__ = ("time", "method", "target", "status", "headers")

    def __init__(self, method, target, status, headers):
        self.time, self.method, self.target, self.status, self.headers = time.monotonic(), method, target, status, headers


class Server:
    """Serves `handler(Request) -> Response` on 127.0.0.1. A blocking handler runs in a thread."""

    def __init__(self, handler, blocking=False):
        self.handler, self.blocking = handler, blocking
        self.connections, self.connection_count, self.log = set(), 0, []
        self.port = None
        self._server = None

    def note(self, method, target, status, request=None):
        self.log.append(Record(method, target, status, request.headers if request else []))

    @property
    def count(self):
        return len(self.log)

    def start(self, port=0):
        loop = event_loop()
        opening = loop.create_server(lambda: _Connection(self), "127.0.0.1", port, backlog=512)
        self._server = asyncio.run_coroutine_threadsafe(opening, loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self):
        async def close():
            self._server.close()
            for connection in list(self.connections):
                connection.transport.abort()
        asyncio.run_coroutine_threadsafe(close(), event_loop()).result(10)

    def __enter__(self):
        return self if self._server else self.start()

    def __exit__(self, *exc):
        self.stop()
