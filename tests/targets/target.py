#!/usr/bin/python3
"""A small API that checks JWTs strictly, save for one named flaw, in one of many shapes.

    with Target(shape="cookie+redirect+RS256", flaw="alg-none") as t:
        t.url, t.token, t.scan_arguments()

    python3 tests/targets/target.py --shape cookie --flaw alg-none
        prints URL and token as JSON and serves until standard input closes
"""
import argparse
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

from flaws import FLAWS, WEAK_SECRETS
from httpd import WIRES, Response, Server
from keys import Key, compact, shared_key, thumbprint
from styles import FORMS, STYLES, as_json
from traps import TRAPS
from verifier import Broken, Refused, Verifier, fetch, proof_header, proves_possession

ISSUER, AUDIENCE = "https://login.example", "orders-api"
PLACES = {"bearer": None, "cookie": "cookie:session", "header": "header:X-Api-Token", "query": "query:auth"}
ALGORITHMS = ("HS256", "HS512", "RS256", "PS256", "ES256", "EdDSA")
DOCUMENTS = {"welcome": "Thank you for your order."}
STACKS = {
    "": "JWT::VerificationError: Signature verification raised\n"
        "/srv/api/vendor/gems/jwt-2.5.0/lib/jwt/decode.rb:42:in `verify_signature'\n"
        "/srv/api/app/controllers/application_controller.rb:17:in `authenticate!'",
    "python": "Traceback (most recent call last):\n"
              "  File \"/srv/api/auth.py\", line 31, in current_user\n"
              "  File \"/usr/lib/python3/dist-packages/jwt/api_jws.py\", line 250, in _verify_signature\n"
              "jwt.exceptions.InvalidSignatureError: Signature verification failed",
}
BLOCKING = ("jku-fetched", "x5u-fetched", "claim-url-fetched", "claim-shell-semantics")


