"""guard check --request and --fetch: why a policy decides as it does, and whether its keys can be had."""
import http.server
import json
import os
import threading
import time

from support import Case, execute
from test_key_inputs import KEY, OTHER, PUBLIC, SET, jwk, mint

ISSUER = "https://issuer.example"
POLICY = """version: 1
issuers:
  - issuer: https://issuer.example
    algorithms: [RS256]
    audiences: [app]
    keys: {KEYS}
    typ: [JWT]
    max_lifetime: 1h
    required: [sub]
    claims: {tenant: t1}
scopes: {claim: scope, allow: [read:data, write:data]}
routes:
  - {path: /health, public: true}
  - {path: /admin/**, hosts: [admin.example], scopes: [write:data]}
  - {path: /api/files/**, methods: [GET], scopes: [read:data]}
revocation: {file: revoked.list}
"""


def good(key=KEY, header=None, **claims):
    now = int(time.time())
    return mint(key, header, **{"iat": now - 5, "exp": now + 600, "scope": "read:data", "tenant": "t1", **claims})


NOW = int(time.time())
# Step, refusal, token, what must be shown of the policy and of the request.
REFUSED = [
    ("token", "token-missing", None, "Authorization", "none"),
    ("form", "token-not-compact", "a.b", "three parts", "3 bytes"),
    ("header", "alg-none", lambda: good(header={"alg": "none"}), "signed", "none"),
    ("header", "alg-not-allowed", lambda: good(header={"alg": "XX1"}), "signed", "XX1"),
    ("header", "crit-unknown", lambda: good(header={"crit": ["a"]}), "crit", "RS256"),
    ("issuer", "iss-unknown", lambda: good(iss=ISSUER + "/"), ISSUER, ISSUER + "/"),
    ("issuer", "iss-missing", lambda: good(iss=7), ISSUER, "7"),
    ("header keys", "header-key", lambda: good(header={"x5t": "a"}), "no key", None),
    ("type", "typ-mismatch", lambda: good(header={"typ": "at+jwt"}), "JWT", "at+jwt"),
    ("algorithm", "alg-not-allowed", lambda: good(header={"alg": "HS256"}), "RS256", "HS256"),
    ("key", "kid-unknown", lambda: good(header={"kid": "other"}), "kid a", "kid other"),
    ("signature", "signature-invalid", lambda: good(OTHER, {"kid": "a"}), "that key", None),
    ("times", "expired", lambda: good(iat=NOW - 900, exp=NOW - 60), "leeway 0 s", "exp 20"),
    ("times", "lifetime-too-long", lambda: good(exp=NOW + 86400), "3600 s", "iat 20"),
    ("audience", "aud-mismatch", lambda: good(aud=["x", "y"]), "app", '["x", "y"]'),
    ("claims", "claim-invalid", lambda: good(sub=7), "sub", "sub"),
    ("claims", "claim-mismatch", lambda: good(tenant="t2"), "tenant one of t1", '"t2"'),
    ("revocation", "revoked", lambda: good(jti="gone"), "1 entries", None),
    ("binding", "certificate-missing", lambda: good(cnf={"x5t#S256": "A" * 43}), "mTLS", "bound"),
    ("scopes", "insufficient-scope", lambda: good(scope="write:data"), "read:data", "write:data"),
]
REQUESTS = [
    ("request", "request-invalid", "get /api/files/1", [], None),
    ("path", "path-ambiguous", "GET /api/files/../x", [], "dot-segment"),
    ("method", "method-overridden", "POST /api/files/1", ["X-HTTP-Method-Override: GET"], None),
    ("route", "route-unknown", "DELETE /api/files/1", [], "none of"),
    ("host", "host-ambiguous", "GET /admin/x", ["Host: a b"], None),
]


