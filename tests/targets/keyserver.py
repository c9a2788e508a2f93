"""A server of keys that does as it is told, also the worst; and what signs the tokens."""
import base64
import gzip
import http.server
import json
import os
import socket
import threading
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


class Signer:
    def __init__(self, kid):
        self.kid, self.key = kid, ec.generate_private_key(ec.SECP256R1())

    def jwk(self, **more):
        n = self.key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": b64(n.x.to_bytes(32, "big")).decode(), "y": b64(n.y.to_bytes(32, "big")).decode(),
                "kid": self.kid, "alg": "ES256", **more}

    def private(self):
        return self.jwk(d=b64(self.key.private_numbers().private_value.to_bytes(32, "big")).decode())

    def token(self, iss="auth", kid=None, **claims):
        now = int(time.time())
        body = {"iss": iss, "aud": "app", "sub": "u", "iat": now, "exp": now + 600, "jti": os.urandom(6).hex(), **claims}
        head = {"alg": "ES256", "kid": kid or self.kid}
        data = b64(json.dumps(head).encode()) + b"." + b64(json.dumps(body).encode())
        r, s = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return (data + b"." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


class KeyServer:
    """Answers each request by `behave(request)`: bytes that go out as they are, and then the connection is closed. What came
    is in `seen`: (path, headers)."""

    def __init__(self, tls=None):
        server = self
        self.seen, self.behave = [], lambda request: reply(404)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.seen.append((self.path, dict(self.headers)))
                try:
                    said = server.behave(self)
                    if said:
                        self.wfile.write(said)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.http = Server(("127.0.0.1", 0), Handler)
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_port
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()


def reply(status, body=b"", **fields):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {"Content-Length": str(len(body)), "Connection": "close", **{k.replace("_", "-"): v for k, v in fields.items()}}
    return f"HTTP/1.1 {status} X\r\n".encode() + "".join(f"{k}: {v}\r\n" for k, v in names.items()).encode() + b"\r\n" + body


def drip(body, pause, piece=1):
    def send(request):
        request.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for i in range(0, len(body), piece):
            request.wfile.write(body[i:i + piece])
            time.sleep(pause)
    return send


def endless(request):
    request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        request.wfile.write(b" " * 65536)


def header_flood(request):
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.wfile.write(b"X-A: " + b"a" * 4000 + b"\r\n")


def reset(request):
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    request.connection.close()


def bad_modes(good, other):
    """Name and behaviour of servers whose answer is no key set; `other` must never become a key."""
    evil = {"keys": [other.jwk()]}
    text = json.dumps(evil).encode()
    return {
        "slow": drip(text, 0.2), "slow first byte": lambda r: time.sleep(6) or reply(200, evil), "endless": endless,
        "header flood": header_flood, "reset": reset, "nothing": lambda r: b"", "rubbish": lambda r: b"\0\1\2rubbish\r\n\r\n",
        "short body": lambda r: b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n" + text,
        "too long": lambda r: reply(200, text + b" " * 600 * 1024), "html": lambda r: reply(200, b"<html>" + text + b"</html>"),
        "empty": lambda r: reply(200), "empty set": lambda r: reply(200, {"keys": []}), "array": lambda r: reply(200, [other.jwk()]),
        "null": lambda r: reply(200, b"null"), "keys no array": lambda r: reply(200, {"keys": other.jwk()}),
        "trailing": lambda r: reply(200, text + text), "twice": lambda r: reply(200, b'{"keys":[],"keys":[' + json.dumps(other.jwk()).encode() + b"]}"),
        "deep": lambda r: reply(200, b'{"keys":' + b"[" * 200000), "utf-16": lambda r: reply(200, text.decode().encode("utf-16")),
        "gzip": lambda r: reply(200, gzip.compress(text), Content_Encoding="gzip"),
        "gzip bomb": lambda r: reply(200, gzip.compress(b" " * 10_000_000), Content_Encoding="gzip"),
        "secret": lambda r: reply(200, {"keys": [{"kty": "oct", "k": b64(b"k" * 32).decode(), "kid": other.kid}]}),
        "private key": lambda r: reply(200, {"keys": [other.private()]}),
        "other algorithm": lambda r: reply(200, {"keys": [other.jwk(alg="RS256")]}),
        "doubled kid": lambda r: reply(200, {"keys": [other.jwk(), other.jwk()]}),
        **{f"status {n}": (lambda n: lambda r: reply(n, evil))(n) for n in (201, 203, 204, 206, 300, 304, 400, 401, 403, 404, 410, 418, 429,
                                                                            500, 502, 503)},
        **{f"redirect {n}": (lambda n: lambda r: reply(n, evil, Location=f"http://127.0.0.1:{r.server.server_port}/evil"))(n)
           for n in (301, 302, 303, 307, 308)},
    }
