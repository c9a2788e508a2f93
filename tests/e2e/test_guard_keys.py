"""Where the daemon's keys come from: servers that misbehave, conditional requests, discovery, a cluster's key set, and what
the sandbox leaves readable."""
import base64
import http.client
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

from guarded import KEY, Case, mint
from keyserver import KeyServer, Signer, bad_modes, reply
from support import sanitized

POLICY = """version: 1
issuers:
  - issuer: auth
    algorithms: [ES256]
    audiences: [app]
    keys: {jwks_url: "http://127.0.0.1:PORT/keys", cool_down: 1s, refresh: 1s MORE}
"""


def started(case, server):
    case.addCleanup(server.stop)
    return server


class KeysTest(Case):
    def setUp(self):
        super().setUp()
        self.signer, self.other = Signer("a"), Signer("b")
        self.set = {"keys": [self.signer.jwk()]}

    def policy(self, port, more="", text=POLICY):
        self.write("policy.yaml", text.replace("PORT", str(port)).replace("MORE", more))

    def passes(self, signer=None, **claims):
        return self.ask(token=(signer or self.signer).token(**claims))[0]

    def told(self, event, words=""):
        return any(line["event"] == event and words in line.get("message", "") for line in self.log)

    def test_a_server_that_misbehaves_never_gives_a_key_and_never_takes_one(self):
        """A good set first, then one way of going wrong for each issuer, all at once."""
        server = started(self, KeyServer())
        modes = list(bad_modes(self.signer, self.other).items())
        self.assertGreaterEqual(len(modes), 40)
        asked, turned = [0] * len(modes), []

        def behave(request):
            if request.path == "/evil":
                return reply(200, {"keys": [self.other.jwk()]})
            i = int(request.path[1:])
            asked[i] += bool(turned)
            return modes[i][1](request) if turned else reply(200, self.set)
        server.behave = behave
        self.write("policy.yaml", "version: 1\nissuers:\n" + "".join(
            f'  - {{issuer: i{i}, algorithms: [ES256], audiences: [app], keys: {{jwks_url: "http://127.0.0.1:{server.port}/{i}", '
            "cool_down: 1s, refresh: 1s}}\n" for i in range(len(modes))))
        self.start()
        self.until(lambda: all(self.passes(iss=f"i{i}") == 204 for i in range(len(modes))), 20)
        turned.append(True)
        self.until(lambda: all(n > 1 for n in asked), 40)
        for i, (name, _) in enumerate(modes):
            self.assertEqual(204, self.passes(iss=f"i{i}"), name)
            self.assertEqual(401, self.passes(self.other, iss=f"i{i}"), name)
        self.assertNotIn("/evil", [path for path, _ in server.seen])
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            memory = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        if not sanitized():
            self.assertLess(memory, 120_000, "KiB")

    def test_a_set_that_did_not_change_is_not_sent_again(self):
        server = started(self, KeyServer())

        def behave(request):
            if request.headers["If-None-Match"] == '"v1"':
                return reply(304, ETag='"v1"')
            return reply(200, self.set, ETag='"v1"')
        server.behave = behave
        self.policy(server.port, ", max_stale: 4s")
        self.start()
        self.until(lambda: self.passes() == 204)
        begun = time.monotonic()
        self.until(lambda: len(server.seen) > 5, 20)
        self.assertEqual([None] + ['"v1"'] * 5, [headers.get("If-None-Match") for _, headers in server.seen[:6]])
        self.until(lambda: time.monotonic() > begun + 5)
        self.assertEqual(204, self.passes())  # past max_stale of the first answer: each 304 was another while
        self.signer, self.other = self.other, self.signer
        server.behave = lambda r: reply(200, {"keys": [self.signer.jwk()]}, ETag='"v2"')
        self.until(lambda: self.passes() == 204)
        self.assertEqual(401, self.passes(self.other))

    def test_what_a_server_asks_for_is_kept(self):
        server = started(self, KeyServer())
        server.behave = lambda r: reply(429, Retry_After="3")
        self.policy(server.port)
        self.start()
        self.until(lambda: server.seen)
        first = time.monotonic()
        self.until(lambda: len(server.seen) > 1)
        self.assertGreater(time.monotonic() - first, 2.5)
        server.behave = lambda r: reply(200, self.set, Cache_Control="max-age=3600")
        self.until(lambda: self.passes() == 204)
        count = len(server.seen)
        for _ in range(40):
            self.assertEqual(401, self.passes(kid="unknown"))
        self.until(lambda: len(server.seen) > count)  # an unknown kid asks all the same, once a cool-down
        count, begun = len(server.seen), time.monotonic()
        self.until(lambda: self.passes(kid="unknown") == 401 and time.monotonic() > begun + 2.5)
        self.assertLessEqual(len(server.seen) - count, 3)
        count, begun = len(server.seen), time.monotonic()
        self.until(lambda: time.monotonic() > begun + 2.5)
        self.assertLessEqual(len(server.seen) - count, 1)  # refresh is 1s: the answer's hour counts

    def test_a_server_that_comes_up_late_is_seen_within_two_seconds(self):
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
        self.policy(port, text=POLICY.replace("cool_down: 1s, refresh: 1s", "cool_down: 30s"))
        self.start()
        self.until(lambda: self.told("keys-not-fetched"))
        self.assertEqual(503, self.passes())
        http.server.ThreadingHTTPServer.allow_reuse_address = True

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(this):  # noqa: N805
                this.wfile.write(reply(200, self.set))

            def log_message(self, *_):
                pass
        late = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.addCleanup(late.server_close)
        self.addCleanup(late.shutdown)
        threading.Thread(target=late.serve_forever, daemon=True).start()
        begun = time.monotonic()
        self.until(lambda: self.passes() == 204)
        self.assertLess(time.monotonic() - begun, 4)

    def test_the_issuer_alone_finds_its_keys(self):
        server = started(self, KeyServer())
        issuer = f"http://127.0.0.1:{server.port}/realm"
        meta = {"issuer": issuer, "jwks_uri": issuer + "/jwks"}
        at = {"/realm/.well-known/openid-configuration": lambda: reply(200, meta), "/realm/jwks": lambda: reply(200, self.set)}
        server.behave = lambda r: at.get(r.path, lambda: reply(404))()
        self.policy(server.port, text=f"""version: 1
issuers:
  - {{issuer: "{issuer}", algorithms: [ES256], audiences: [app], discovery: true, keys: {{cool_down: 1s, refresh: 1s}}}}
""")
        self.start()
        self.until(lambda: self.passes(iss=issuer) == 204)
        self.until(lambda: sum(path == "/realm/jwks" for path, _ in server.seen) > 2)
        self.assertEqual(1, sum(path.endswith("openid-configuration") for path, _ in server.seen))
        # gone there, it is looked for anew, also where RFC 8414 puts the metadata
        at.clear()
        meta["jwks_uri"] = issuer + "/new"
        at["/.well-known/oauth-authorization-server/realm"] = lambda: reply(200, meta)
        at["/realm/new"] = lambda: reply(200, {"keys": [self.other.jwk()]})
        self.until(lambda: self.passes(self.other, iss=issuer) == 204)
        # and another's document is not taken
        at.clear()
        at["/realm/.well-known/openid-configuration"] = lambda: reply(200, {**meta, "issuer": issuer + "/"})
        self.until(lambda: self.told("keys-not-fetched", "another issuer"))
        self.assertEqual(204, self.passes(self.other, iss=issuer))

    def test_a_clusters_key_set_needs_its_authority_and_a_token_that_changes(self):
        def make(name, *more):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                            f"/CN={name}", "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem"), *more], check=True,
                           capture_output=True)
        make("server", "-addext", "subjectAltName=IP:127.0.0.1")
        make("client")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.path("server.pem"), self.path("server.key"))
        tls.verify_mode = ssl.CERT_OPTIONAL
        tls.load_verify_locations(self.path("client.pem"))
        server = started(self, KeyServer(tls))
        wanted = ["one"]

        def behave(request):
            shown = request.connection.getpeercert()
            right = request.headers["Authorization"] == f"Bearer {wanted[0]}" and shown and ("commonName", "client") in shown["subject"][0]
            return reply(200, self.set) if right else reply(401)
        server.behave = behave
        self.write("token", "one\n")
        https = POLICY.replace("http://", "https://")
        self.policy(server.port, ', ca: server.pem, bearer: "@token", cert: client.pem, key: client.key', https)
        self.start()
        self.until(lambda: self.passes() == 204)
        wanted[0] = "two"
        self.until(lambda: self.told("keys-not-fetched", "answered 401"))
        failures = len([line for line in self.log if line["event"] == "keys-not-fetched"])
        self.write("token", "two\n")
        self.signer, self.other = self.other, self.signer
        self.set = {"keys": [self.signer.jwk()]}
        self.until(lambda: self.passes() == 204)
        self.assertGreater(failures, 0)
        for missing in (', bearer: "@token", cert: client.pem, key: client.key', ', ca: client.pem, bearer: "@token"',
                        ', ca: server.pem, bearer: "@token"', ", ca: server.pem, cert: client.pem, key: client.key"):
            with self.subTest(missing):
                seen = len(self.log)
                self.policy(server.port, missing + ", max_stale: 1s", https)
                self.until(lambda: any(line["event"] == "keys-not-fetched" for line in self.log[seen:]))
                self.until(lambda: self.passes() == 503)

    def test_what_the_policy_names_elsewhere_is_read_again_under_the_sandbox(self):
        outside = self.path("elsewhere")
        for name in ("policy", "elsewhere/config", "elsewhere/nonce", "later"):
            os.makedirs(self.path(name))
        write = ("require 'active_support'; require 'active_support/encrypted_file'; require 'active_support/core_ext'; "
                 "f = ActiveSupport::EncryptedFile.new(content_path: ARGV[0], key_path: ARGV[1], env_key: 'NONE', "
                 "raise_if_missing_key: true); File.write(ARGV[1], ActiveSupport::EncryptedFile.generate_key); f.write(ARGV[2])")
        subprocess.run(["ruby", "-e", write, outside + "/config/credentials.yml.enc", outside + "/config/master.key",
                        f"jwt:\n  secret: {KEY.decode()}\n"], check=True)
        self.write("elsewhere/nonce/secret", "n" * 40)
        os.symlink(outside + "/nonce/secret", self.path("policy/nonce.link"))
        text = f"""version: 1
issuers:
  - issuer: auth
    algorithms: [HS256]
    audiences: [app]
    keys: {{rails_credentials: {outside}/config/credentials.yml.enc, path: jwt.secret}}
binding: {{dpop_nonce: true, dpop_nonce_key: NONCE}}
"""
        folder = self.folder
        self.folder = os.path.join(folder, "policy")
        self.write("policy.yaml", text.replace("NONCE", "nonce.link"))
        self.start(confined=True)
        reloads = lambda: len([line for line in self.log if line["event"] == "reload"])  # noqa: E731
        for turn in range(1, 4):
            self.process.send_signal(signal.SIGHUP)
            self.until(lambda turn=turn: reloads() == turn)
        self.assertEqual(204, self.ask(token=mint())[0])
        self.assertFalse(self.told("reload-refused"))
        with open(os.path.join(folder, "later/nonce"), "w", encoding="utf-8") as file:
            file.write("m" * 40)
        os.chmod(os.path.join(folder, "later/nonce"), 0o600)
        self.write("policy.yaml", text.replace("NONCE", os.path.join(folder, "later/nonce")))
        self.until(lambda: self.told("reload-refused", "sandbox"))
        self.assertTrue(self.told("sandbox", "later/nonce lies in none of the folders"), self.log)
        self.assertEqual(204, self.ask(token=mint())[0])
        self.write("policy.yaml", text.replace("NONCE", outside + "/nonce/secret"))
        self.until(lambda: reloads() == 4)

    def test_a_name_for_a_metadata_address_is_never_asked(self):
        for host in ("169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]"):
            with self.subTest(host):
                self.log = []
                self.policy(0, text=POLICY.replace("http://127.0.0.1:PORT", f"https://{host}"))
                self.start()
                self.until(lambda: self.told("keys-not-fetched", "link-local or metadata"))
                self.assertEqual(503, self.passes())
                self.process.terminate()
                self.process.wait()


