"""Every check of the other families: its weak endpoint is found with its severity, its strict twin is tested and silent."""
import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
import time
import unittest

from support import Case, load_in_parallel as load_tests, sentence  # noqa: F401

from families import ROWS, Family
import others  # noqa: F401 (adds its rows)
from test_tls import certificate

# True of every target here, and what a check of another row says of the same flaw.
QUIET = {"role-in-response", "id-predictable"}


class Weak(Case):
    """One test a row, made below."""


class Twin(Case):
    """One test a row, made below."""


def found(name, row):
    def test(self):
        target = self.enterContext(Family(name))
        self.commands.append(target.command_line())
        run = self.scan_target(target, code=(0, 3))
        mine = [one for one in run.findings if one["check"] == row.check]
        self.assertTrue(mine, f"not found: {run.found('info')}; not tested: {run.not_tested().get(row.check)!r}")
        self.assertEqual({(row.severity, row.confidence)}, {(one["severity"], one["confidence"]) for one in mine})
        self.assert_nothing_else(run, {row.check, *row.also, *QUIET})
    return test


def silent(name, row):
    def test(self):
        target = self.enterContext(Family(name, strict=True))
        self.commands.append(target.command_line())
        run = self.scan_target(target, code=(0, 3))
        self.assertNotIn(row.check, run.found("info"))
        if row.check == "url-parameter-fetched":  # a fetch that nobody makes proves nothing
            self.assertIn("reach unproven", run.not_tested()[row.check])
        elif name == "mass-assignment:listed":  # no field to list
            self.assertIn("does not apply", run.not_tested()[row.check])
        else:
            (self.assertIn if row.undecided else self.assertNotIn)(row.check, run.not_tested())
        self.assert_nothing_else(run, QUIET)
    return test


for name_, row_ in ROWS.items():
    setattr(Weak, sentence(f"{name_} is found as {row_.check} {row_.severity}"), found(name_, row_))
    setattr(Twin, sentence(f"the strict twin of {name_} is tested and silent"), silent(name_, row_))


class Evidence(Case):
    def test_a_secret_that_was_found_is_not_repeated_in_the_report(self):
        for name in ("secret:github", "secret:pem", "secret:rails", "pii:card"):
            with self.subTest(name):
                target = self.enterContext(Family(name))
                run = self.scan_target(target)
                for secret in ("LyjWDarj", "QIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj", "e05d48f23f1c9a7b", "4539148803436467"):
                    self.assertNotIn(secret, run.stdout)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers from the server's table; the API asks for the key."""

    def do_POST(self):
        self.do_GET()

    def do_GET(self):
        status, body = self.server.answer(self)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments):
        pass


def serve(case, address, answer, pair=None):
    server = http.server.ThreadingHTTPServer(address, Handler)
    server.answer = answer
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    case.addCleanup(server.server_close)
    case.addCleanup(server.shutdown)
    return server


class Runtime(Case):
    """Other ports of the target's host, on loopback addresses of these tests alone."""

    def scanned(self, host, port, path, body, tls=False):
        api = serve(self, (host, 0), lambda request: (200, '{"user": "u"}'))
        pair = [self.file(name, text.decode()) for name, text in zip(("cert.pem", "key.pem"), certificate(host))] if tls else None
        serve(self, (host, port), lambda request: (200, body) if request.path == path else (404, "{}"), pair)
        return self.scan(f"http://{host}:{api.server_port}/api/me", "--runtime-ports", code=(0, 3))

    def test_without_the_option_no_other_port_is_asked(self):
        asked = []
        serve(self, ("127.0.77.3", 2375), lambda request: asked.append(request.path) or (404, "{}"))
        api = serve(self, ("127.0.77.3", 0), lambda request: (200, '{"user": "u"}'))
        run = self.scan(f"http://127.0.77.3:{api.server_port}/api/me", code=(0, 3))
        self.assertEqual([], asked)
        self.assertIn("--runtime-ports", run.not_tested()["runtime-docker-api"])


