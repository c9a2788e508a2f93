"""An API with a list, its items and an open operation, that may show its description: for the ways into a scan."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

SECRET = b"batten-collection-2b9d61f0c47e4e1f"
ITEM = "4711"


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def mint(subject):
    now = int(time.time())
    head = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps(
        {"iss": "c", "aud": "c", "sub": subject, "iat": now, "exp": now + 1800}).encode())
    return head + "." + b64(hmac.new(SECRET, head.encode(), hashlib.sha256).digest())


def accepts(token):
    head, _, signature = token.rpartition(".")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in head.split("."))
        good = header == {"alg": "HS256", "typ": "JWT"} and claims["exp"] > time.time()
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return good and hmac.compare_digest(signature, b64(hmac.new(SECRET, head.encode(), hashlib.sha256).digest()))


DESCRIPTION = {
    "openapi": "3.1.0", "info": {"title": "c", "version": "1"}, "security": [{"jwt": []}],
    "components": {"securitySchemes": {"jwt": {"type": "http", "scheme": "bearer"},
                                       "key": {"type": "apiKey", "in": "header", "name": "X-Service"}}},
    "paths": {"/users/{userId}": {"get": {"parameters": [{"name": "userId", "in": "path", "required": True,
                                                          "schema": {"type": "integer"}}]},
                                  "delete": {"responses": {}}},
              "/users": {"get": {"responses": {"200": {"description": "ok"}}}},
              "/service": {"get": {"security": [{"key": []}]}},
              "/health": {"get": {"security": []}}}}


class Collection:
    """`shows`: path at which the description lies; `catch_all`: every other path answers 200 with a page."""

    def __init__(self, shows=None, catch_all=False):
        self.log, self.token, self.service = [], mint("user-1"), mint("service-1")
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                path = self.path.partition("?")[0]
                owner.log.append((self.command, path, dict(self.headers)))
                bearer = self.headers.get("Authorization", "")
                status, body = 404, {"error": "not found"}
                if path == shows:
                    status, body = 200, DESCRIPTION
                elif path == "/health":
                    status, body = 200, {"healthy": True}
                elif path == "/service":
                    known = self.headers.get("X-Service", "") == owner.service
                    status, body = (200, {"service": "ok"}) if known else (401, {"error": "unauthorized"})
                elif path.startswith("/users"):
                    if not (bearer.startswith("Bearer ") and accepts(bearer[7:])):
                        status, body = 401, {"error": "unauthorized"}
                    elif path == "/users":
                        status, body = 200, {"data": [{"id": int(ITEM), "name": "first"}]}
                    elif path == "/users/" + ITEM:
                        status, body = 200, {"id": int(ITEM), "name": "first"}
                elif catch_all:
                    status, body = 200, "<html>openapi swagger paths: everything is here</html>"
                raw = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_HEAD = do_OPTIONS = do_POST = do_PUT = do_DELETE = do_GET

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def asked(self):
        return {path for _, path, _ in self.log}