OPAQUE = """version: 1
issuers:
  - issuer: op
    audiences: [app]
    keys: {introspection: "http://127.0.0.1:PORT/introspect", client_id: api, client_secret: "@secret" MORE}
  - {issuer: auth, algorithms: [HS256], audiences: [app], keys: {file: key.jwk}}
scopes: {claim: scope, allow: [read:data]}
routes:
  - {path: /health, public: true}
  - {path: /files/**, methods: [GET], scopes: [read:data]}
revocation: {file: revoked.list}
"""


class Endpoint(KeyServer):
    """RFC 7662: `known` says of a token what is answered; all others are not active."""

    def __init__(self):
        super().__init__()
        self.known, self.asked, self.go_on = {}, [], threading.Event()
        self.go_on.set()
        handler = self.http.RequestHandlerClass
        server = self

        def do_POST(this):
            form = dict(urllib.parse.parse_qsl(this.rfile.read(int(this.headers["Content-Length"])).decode()))
            right = this.headers["Authorization"] == "Basic " + base64.b64encode(b"api:s3cret").decode()
            server.asked.append(form.get("token"))
            server.go_on.wait(10)
            answer = server.known.get(form.get("token"), {"active": False})
            this.wfile.write(reply(401) if not right else answer if isinstance(answer, bytes) else reply(200, answer))
        handler.do_POST = do_POST