class Target:
    """One running API. `shape` joins words with "+": a place, a style, an algorithm, "volatile"."""

    path = "/api/me"

    def __init__(self, shape="", flaw="", trap="", port=0, jwks=True, bound=None, secret=None, exponent=65537,
                 clock=time.monotonic):
        self.flaw, self.trap, self.shape = flaw, trap, shape
        self.clock = clock  # of limits that lift
        if flaw and flaw not in FLAWS:
            raise ValueError(f"unknown flaw {flaw}")
        row = FLAWS.get(flaw)
        self.base, _, self.variant = flaw.partition(":")
        self._read_shape([word for word in shape.split("+") if word], row)
        self.directory, self.exponent = tempfile.mkdtemp(prefix="target-"), exponent
        self.serves_jwks = jwks and not self.alg.startswith("HS")
        self.bound = self.base == "not-bound" if bound is None else bound
        self.key = Key(self.alg, secret=secret) if secret else self._make_key()
        self.verifier = Verifier(self.key, ISSUER, AUDIENCE, flaw, key_dir=self._write_files(),
                                 leeway=300 if trap == "leeway-300" else 5,
                                 max_lifetime=(60 * 24 if self.base == "lifetime-long" else 48) * 3600)
        self._documents = self._document_table() if self.base == "claim-sql-semantics" else None
        handler = TRAPS[trap](self, self.handle) if trap else self.handle
        self.server = Server(handler, blocking=self.base in BLOCKING)
        self.port = port

    def _read_shape(self, words, row):
        self.place, self.style_name, self.alg, volatile = "bearer", "rest", row.alg if row else "HS256", False
        self.wire, self.echoes = "", False
        if row:
            self.place = row.place
        for word in words:
            if word in PLACES:
                self.place = word
            elif word in STYLES or word in FORMS:
                self.style_name = word
            elif word in WIRES:
                self.wire = word
            elif word == "claims":
                self.echoes = True
            elif word in ALGORITHMS:
                self.alg = word
            elif word == "volatile":
                volatile = True
            else:
                raise ValueError(f"unknown word in shape: {word}")
        self.style = {**STYLES, **FORMS}[self.style_name](volatile)

    def _make_key(self):
        if self.flaw in WEAK_SECRETS:
            return Key(self.alg, secret=WEAK_SECRETS[self.flaw])
        return shared_key(self.alg, bits=1024 if self.base == "jwks-weak-key" else 2048, exponent=self.exponent)

    def _write_files(self):
        """The document and key folders; the deeper key folder is what a path in kid starts from."""
        key_dir = os.path.join(self.directory, "config", "keys")
        os.makedirs(key_dir)
        os.makedirs(os.path.join(self.directory, "documents"))
        for name, text in DOCUMENTS.items():
            self.write(os.path.join("documents", name), text)
        if self.key.secret is not None:
            self.write(os.path.join(key_dir, self.key.kid), self.key.secret)
        return key_dir

    def _document_table(self):
        database = sqlite3.connect(":memory:", check_same_thread=False)
        database.execute("CREATE TABLE documents (name TEXT, body TEXT)")
        database.executemany("INSERT INTO documents VALUES (?, ?)", DOCUMENTS.items())
        return database

    def __enter__(self):
        self.server.start(self.port)
        self.token = self._good_token()
        return self

    def __exit__(self, *exc):
        self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    # what a test asks for

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def url(self):
        return self.origin + self.path

    @property
    def token_in(self):
        return PLACES[self.place]

    @property
    def log(self):
        return self.server.log

    @property
    def count(self):
        return self.server.count

    def claims(self, **changes):
        """The good token's claims; a change to None removes the claim."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "user-7", "aud": AUDIENCE, "iat": now - 10, "nbf": now - 10,
                  "exp": now + 1800, "jti": uuid.uuid4().hex, "scopes": ["read:data"],
                  "doc": "welcome", "avatar": "default"}
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def mint(self, header=None, alg=None, **changes):
        return self.key.token(self.claims(**changes), header, alg, json.dumps if self.variant == "spaced" else compact)

    def expired(self):
        now = int(time.time())
        return self.mint(iat=now - 8000, nbf=now - 8000, exp=now - 7000)

    def foreign(self):
        return self.mint(aud="billing-api")

    def _good_token(self):
        now = int(time.time())
        changes = {}
        if self.trap == "expiring":
            self.verifier.leeway = 0
            changes["exp"] = now + 2
        if self.base == "lifetime-long":
            changes["exp"] = now + 30 * 24 * 3600
        if self.flaw == "sensitive-claim:nested":
            changes["data"] = {"name": "mia", "password": "correct-horse"}
        elif self.base == "sensitive-claim":
            changes.update(password="correct-horse", host_path="/var/lib/orders", node_name="worker-3")
        if self.bound:
            self.proof_key = shared_key("ES256", "proof")
            changes["cnf"] = {"jkt": thumbprint(self.proof_key.jwk())}
        return self.mint(**changes)

    def proof(self):
        return proof_header(self.proof_key, self.token, "GET", self.url)

    def write(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def signing_key_file(self):
        return self.write("signing.jwk", json.dumps(self.key.jwk(private=True)))

    def public_key_file(self, form="pem"):
        return self.write(f"public-{form}", self.key.public_form(form))

    def spec(self, *operations):
        """An OpenAPI file for `METHOD /path` operations, all protected."""
        place = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                 "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
                 "header": {"type": "apiKey", "in": "header", "name": "X-Api-Token"},
                 "query": {"type": "apiKey", "in": "query", "name": "auth"}}[self.place]
        paths = {}
        for operation in operations or ("GET " + self.path,):
            method, path = operation.split(" ")
            paths.setdefault(path, {})[method.lower()] = {
                "operationId": operation.lower().replace(" ", "").replace("/", "-"),
                "responses": {"200": {"description": "done"}}}
        document = {"openapi": "3.0.3", "info": {"title": "orders", "version": "1"},
                    "servers": [{"url": self.origin}], "security": [{"token": []}],
                    "components": {"securitySchemes": {"token": place}}, "paths": paths}
        return self.write("openapi.json", json.dumps(document))

    def scan_arguments(self, needs=None):
        """What `batten scan` must be given so that it can find this target's flaw."""
        row = FLAWS.get(self.flaw)
        needs = (row.needs if row else ()) if needs is None else needs
        arguments = [self.url, "--token", self.token]
        if self.token_in:
            arguments += ["--token-in", self.token_in]
        if "key" in needs or "claims" in needs:
            arguments += ["--signing-key", self.signing_key_file()]
        if "claims" in needs:
            arguments += ["--active", "claims"]
        if "spec" in needs:
            arguments += ["--spec", self.spec("GET /api/me", "GET /api/admin")]
        if "logout" in needs:
            arguments += ["--logout", "POST /api/logout"]
        if "guess" in needs:
            arguments += ["--guess-seconds", "1"]
        if "certificate" in needs:
            arguments += ["--public-key", self.public_key_file("certificate")]
        return arguments

    def command_line(self):
        words = [("--shape", self.shape), ("--flaw", self.flaw), ("--trap", self.trap)]
        return " ".join(["python3 tests/targets/target.py"]
                        + [f"{name} {shlex.quote(value)}" for name, value in words if value])

    # the API

    def handle(self, request):
        response = self.respond(request)
        response.wire = self.wire
        return response

    def respond(self, request):
        operations = {self.path: self._me, "/api/me/again": self._me, "/api/admin": self._admin, "/api/logout": self._logout,
                      "/login": self._login, "/.well-known/jwks.json": self._jwks}
        operation = operations.get(request.path)
        allowed = ("POST",) if operation == self._logout else ("GET", "HEAD")
        if operation is None or operation == self._jwks and not self.serves_jwks:
            return self.style.missing()
        if request.method not in allowed:
            headers = [("Allow", ", ".join(allowed))]
            return Response(204, headers=headers) if request.method == "OPTIONS" else Response(405, headers=headers)
        return operation(request)

    def _login(self, request):
        return Response(200, "<!doctype html><title>Sign in</title><form></form>", "text/html; charset=utf-8")

    def _jwks(self, request):
        return as_json(200, {"keys": [self.key.jwk(private=self.base == "jwks-private-key")]})

    def _me(self, request):
        return self._authorized(request, self._document)

    def _admin(self, request):
        return self._authorized(request, self._administration)

    def _logout(self, request):
        def revoke(claims):
            if self.base != "revoked-accepted":
                self.verifier.revoked.add(claims["jti"])
            return Response(204)
        return self._authorized(request, revoke)

    def _authorized(self, request, operation):
        tokens = self.tokens_of(request)
        try:
            if len(tokens) != 1:
                raise Refused("none" if not tokens else "several")
            claims = self.claims_of(tokens[0], request)
        except Refused as refusal:
            return self.style.refused(bool(tokens), self._detail(str(refusal)) if tokens else "")
        except Broken as failure:
            return Response(0, drop=True) if failure.drop else self.style.broken()
        answer = operation(claims)
        if self.base == "cookie-flags":
            answer.headers.append(("Set-Cookie", "session=" + self.token + "; Path=/"))
        return answer

    def claims_of(self, token, request):
        url = self.origin + request.path
        return self.verifier.verify(token, lambda claims: proves_possession(request, token, claims, url))

    def accepts(self, request):
        """Whether this request carries an acceptable token, whatever its path."""
        try:
            (token,) = self.tokens_of(request)
            return bool(self.claims_of(token, request))
        except (Refused, Broken, ValueError):
            return False

    def token_of(self, request):
        return (self.tokens_of(request) or [""])[0]

    def _detail(self, reason):
        return STACKS[self.variant] if self.base == "error-detail" else ""

    def tokens_of(self, request):
        """Every token that this API takes notice of; more than one is a refusal."""
        if self.base == "in-query":
            named = [value for name, value in request.query if name == self.variant]
            if named:
                return named
        if self.place == "bearer":
            return self._bearer_tokens(request.all("authorization"))
        if self.place == "header":
            return request.all("x-api-token")
        if self.place == "query":
            return [value for name, value in request.query if name == "auth"]
        cookies = [part.strip().partition("=") for line in request.all("cookie") for part in line.split(";")]
        return [value for name, _, value in cookies if name == "session"]

    def _bearer_tokens(self, values):
        if self.flaw == "scheme-lax:doubled" and values:
            return [values[-1].split(",")[-1].strip().partition(" ")[2]]
        tokens = []
        for value in values:
            scheme, space, rest = value.partition(" ")
            if scheme.lower() == "bearer" or self.flaw == "scheme-lax:other":
                tokens.append(rest)
            elif self.flaw == "scheme-lax:bare" and not space:
                tokens.append(value)
        return tokens

    def _document(self, claims):
        reader = {"claim-path-semantics": self._by_path, "claim-shell-semantics": self._by_shell,
                  "claim-sql-semantics": self._by_query}.get(self.base, DOCUMENTS.get)
        if self.base == "claim-url-fetched" and str(claims.get("avatar")).startswith("http:"):
            try:
                fetch(claims["avatar"])
            except (OSError, ValueError, Refused):
                pass
        if self.echoes:  # the whole answer is what the token says
            return self.style.good(claims)
        name = claims.get("doc")
        try:
            text = reader(name) if isinstance(name, str) else None
        except (sqlite3.Error, sqlite3.Warning):
            return self.style.broken()
        return self.style.good({"user": claims["sub"], "document": text}) if text else self.style.missing()

    def _by_path(self, name):
        root = os.path.join(self.directory, "documents")
        try:
            path = os.path.join(root, name)
            if os.path.realpath(path).startswith(root):  # the flaw is real, its reach is this folder
                with open(path, encoding="utf-8") as file:
                    return file.read()
        except (OSError, ValueError, TypeError):
            pass
        return None

    def _by_shell(self, name):
        done = subprocess.run(["sh", "-c", f"cat {name}"], cwd=os.path.join(self.directory, "documents"),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
        return done.stdout.decode() if done.returncode == 0 else None

    def _by_query(self, name):
        row = self._documents.execute(f"SELECT body FROM documents WHERE name = '{name}'").fetchone()
        return row and row[0]

    def _administration(self, claims):
        scopes = claims.get("scopes")
        raised = {"admin": claims.get("admin") is True or claims.get("role") == "admin",
                  "scopes": isinstance(scopes, list) and any(str(one).startswith("admin") for one in scopes),
                  "host": claims.get("host_mount_access") is True or bool(claims.get("system_container_role"))}
        if self.base == "claim-privilege" and raised[self.variant]:
            return self.style.good({"tenants": 3, "maintenance": False})
        return self.style.forbidden()


def main():
    parser = argparse.ArgumentParser(description="Serve one test target until standard input closes.")
    parser.add_argument("--shape", default="", help="words joined by +: " + ", ".join(
        [*PLACES, *STYLES, *FORMS, *WIRES, *ALGORITHMS, "claims", "volatile"]))
    parser.add_argument("--flaw", default="", help="see --list")
    parser.add_argument("--trap", default="", help="see --list")
    parser.add_argument("--hostile", default="", help="see --list")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="print flaws, traps and hostile servers")
    options = parser.parse_args()
    from hostile import HOSTILE, Hostile
    if options.list:
        for kind, names in (("flaw", FLAWS), ("trap", TRAPS), ("hostile", HOSTILE)):
            for name in names:
                print(f"{kind}\t{name}")
        return
    if options.hostile:
        with Hostile(options.hostile) as server:
            announce({"url": server.url, "token": server.token})
    else:
        with Target(options.shape, options.flaw, options.trap, options.port) as target:
            announce({"url": target.url, "token": target.token, "token_in": target.token_in,
                      "scan": shlex.join(["batten", "scan", *target.scan_arguments()])})


def announce(facts):
    print(compact(facts), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
