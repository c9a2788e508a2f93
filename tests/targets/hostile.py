"""Servers that attack their client. Raw sockets, a thread a connection; each mode is one function."""
import functools
import json
import socket
import threading
import time
import zlib

from keys import Key
from verifier import Refused, decode_segment, read_object

GIGABYTE = 1 << 30
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def whole(body, head=JSON_HEAD):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Connection:
    """One client, and what a mode may do with it."""

    def __init__(self, server, sock):
        self.server, self.sock, self.buffer = server, sock, b""

    def next_request(self):
        """The head of the next request, or nothing when the client has gone."""
        while b"\r\n\r\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data or len(self.buffer) > 1 << 21:
                return None
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def send(self, data):
        self.sock.sendall(data)

    def flood(self, chunk, total=None):
        """The same bytes again and again until `total` are sent or the client goes."""
        sent = 0
        while (total is None or sent < total) and not self.server.stopping.is_set():
            self.sock.sendall(chunk)
            sent += len(chunk)

    def linger(self):
        """Says nothing until the client goes or the server stops."""
        while not self.server.stopping.is_set() and self.sock.recv(65536):
            pass


def silent(c):
    c.linger()


def gigabyte(c):
    c.send(JSON_HEAD + b"Content-Length: %d\r\n\r\n" % GIGABYTE)
    c.flood(b"[" + b" " * 65535, GIGABYTE)