class IntrospectionTest(Case):
    def setUp(self):
        super().setUp()
        self.endpoint = started(self, Endpoint())
        self.write("secret", "s3cret\n")
        self.policy()

    def policy(self, more=", cache: 2s", text=OPAQUE):
        self.write("policy.yaml", text.replace("PORT", str(self.endpoint.port)).replace("MORE", more))

    def yes(self, **more):
        return {"active": True, "aud": "app", "exp": int(time.time()) + 300, "sub": "ann", "scope": "read:data x", **more}

    def why(self):
        return self.log[-1].get("refusal")

    def test_an_opaque_token_passes_when_its_issuer_says_so(self):
        known = self.endpoint.known
        known["good"] = self.yes()
        now = int(time.time())
        for name, answer in (("old", self.yes(exp=now - 10)), ("other", self.yes(aud="x")), ("foreign", self.yes(iss="else")),
                             ("poor", self.yes(scope="x")), ("no-exp", {"active": True, "aud": "app"}), ("word", self.yes(active="true")),
                             ("html", reply(200, b"<html>")), ("broken", reply(500)), ("moved", reply(302, Location="/introspect")),
                             ("long", self.yes(x="a" * 9000))):
            known[name] = answer
        self.start()
        status, headers, _ = self.ask(token="good")
        self.assertEqual((204, "ann", "op", "read:data"), (status, headers["X-Batten-Subject"], headers["X-Batten-Issuer"], headers["X-Batten-Scopes"]))
        for name, status, reason in (("nobody's", 401, "token-inactive"), ("old", 401, "expired"), ("other", 401, "aud-mismatch"),
                                     ("foreign", 401, "iss-unknown"), ("poor", 403, "insufficient-scope"), ("no-exp", 401, "exp-missing"),
                                     ("word", 503, "keys-unavailable"), ("html", 503, "keys-unavailable"), ("broken", 503, "keys-unavailable"),
                                     ("moved", 503, "keys-unavailable"), ("long", 503, "keys-unavailable")):
            seen = len(self.log)
            self.assertEqual(status, self.ask(token=name)[0], name)
            self.until(lambda: any(line.get("reason", line.get("refusal")) == reason for line in self.log[seen:]))
        self.assertEqual(204, self.ask(token=mint(scope="read:data"))[0])
        self.assertEqual(204, self.ask("/health")[0])
        self.assertEqual(200, self.get("/readyz", port=self.metrics_port)[0])
        told = json.dumps(self.log)
        self.assertFalse([name for name in ("s3cret", "nobody's") if name in told])

    def test_an_answer_is_kept_for_its_time_and_what_is_revoked_here_is_refused(self):
        self.endpoint.known.update(good=self.yes(jti="j1"), soon=self.yes(exp=int(time.time()) + 2))
        self.start()
        self.assertEqual([204] * 20, [self.ask(token="good")[0] for _ in range(20)])
        self.assertEqual(1, self.endpoint.asked.count("good"))
        self.assertEqual([401] * 10, [self.ask(token="bad")[0] for _ in range(10)])
        self.assertEqual(1, self.endpoint.asked.count("bad"))
        del self.endpoint.known["good"]
        self.until(lambda: self.ask(token="good")[0] == 401)
        self.assertLessEqual(self.endpoint.asked.count("good"), 3)
        self.endpoint.known["again"] = self.yes(jti="j2")
        self.assertEqual(204, self.ask(token="again")[0])
        self.batten("guard", "revoke", "--policy", self.path("policy.yaml"), "--jti", "j2")
        self.until(lambda: self.ask(token="again")[0] == 401)

    def test_who_waits_for_an_answer_holds_up_nobody(self):
        self.endpoint.known["good"] = self.yes()
        self.start("--threads", "1")
        self.endpoint.go_on.clear()
        statuses = []
        waiting = [threading.Thread(target=lambda: statuses.append(self.ask(token="good")[0])) for _ in range(30)]
        for one in waiting:
            one.start()
        self.until(lambda: self.endpoint.asked)
        for _ in range(20):
            self.assertEqual(204, self.ask(token=mint(scope="read:data", jti=os.urandom(4).hex()))[0])
        self.assertEqual([], statuses)
        self.endpoint.go_on.set()
        for one in waiting:
            one.join(10)
        self.assertEqual([204] * 30, statuses)
        self.assertEqual(1, len(self.endpoint.asked))

    def test_a_flood_of_unknown_tokens_leaves_good_ones_and_memory_alone(self):
        self.policy(", cache: 1m")
        self.endpoint.known.update({f"good{i}": self.yes() for i in range(20)})
        self.start()
        self.assertEqual([204] * 20, [self.ask(token=f"good{i}")[0] for i in range(20)])
        asked = len(self.endpoint.asked)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        for i in range(1500):
            self.assertEqual(401, self.ask(token=f"flood{i}", connection=connection)[0])
        self.assertEqual([204] * 20, [self.ask(token=f"good{i}")[0] for i in range(20)])
        self.assertEqual(asked + 1500, len(self.endpoint.asked))

    def test_an_endpoint_that_is_gone_is_503_and_stopping_does_not_hang(self):
        self.endpoint.known["good"] = self.yes()
        self.write("secret", "wrong")
        self.start()
        self.assertEqual(503, self.ask(token="good")[0])
        self.until(lambda: any("own credentials" in line.get("message", "") for line in self.log))
        self.write("secret", "s3cret")
        self.until(lambda: self.ask(token="good")[0] == 204)
        self.endpoint.go_on.clear()
        statuses = []
        waiting = threading.Thread(target=lambda: statuses.append(self.hung()))
        waiting.start()
        self.until(lambda: "late" in self.endpoint.asked)
        self.process.terminate()
        self.assertEqual(0, self.process.wait(10))
        waiting.join(10)
        self.assertNotIn(204, statuses)
        self.endpoint.go_on.set()

    def hung(self):
        try:
            return self.ask(token="late")[0]
        except OSError:
            return None
