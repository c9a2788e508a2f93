"""A guard daemon of its own for each test: its policy, its keys, its log, and what asks it."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from support import BATTEN, sanitized

KEY = b"0123456789abcdef0123456789abcdef"
VAULT_KEY = json.dumps({"data": {"data": {"signing": KEY.decode()}, "metadata": {"version": 3}}}).encode()
POLICY = """version: 1
issuers:
  - issuer: auth
    algorithms: [HS256]
    audiences: [app]
    keys: {file: key.jwk}
    max_lifetime: 2h
scopes: {claim: scopes, allow: [read:data, write:data]}
routes:
  - {path: /health, public: true}
  - {path: /files/**, methods: [GET], scopes: [read:data]}
  - {path: /files/**, methods: [POST], scopes: [read:data, write:data]}
revocation: {file: revoked.list}
forward: {X-User-Email: email}
"""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def mint(key=KEY, kid=None, **changes):
    claims = {"iss": "auth", "aud": "app", "sub": "u1", "iat": int(time.time()) - 5, "exp": int(time.time()) + 600,
              "scopes": ["read:data"], "email": "a@b\r\nX-Evil: 1", "jti": "j1", **changes}
    header = {"alg": "HS256", "typ": "JWT", **({"kid": kid} if kid else {})}
    head = b64(json.dumps(header).encode()) + b"." + b64(json.dumps(claims).encode())
    return (head + b"." + b64(hmac.new(key, head, hashlib.sha256).digest())).decode()


def jwk(key=KEY, **members):
    return {"kty": "oct", "k": b64(key).decode(), "alg": "HS256", **members}


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("policy.yaml", POLICY)
        self.write("key.jwk", json.dumps(jwk()))
        self.write("revoked.list", "")
        self.log = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        fresh = self.path(name + ".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(fresh, self.path(name))

    def start(self, *arguments, listen="127.0.0.1:0", confined=False, env=(), before=(), output=None):
        # The leak detector traces its own process, which the sandbox forbids.
        if sanitized() and not confined:
            arguments = (*arguments, "--no-sandbox")
        env = {**os.environ, **dict(env), **({"ASAN_OPTIONS": "detect_leaks=0"} if confined else {})}
        process = subprocess.Popen([*before, BATTEN, "guard", "serve", "--policy", self.path("policy.yaml"), "--listen", listen,
                                    "--metrics", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, text=True, env=env)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.process, self.port, self.metrics_port = process, None, None
        while True:
            line = json.loads(process.stdout.readline())
            self.log.append(line)
            if line["event"] == "metrics":
                self.metrics_port = int(re.search(r":(\d+)/", line["message"]).group(1))
            if line["event"] == "listening":
                found = re.search(r":(\d+)$", line["message"])
                self.port = int(found.group(1)) if found else None
                break
        threading.Thread(target=self.follow, args=(process.stdout, output), daemon=True).start()

    def follow(self, lines, copy):
        """Each line of the log as it comes, and a copy of its bytes where one is wanted."""
        for line in lines:
            if copy:
                with open(copy, "ab") as file:
                    file.write(line.encode())
            self.log.append(json.loads(line))

    def key_server(self, answer):
        """Serves keys until the test ends: `answer` gives status and body for a request. The port."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = answer(self)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port

    def get(self, path="/", port=None, method="GET", fields=(), connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in fields:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def ask(self, uri="/files/a", method="GET", token=None, extra=(), **how):
        fields = [("Host", "guard"), ("X-Original-Method", method), ("X-Original-URI", uri), *extra]
        if token:
            fields.append(("Authorization", f"Bearer {token}"))
        return self.get("/auth", fields=fields, **how)

    def raw(self, *pieces, host="127.0.0.1", source="127.0.0.1"):
        """Sends bytes as they are and reads until the other side ends: all that was answered."""
        with socket.create_connection((host, self.port), timeout=20, source_address=(source, 0)) as connection:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def metric(self, name):
        text = self.get("/metrics", port=self.metrics_port)[2]
        return int(re.search(rf"^{name} (\d+)$", text, re.M).group(1))

    def decisions(self):
        return [line for line in self.log if line["event"] == "decision"]

    def told(self, event, words):
        return any(line["event"] == event and words in line.get("message", "") for line in self.log)

    def until(self, condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it did not come true in time")
            threading.Event().wait(0.02)

    def batten(self, *arguments, code=0):
        run = subprocess.run([BATTEN, *arguments], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(code, run.returncode, run.stderr + run.stdout)
        return run.stdout + run.stderr