# check, severity, port, TLS, path, what it says, what another service says there
INTERFACES = [
    ("runtime-docker-api", "critical", 2375, False, "/version", '{"ApiVersion": "1.43", "MinAPIVersion": "1.12"}', '{"version": "4.2"}'),
    ("runtime-kubelet", "high", 10250, True, "/pods", '{"kind": "PodList", "items": []}', '{"kind": "Status", "code": 401}'),
    ("runtime-kubelet", "high", 10255, False, "/pods", '{"kind":"PodList","items":[]}', '{"pods": []}'),
    ("runtime-etcd", "critical", 2379, False, "/v3/kv/range",
     '{"header": {"cluster_id": "148", "member_id": "9", "revision": "7", "raft_term": "2"}, "count": "0"}',
     '{"error": "etcdserver: user name is empty", "code": 3}'),
    ("runtime-kubernetes-api", "critical", 6443, True, "/api/v1/namespaces", '{"kind": "NamespaceList", "items": []}',
     '{"kind": "Status", "status": "Failure", "code": 403}'),
    ("runtime-kubernetes-api", "critical", 8001, False, "/api/v1/namespaces", '{"kind": "NamespaceList", "items": []}', '{"namespaces": []}'),
    ("runtime-cadvisor", "medium", 4194, False, "/containers/", "<html><head><title>cAdvisor - /</title></head></html>",
     "<html><head><title>Containers for sale</title></head></html>"),
    ("runtime-dashboard", "medium", 9090, False, "/api/v1/targets", '{"status": "success", "data": {"activeTargets": []}}', '{"targets": []}'),
    ("runtime-dashboard", "medium", 9901, False, "/server_info", '{"command_line_options": {}, "state": "LIVE"}', '{"state": "LIVE"}'),
]


def interface(host, check, severity, port, tls, path, body, exposed):
    def test(self):
        run = self.scanned(host, port, path, body, tls)
        found_here = {one["check"]: one["severity"] for one in run.findings if one["check"].startswith("runtime-")}
        self.assertEqual({check: severity} if exposed else {}, found_here)
        self.assertNotIn(check, run.not_tested())
    return test


for i_, (check_, severity_, port_, tls_, path_, weak_, strict_) in enumerate(INTERFACES):
    setattr(Runtime, sentence(f"{check_} at port {port_} is found by its words"),
            interface(f"127.0.77.{20 + 2 * i_}", check_, severity_, port_, tls_, path_, weak_, True))
    setattr(Runtime, sentence(f"another service at port {port_} is none"),
            interface(f"127.0.77.{21 + 2 * i_}", check_, severity_, port_, tls_, path_, strict_, False))


def signature(text):
    return base64.urlsafe_b64encode(hmac.new(b"k" * 32, text, hashlib.sha256).digest()).rstrip(b"=")


def signed(claims):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256"}, claims)]
    return b".".join([*parts, signature(b".".join(parts))]).decode()


class Tokens(Case):
    def test_what_a_token_is_by_itself_is_told_once_whatever_it_opens(self):
        token = signed({"sub": "u", "iat": 1, "exp": 4102444800, "password": "hunter2"})
        good = f"Bearer {token}"
        api = serve(self, ("127.0.0.1", 0), lambda request: (200, json.dumps({"at": request.path})) if request.headers.get("Authorization") == good
                    else (401, "{}"))
        paths = {path: {"get": {"responses": {"200": {"description": "it"}}}} for path in ("/a", "/b", "/c")}
        spec = self.file("spec.json", json.dumps({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths}))
        run = self.scan(f"http://127.0.0.1:{api.server_port}", "--spec", spec, "--token", token)
        checks = [one["check"] for one in run.findings]
        self.assertEqual([1, 1], [checks.count("jwt-lifetime-long"), checks.count("jwt-sensitive-claim")])


class Besides(Case):
    def test_what_the_user_gave_is_masked_in_every_format(self):
        for name in ("open-endpoint:besides:0", "open-endpoint:besides:1"):
            target = self.enterContext(Family(name))
            for form in ("json", "sarif", "table", "pretty", "html", "junit", "markdown", "har", "gitlab-sast", "codequality"):
                with self.subTest(name, form=form):
                    run = self.batten("scan", *target.scan_arguments(), "--format", form, "--rate", "1000")
                    self.assertIn("api/plan", run.stdout, run.stderr)
                    self.assertNotIn("k3jd9q-w81", run.stdout)

    def test_what_a_browser_recorded_may_be_public_and_is_no_critical_finding(self):
        target = self.enterContext(Family("open-endpoint:besides:0"))
        request = {"method": "GET", "url": target.url, "headers": [{"name": "Authorization", "value": "Bearer " + target.token}]}
        har = self.file("page.har", json.dumps({"log": {"entries": [{"request": request}]}}))
        run = self.scan(target.origin, "--har", har)
        self.assertEqual([("medium", "tentative")],
                         [(one["severity"], one["confidence"]) for one in run.findings if one["check"] == "open-endpoint"])