class GuardCheck(Case):
    def setUp(self):
        super().setUp()
        self.put("revoked.list", 'jti "gone"\n')
        self.put("keys.json", SET)
        self.put("policy.yaml", POLICY.replace("KEYS", "file: keys.json"))

    def put(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, *arguments, code=None):
        run = execute(["guard", "check", "policy.yaml", *arguments], self.directory)
        self.commands.append(run.command)
        self.assertEqual(code, run.code, run.stdout + run.stderr)
        return run

    def explained(self, request, token=None, headers=("Host: api.example",), code=1):
        arguments = ["--request", request, "--format", "json"]
        for one in headers:
            arguments += ["--header", one]
        answer = json.loads(self.check(*arguments, *(["--token", token] if token else []), code=code).stdout)
        states = [one["state"] for one in answer["steps"]]
        refused = [one for one in answer["steps"] if one["state"] == "refused"]
        self.assertEqual(states, sorted(states, key=["ok", "refused", "not reached"].index))
        self.assertEqual(code, len(refused))
        return answer, refused[0] if refused else None

    def test_a_letter_case_that_is_not_said_is_told_where_routes_differ(self):
        differ = "routes:\n  - {path: /a/**, scopes: [read:data]}\n  - {path: /**}\n"
        head = POLICY.replace("KEYS", "file: keys.json").split("routes:")[0]
        for routes, told in ((differ, True), (differ + "paths: {case: insensitive}\n", False), (differ + "paths: {case: sensitive}\n", False),
                             ("routes: [{path: /a}, {path: /**}]\n", False)):
            self.put("policy.yaml", head + routes)
            self.assertEqual(told, "case: insensitive" in self.check(code=0).stderr, routes)

    def test_each_step_that_refuses_names_both_sides(self):
        for step, refusal, token, policy, request in REFUSED:
            with self.subTest(refusal):
                text = token() if callable(token) else token
                answer, one = self.explained("GET /api/files/1", text)
                self.assertEqual((step, refusal), (one["step"], answer["reason"]))
                self.assertIn(policy, one["policy"])
                if request:
                    self.assertIn(request, one["request"])
                if text and text.count(".") == 2:
                    verified = execute(["token", "verify", "--policy", "policy.yaml", text], self.directory)
                    if refusal != "insufficient-scope":
                        self.assertIn(f'"{refusal}"', verified.stdout)
                    self.assertNotIn(text.rsplit(".", 1)[-1], json.dumps(answer))

    def test_a_request_that_no_token_helps_is_explained(self):
        for step, reason, request, headers, given in REQUESTS:
            with self.subTest(reason):
                answer, one = self.explained(request, good(), ["Host: api.example", *headers] if "Host" not in str(headers) else headers)
                self.assertEqual((step, reason), (one["step"], answer["reason"]))
                if given:
                    self.assertIn(given, one["request"])

    def test_what_is_allowed_says_so_and_exits_zero(self):
        answer, _ = self.explained("GET /api/files/1", good(), code=0)
        self.assertEqual((True, 0), (answer["allowed"], answer["status"]))
        self.assertEqual("read:data", answer["steps"][-1]["request"])
        text = self.check("--request", "https://api.example/api/files/1", "--token", good(), code=0).stdout
        self.assertRegex(text, r"(?m)^ok +issuer +https://issuer\.example$")
        self.assertTrue(text.endswith("\nallowed\n"))
        self.assertTrue(self.check("--request", "/health", code=0).stdout.endswith("\nallowed\n"))

    def test_a_token_comes_from_a_file_a_field_or_the_environment(self):
        self.put("token.txt", "Bearer " + good() + "\n")
        request = ("--request", "GET /api/files/1")
        self.check(*request, "--token", "@token.txt", code=0)
        self.check(*request, "-H", "Authorization: Bearer " + good(), code=0)
        self.check(*request, "-H", "Authorization: Bearer " + good(), "--token", good(), code=1)
        self.assertIn("NOT_SET", self.check(*request, "--token", "env:NOT_SET", code=2).stderr)
        self.assertIn("--request", self.check("--token", "x", code=2).stderr)
        self.assertIn("METHOD PATH", self.check("--request", "GET", code=2).stderr)

    def test_what_a_token_holds_does_nothing_to_a_terminal(self):
        run = self.check("--request", "GET /api/files/1?access=secret-in-query", "--token", good(iss="\x1b[31m\u202e\n"), code=1)
        self.assertNotRegex(run.stdout, "[\x00-\x09\x0b-\x1f\x7f\u202e]")
        self.assertNotIn("secret-in-query", run.stdout)

    def test_observing_is_told(self):
        self.put("policy.yaml", POLICY.replace("KEYS", "file: keys.json") + "mode: observe\n")
        run = self.check("--request", "GET /api/files/1", code=1)
        self.assertIn("observe", run.stdout)

    def serve(self, status, body):
        asked = []

        class Keys(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Keys)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.put("policy.yaml", POLICY.replace("KEYS", f"jwks_url: http://127.0.0.1:{server.server_port}/keys"))
        return asked

    def test_keys_behind_a_url_are_fetched_when_asked_for(self):
        asked = self.serve(200, SET.encode())
        request, verify = ("--request", "GET /api/files/1", "--token", good()), ["token", "verify", "--policy", "policy.yaml", good()]
        told = self.check(*request, code=1)
        self.assertIn("--fetch", told.stderr)
        self.assertIn("keys-unavailable", told.stdout)
        self.assertIn("not fetched", told.stdout)
        self.assertIn("--fetch", self.check(code=0).stderr)
        run = execute(verify, self.directory)
        self.assertEqual((1, True), (run.code, "--fetch" in run.stderr))
        self.assertEqual([], asked)
        self.check(*request, "--fetch", code=0)
        self.assertIn("kid a", self.check("--fetch", code=0).stdout)
        run = execute([*verify, "--fetch"], self.directory)
        self.assertEqual((0, ""), (run.code, run.stderr))
        self.assertEqual(["/keys"] * 3, asked)

    def test_keys_that_cannot_be_had_are_a_failure_with_its_cause(self):
        for status, body, word in ((404, b"", "404"), (200, b"<html>login</html>", "HTML"), (200, json.dumps({"keys": []}).encode(), "no key"),
                                   (200, PUBLIC.encode(), None), (200, json.dumps({"keys": [{"kty": "oct", "k": "AAAA"}]}).encode(), "secret")):
            with self.subTest(body):
                self.serve(status, body)
                run = self.check("--fetch", code=3 if word else 0)
                if word:
                    self.assertIn(word, run.stderr)
                verified = execute(["token", "verify", "--policy", "policy.yaml", "--fetch", good()], self.directory)
                self.assertEqual(3 if word else 0, verified.code)
