"""A real nginx with the module, in a directory of its own on loopback, and what is needed to talk to it byte by byte."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ROOT = os.path.abspath(os.environ.get("BATTEN_ROOT") or os.path.join(os.path.dirname(__file__), "..", ".."))
RELEASE = os.path.abspath(os.environ.get("BATTEN_RELEASE") or os.path.join(ROOT, "build", "batten"))
MODULE = os.environ.get("NGINX_MODULE") or os.path.join(os.path.dirname(RELEASE), "bindings", "nginx", "ngx_http_batten_module.so")
NGINX = os.environ.get("NGINX") or "/usr/sbin/nginx"
PRELOAD = os.environ.get("NGINX_PRELOAD")  # the runtimes of a module that is built with sanitizers
REPORTS = os.environ.get("NGINX_REPORTS")  # a folder that gets the logs, for what sanitizers wrote there
ENVIRONMENT = {**os.environ, **({"LD_PRELOAD": PRELOAD} if PRELOAD else {})}


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Key:
    """A signing key and its JWK."""

    def __init__(self, alg, kid):
        self.alg, self.kid = alg, kid
        if alg == "HS256":
            self.secret = os.urandom(32)
        elif alg == "RS256":
            self.private = rsa.generate_private_key(65537, 2048)
        else:
            self.private = ec.generate_private_key(ec.SECP256R1())

    def jwk(self):
        base = {"kid": self.kid, "alg": self.alg}
        if self.alg == "HS256":
            return {**base, "kty": "oct", "k": b64(self.secret)}
        n = self.private.public_key().public_numbers()
        if self.alg == "RS256":
            return {**base, "kty": "RSA", "n": b64(n.n.to_bytes(256, "big")), "e": "AQAB"}
        return {**base, "kty": "EC", "crv": "P-256", "x": b64(n.x.to_bytes(32, "big")), "y": b64(n.y.to_bytes(32, "big"))}

    def sign(self, data):
        if self.alg == "HS256":
            return hmac.new(self.secret, data, hashlib.sha256).digest()
        if self.alg == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM,
                                                      serialization.PublicFormat.SubjectPublicKeyInfo)

    def token(self, header=None, **claims):
        now = int(time.time())
        body = {"iss": "shop", "aud": "api", "sub": "ann", "iat": now, "exp": now + 600, "scopes": ["read:data"], **claims}
        body = {name: value for name, value in body.items() if value is not None}
        head = {"alg": self.alg, "typ": "JWT", "kid": self.kid, **(header or {})}
        data = (b64(json.dumps(head).encode()) + "." + b64(json.dumps(body).encode())).encode()
        return data.decode() + "." + b64(self.sign(data))


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers what it got, field by field."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802
        body = json.dumps({"method": self.command, "path": self.path, "headers": self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def seen(self, name):
        """What the application got under a name, every field of it."""
        return [v for k, v in json.loads(self.body)["headers"] if k.lower() == name.lower()]


def raw(port, data, tls=None):
    """One exchange of exact bytes; status 0 when nothing that is HTTP came back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        s = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        s.sendall(data)
        try:
            response = http.client.HTTPResponse(s)
            response.begin()
            return Answer(response.status, response.getheaders(), response.read())
        except (http.client.HTTPException, ConnectionError):
            return Answer(0, [], b"")


def request(port, target, token=None, method="GET", headers=(), version="1.1", tls=None, host="localhost"):
    lines = [f"{method} {target} HTTP/{version}", f"Host: {host}", "Connection: close"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{k}: {v}" for k, v in headers]
    if method in ("POST", "PUT"):
        lines.append("Content-Length: 0")
    return raw(port, ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), tls)


class Nginx:
    """`http` is the inside of the http block. Started with `with`, gone after it."""

    def __init__(self, http_block, workers=2, wrapper=(), main=""):
        self.folder = tempfile.TemporaryDirectory(prefix="batten-nginx-")
        self.path = self.folder.name
        self.http, self.workers, self.wrapper, self.main = http_block, workers, list(wrapper), main
        self.process = None

    def file(self, name, content, mode=0o644):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path + ".new", mode)
        os.rename(path + ".new", path)
        return path

    def configure(self, http_block=None):
        self.http = http_block or self.http
        user = "user root;" if os.geteuid() == 0 else ""
        temp = "".join(f"{n}_temp_path {self.path}/{n};\n" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.file("nginx.conf", f"""{user} {self.main}
load_module {MODULE};
daemon off; pid {self.path}/pid; error_log {self.path}/error.log warn; worker_processes {self.workers};
events {{ worker_connections 512; }}
http {{ access_log off; {temp} {self.http} }}
""")

    def command(self, *arguments):
        return [NGINX, "-p", self.path, "-e", self.path + "/error.log", "-c", self.path + "/nginx.conf", *arguments]

    def test(self):
        """Code and words of the configuration test."""
        self.configure()
        done = subprocess.run(self.command("-t"), capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT)
        return done.returncode, done.stderr

    def start(self, port):
        self.configure()
        with open(self.path + "/out", "wb") as out:
            self.process = subprocess.Popen(self.wrapper + self.command(), stdout=out, stderr=out, env=ENVIRONMENT)
        if not wait_for(lambda: listens(port), 60):
            raise RuntimeError("nginx does not listen: " + self.log())

    def log(self):
        said = ""
        for name in ("error.log", "out"):
            if os.path.exists(os.path.join(self.path, name)):
                with open(os.path.join(self.path, name), encoding="utf-8", errors="replace") as f:
                    said += f.read()
        return said

    def worker_pids(self):
        done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False)
        return {int(pid) for pid in done.stdout.split()}

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.terminate()
                self.process.wait(20)
            if REPORTS:
                with open(os.path.join(REPORTS, f"log.{self.process.pid}"), "w", encoding="utf-8") as f:
                    f.write(self.log())
        self.folder.cleanup()