class Roles(Case):
    def test_where_no_claim_tells_a_role_one_identity_says_nothing_of_an_administrative_path(self):
        for name, token, decided in (("bfla-admin-path:kept", {"scopes": []}, False), ("bfla-admin-path:kept", {"scope": "openid email", "scopes": []}, False),
                                     ("bfla-admin-path:kept", {"scope": "orders:read"}, True), ("bfla-admin-path:kept", {"scopes": [], "roles": ["member"]}, True)):
            with self.subTest(token=token):
                target = self.enterContext(Family(name))
                run = self.scan(target.url, "--token", target.mint(**token), code=(0, 3))
                (self.assertIn if decided else self.assertNotIn)("bfla-admin-path", run.found())
                if not decided:
                    self.assertIn("--as NAME=T", run.not_tested()["bfla-admin-path"])


class Claims(Case):
    """Tokens as many make them: no issuer, no audience, the kind of token in a claim."""

    def scanned(self, kinds):
        def answer(request):
            head, _, token = request.headers.get("Authorization", "").partition(" ")
            try:
                header, payload, mac = token.split(".")
                good = head == "Bearer" and mac == signature(f"{header}.{payload}".encode()).decode()
                use = json.loads(base64.urlsafe_b64decode(payload + "=="))["token_use"] if good else ""
            except (ValueError, KeyError):
                return 401, "{}"
            return (200, '{"user": "u"}') if use in kinds and request.path == "/api/me" else (401, "{}")
        api = serve(self, ("127.0.0.1", 0), answer)
        now = int(time.time())
        token = signed({"sub": "u", "iat": now, "exp": now + 600, "token_use": "access"})
        return self.scan(f"http://127.0.0.1:{api.server_port}/api/me", "--token", token, "--signing-key", self.file("key", b"k" * 32))

    def test_an_issuer_that_no_token_names_is_not_said_to_be_ignored(self):
        run = self.scanned(("access",))
        self.assertIn("names no issuer", run.not_tested()["jwt-iss-ignored"])
        self.assertEqual(["low"], [one["severity"] for one in run.findings if one["check"] == "jwt-aud-ignored"])

    def test_the_kind_of_token_may_be_told_by_a_claim_alone(self):
        self.assertNotIn("jwt-typ-confusion", self.scanned(("access",)).found())
        self.assertIn("jwt-typ-confusion", self.scanned(("access", "refresh")).found())


class Found(Case):
    """Operations of a description that the target shows, which says nothing of protection."""

    def test_health_and_keys_are_public_by_nature_and_an_account_is_not(self):
        paths = {path: {"get": {"responses": {"200": {"description": "it"}}}} for path in ("/api/me", "/health", "/oauth/keys", "/api/account")}
        spec = json.dumps({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths})
        token = signed({"sub": "u", "iat": int(time.time()), "exp": int(time.time()) + 600})

        def answer(request):
            if request.path == "/openapi.json":
                return 200, spec
            known = request.headers.get("Authorization") == f"Bearer {token}"
            return (200, json.dumps({"at": request.path})) if request.path in paths and (known or request.path != "/api/me") else (401, "{}")
        api = serve(self, ("127.0.0.1", 0), answer)
        run = self.scan(f"http://127.0.0.1:{api.server_port}/api/me", "--token", token)
        where = [one["where"]["url"].rpartition("/")[2] for one in run.findings if one["check"] == "open-endpoint"]
        self.assertEqual(["account"], where)


class OpaqueKeys(Case):
    """An API whose bearer is no JSON Web Token: the checks that need none still run."""

    def scanned(self, body):
        def answer(request):
            known = request.headers.get("Authorization") == "Bearer k3y-0f-7he-shop"
            return (200, body) if known and request.path == "/api/me" else (401, "{}")
        api = serve(self, ("127.0.0.1", 0), answer)
        return self.scan(f"http://127.0.0.1:{api.server_port}/api/me", "--header", "Authorization: Bearer k3y-0f-7he-shop")

    def test_the_other_families_run_with_a_key_that_is_no_jwt_and_the_key_is_not_shown(self):
        run = self.scanned('{"user": "u", "reset_token": "k3jd9"}')
        self.assertIn("property-sensitive", run.found("info"))
        self.assertIn("no JSON Web Token", run.not_tested()["jwt-alg-none"])
        self.assertNotIn("k3y-0f-7he-shop", run.stdout)

    def test_a_strict_api_with_such_a_key_is_clean(self):
        run = self.scanned('{"user": "u"}')
        self.assert_nothing_else(run, {*QUIET, "server-banner"})


if __name__ == "__main__":
    unittest.main()