def gigabyte_chunked(c):
    c.send(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    c.flood(b"10000\r\n" + b" " * 65536 + b"\r\n", GIGABYTE)
    c.send(b"0\r\n\r\n")


@functools.lru_cache(maxsize=None)
def bomb():
    """A gzip stream of about 10 MB that inflates to 10 GB: one flushed block of zeros, repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03", first


def gzip_bomb(c):
    head, block = bomb()
    tail = b"\x03\0" + bytes(8)
    size = len(head) + 1000 * len(block) + len(tail)
    c.send(JSON_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % size + head)
    c.flood(block, 1000 * len(block))
    c.send(tail)


def garbage_status(c):
    c.send(b"\x80\xffTTP/9.9 twohundred \0\r\nContent-Length: 2\r\n\r\n{}")
    return "close"


def header_without_colon(c):
    c.send(b"HTTP/1.1 200 OK\r\nthis line has none\r\n : empty name\r\nContent-Length: 2\r\n\r\n{}")


def header_bytes(c):
    c.send(b"HTTP/1.1 200 OK\r\nX-Odd: a\0b\xff\xfe\x80\x1b[31m\r\nX\0Y: 1\r\nContent-Type: \xff/\0\r\n"
           b"Content-Length: 2\r\n\r\n{}")


def many_headers(c):
    c.send(b"HTTP/1.1 200 OK\r\n")
    c.flood(b"".join(b"X-%06d: 1\r\n" % n for n in range(2000)), 200_000 * 13)
    c.send(b"Content-Length: 2\r\n\r\n{}")


def endless_header(c):
    c.send(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    c.flood(b"a" * 65536)


def invalid_utf8(c):
    c.send(whole(b'{"name":"\xff\xfe\xc0\x80\xed\xa0\x80","\xf8":[1,2,{"a":"\x80"}]}'))


def redirect_loop(c):
    c.send(whole(b"", b"HTTP/1.1 302 Found\r\nLocation: /api/me\r\n"))


def redirect_away(c):
    place = c.server.elsewhere.encode()
    c.send(whole(b"", b"HTTP/1.1 302 Found\r\nLocation: " + place + b"\r\n"))


def redirect_307_away(c):
    place = c.server.elsewhere.encode()
    c.send(whole(b"", b"HTTP/1.1 307 Temporary Redirect\r\nLocation: " + place + b"\r\n"))


def deep_json(c):
    c.send(JSON_HEAD + b"Content-Length: 10000000\r\n\r\n")
    c.send(b"[" * 100_000)
    c.flood(b'"' + b"a" * 97_997 + b'",', 9_702_000)
    c.send(b'"' + b"a" * 97_998 + b'"' + b"]" * 100_000)


def deep_json_objects(c):
    c.send(whole(b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000))


def slow_drip(c):
    c.send(JSON_HEAD + b"Content-Length: 100000\r\n\r\n")
    while not c.server.stopping.wait(0.2):
        c.send(b" ")


def slow_header(c):
    c.send(b"HTTP/1.1 200 OK\r\n")
    while not c.server.stopping.wait(0.2):
        c.send(b"X: y\r\n")


def closed_midway(c):
    c.send(JSON_HEAD + b'Content-Length: 1000\r\n\r\n{"name": "hal')
    return "close"


def closed_at_once(c):
    return "close"


def length_too_long(c):
    c.send(JSON_HEAD + b"Content-Length: 1000\r\n\r\n{}")
    c.linger()


def length_too_short(c):
    c.send(JSON_HEAD + b'Content-Length: 2\r\n\r\n{}{"more":"than said"}HTTP/1.1 200 OK\r\n\r\n')


def length_absurd(c):
    c.send(JSON_HEAD + b"Content-Length: 99999999999999999999999999\r\nContent-Length: -5\r\n\r\n{}")
    return "close"


def continue_flood(c):
    c.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def chunk_sizes(c):
    c.send(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n-1\r\nzz\r\n")
    return "close"


def terminal_codes(c):
    c.send(whole(b'{"\\u001b[2J\\u0000": "\x1b]0;owned\x07<script>alert(1)</script>"}'))


# Modes in which no answer is one that a scan could be completed with come first.
UNUSABLE = {"silent": silent, "garbage-status": garbage_status, "endless-header": endless_header,
            "redirect-loop": redirect_loop, "redirect-away": redirect_away, "redirect-307-away": redirect_307_away,
            "slow-drip": slow_drip, "slow-header": slow_header, "closed-midway": closed_midway,
            "closed-at-once": closed_at_once, "length-too-long": length_too_long, "length-absurd": length_absurd,
            "continue-flood": continue_flood, "chunk-sizes": chunk_sizes}
USABLE = {"gigabyte": gigabyte, "gigabyte-chunked": gigabyte_chunked, "gzip-bomb": gzip_bomb,
          "header-without-colon": header_without_colon, "header-bytes": header_bytes, "many-headers": many_headers,
          "invalid-utf8": invalid_utf8, "deep-json": deep_json, "deep-json-objects": deep_json_objects,
          "length-too-short": length_too_short, "terminal-codes": terminal_codes}
HOSTILE = {**UNUSABLE, **USABLE}


class Hostile:
    """Attacks every client or, with `only_forged`, is a strict API that attacks whoever sends a forged header."""

    def __init__(self, mode, only_forged=False, elsewhere="http://127.0.0.1:9/"):
        self.act, self.only_forged, self.elsewhere = HOSTILE[mode], only_forged, elsewhere
        self.key = Key("HS256")
        now = int(time.time())
        self.token = self.key.token({"iss": "https://login.example", "sub": "user-7", "aud": "orders-api",
                                     "iat": now - 10, "exp": now + 1800, "jti": "j1"})
        self.stopping, self.connections, self.requests = threading.Event(), set(), 0
        self._lock = threading.Lock()

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api/me"
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, *exc):
        self.stopping.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:  # a test has shut it down already
            pass
        self._listener.close()
        with self._lock:
            for sock in self.connections:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, sock)
            while head := connection.next_request():
                self.requests += 1
                answer = self._decent_answer(head) if self.only_forged else None
                if answer:
                    connection.send(answer)
                elif self.act(connection) == "close":
                    break
        except OSError:
            pass
        finally:
            with self._lock:
                self.connections.discard(sock)
            sock.close()

    def _decent_answer(self, head):
        """What a strict API says; nothing for a token whose header is not the good token's."""
        lines = head.split("\r\n")
        if lines[0].split(" ")[1].partition("?")[0] != "/api/me":
            return whole(b'{"error":"not_found"}', b"HTTP/1.1 404 Not Found\r\n")
        tokens = [line[22:] for line in lines[1:] if line.lower().startswith("authorization: bearer ")]
        if tokens == [self.token]:
            return whole(b'{"user":"user-7","orders":[1,2]}')
        if tokens and tokens[0].count(".") == 2:
            try:
                if read_object(decode_segment(tokens[0].split(".")[0]))["alg"] != "HS256":
                    return None
            except (Refused, KeyError):
                pass
        refusal = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="api"\r\n'
        return whole(json.dumps({"error": "unauthorized"}).encode(), refusal)


def closed_port():
    """A loopback URL on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/api/me"
