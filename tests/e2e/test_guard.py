"""The guard daemon: the real binary behind the requests that proxies send."""
import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from guarded import KEY, POLICY, VAULT_KEY, Case, b64, jwk, mint
from support import BATTEN


class Guard(Case):
    def test_requests_are_let_through_and_refused_as_the_policy_says(self):
        self.start()
        status, headers, body = self.ask(token=mint())
        self.assertEqual((204, ""), (status, body))
        self.assertEqual(("u1", "read:data", "auth"), tuple(headers[f"X-Batten-{n}"] for n in ("Subject", "Scopes", "Issuer")))
        self.assertEqual("a@b%0D%0AX-Evil: 1", headers["X-User-Email"])
        self.assertIsNone(headers["X-Evil"])
        self.assertEqual(204, self.ask("/health")[0])
        refused = [self.ask(token=token) for token in ("x.y.z", mint(iss="other"), mint(aud="other"), mint(exp=1),
                                                       mint(key=b"k" * 32), mint()[:-2])]
        self.assertEqual({(401, 'Bearer error="invalid_token"', "")}, {(s, h["WWW-Authenticate"], b) for s, h, b in refused})
        status, headers, body = self.ask()  # RFC 6750 section 3.1: who brings none is told of no error
        self.assertEqual((401, "Bearer", ""), (status, headers["WWW-Authenticate"], body))
        status, headers, _ = self.ask(method="POST", token=mint())
        self.assertEqual((403, 'Bearer error="insufficient_scope", scope="read:data write:data"'),
                         (status, headers["WWW-Authenticate"]))
        self.assertEqual(204, self.ask(method="POST", token=mint(scopes=["read:data", "write:data"]))[0])
        for uri in ("/other", "/files/..%2fadmin", "/files/%2e%2e/x", "//files/a", "/files/a;x", "/files/a%00"):
            self.assertEqual(403, self.ask(uri, token=mint())[0], uri)
        self.until(lambda: any(line.get("refusal") == "aud-mismatch" for line in self.log))
        self.assertFalse(any("eyJ" in json.dumps(line) for line in self.log))

    def test_claims_places_preflights_and_optional_tokens_are_as_the_policy_says(self):
        issuer = ("    claims: {token_use: access, /realm_access/roles: {contains: operator}}\n"
                  "  - {issuer: web, algorithms: [HS256], audiences: [app], keys: {file: key.jwk}, token: {cookie: session}}\n")
        self.write("policy.yaml", POLICY.replace("    max_lifetime: 2h\n", "    max_lifetime: 2h\n" + issuer)
                   .replace("claim: scopes,", "claim: realm_access.roles,").replace("allow: [", "allow: [operator, ").replace("scopes: [read:data]", "scopes: [operator]")
                   .replace("{X-User-Email: email}", "{X-User-Email: email, X-Roles: realm_access.roles}")
                   .replace("routes:\n", "routes:\n  - {path: /feed, optional: true}\n")
                   + "preflight: true\nresource_metadata: https://api.example/.well-known/oauth-protected-resource\n")
        self.start()
        good = mint(token_use="access", realm_access={"roles": ["reader", "operator"]})
        status, headers, _ = self.ask(token=good)
        self.assertEqual((204, "operator", '["reader","operator"]'), (status, headers["X-Batten-Scopes"], headers["X-Roles"].replace(" ", "").replace("%20", "")))
        for other in (mint(token_use="id", realm_access={"roles": ["operator"]}), mint(token_use="access", realm_access={"roles": ["reader"]}), mint()):
            self.assertEqual(401, self.ask(token=other)[0])
        self.until(lambda: sum(line.get("refusal") == "claim-mismatch" for line in self.log) == 3)
        self.assertEqual(401, self.ask(extra=[("Cookie", f"session={good}")])[0])
        self.until(lambda: any(line.get("refusal") == "token-misplaced" for line in self.log))
        metadata = 'resource_metadata="https://api.example/.well-known/oauth-protected-resource"'
        self.assertEqual(f"Bearer {metadata}", self.ask()[1]["WWW-Authenticate"])
        self.assertEqual(f'Bearer error="invalid_token", {metadata}', self.ask(token="x.y.z")[1]["WWW-Authenticate"])
        asks = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST")]
        self.assertEqual([204, 403, 401], [self.ask(method=method, extra=extra)[0] for method, extra in (("OPTIONS", asks), ("OPTIONS", asks[:1]), ("POST", asks))])
        self.assertEqual([204, 204, 401], [self.ask("/feed", token=token)[0] for token in (None, good, "x.y.z")])

    def test_only_the_proxys_own_headers_are_read(self):
        self.start()
        good = ("Authorization", f"Bearer {mint()}")
        own, other = [("X-Original-Method", "GET"), ("X-Original-URI", "/files/a")], [("X-Forwarded-Method", "GET"),
                                                                                      ("X-Forwarded-Uri", "/files/a")]
        self.assertEqual(204, self.get("/", fields=[("Host", "g"), *own, good])[0])
        self.assertEqual(403, self.get("/", fields=[("Host", "g"), *other, good])[0])
        self.assertEqual(403, self.get("/files/a", fields=[("Host", "g"), good])[0])
        self.assertEqual(403, self.get("/", fields=[("Host", "g"), *own, own[1], good])[0])
        self.assertEqual(401, self.get("/", fields=[("Host", "g"), *own, good, good])[0])
        self.assertEqual(403, self.get("/", fields=[("Host", "g"), *own, good, ("X-HTTP-Method-Override", "POST")])[0])

    def test_the_other_proxies_have_their_shapes(self):
        good = ("Authorization", f"Bearer {mint()}")
        for kind, path, fields, status in (
                ("traefik", "/", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/files/a"), ("X-Forwarded-Host", "h")], 204),
                ("caddy", "/", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/files/a"), ("X-Forwarded-Host", "h")], 204),
                ("caddy", "/", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/files/a")], 403),
                ("caddy", "/", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Host", "h")], 403),
                ("traefik", "/", [("X-Forwarded-Uri", "/files/a"), ("X-Forwarded-Host", "h")], 403),
                ("traefik", "/", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/files/a"), ("X-Forwarded-Host", "h"),
                                  ("X-Forwarded-Host", "i")], 403),
                ("envoy", "/files/a?x=1", [], 200),
                ("envoy", "/files/../a", [], 403),
                ("envoy", "/files/%2e%2e/a", [], 403)):
            with self.subTest(kind=kind, path=path):
                self.start("--proxy", kind)
                self.assertEqual(status, self.get(path, fields=[("Host", "h"), *fields, good])[0])
                self.process.terminate()

    def test_a_field_that_the_proxy_does_not_set_is_named_in_the_log(self):
        good = ("Authorization", "Bearer " + mint())
        for kind, fields, missing in (
                ("nginx", [("X-Original-URL", "/files/a"), ("X-Original-Method", "GET")], "X-Original-URI"),
                ("nginx", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/files/a")], "X-Original-Method"),
                ("nginx", [("X-Original-Method", "GET"), ("X-Original-URI", "/a"), ("X-Original-URI", "/b")], "X-Original-URI"),
                ("traefik", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/files/a")], "X-Forwarded-Host"),
                ("caddy", [("X-Original-Method", "GET"), ("X-Original-URI", "/files/a")], "X-Forwarded-Method")):
            with self.subTest(kind=kind, missing=missing):
                self.log.clear()
                self.start("--proxy", kind)
                self.assertEqual(403, self.get("/auth", fields=[("Host", "h"), *fields, good])[0])
                self.until(lambda: any(line["refusal"] == "request-invalid" for line in self.decisions()))
                detail = self.decisions()[-1]["detail"]
                self.assertTrue(detail.startswith(missing + " "), detail)
                self.assertIn(f"--proxy {kind}", detail)
                self.process.terminate()

    def test_observing_refuses_nothing_and_says_so_loudly(self):
        self.write("policy.yaml", POLICY + "mode: observe\n")
        self.start()
        self.assertEqual(204, self.ask()[0])
        self.until(lambda: any(line.get("decision") == "observe" and line["refusal"] == "token-missing" for line in self.log))
        self.assertTrue(any(line["event"] == "observe" for line in self.log))
        self.assertRegex(self.get("/metrics", port=self.metrics_port)[2],
                         r'batten_decisions_total\{decision="observe",refusal="token-missing"\} 1')

    def test_a_revocation_and_a_new_key_are_seen_within_a_second(self):
        self.start()
        token = mint()
        self.assertEqual(204, self.ask(token=token)[0])
        self.batten("guard", "revoke", "--policy", self.path("policy.yaml"), "--jti", "j1")
        self.until(lambda: self.ask(token=token)[0] == 401, 2)
        fresh = os.urandom(32)
        self.write("key.jwk", json.dumps({"keys": [jwk(fresh, kid="new"), jwk(kid="old")]}))
        self.until(lambda: self.ask(token=mint(key=fresh, kid="new", jti="j2"))[0] == 204, 2)
        self.assertEqual(204, self.ask(token=mint(kid="old", jti="j3"))[0])
        self.write("key.jwk", "rubbish")
        threading.Event().wait(1)
        self.assertEqual(204, self.ask(token=mint(kid="old", jti="j3"))[0])

    def test_a_proof_without_the_nonce_is_challenged_and_one_with_it_passes(self):
        self.write("policy.yaml", POLICY + "binding: {dpop: required, dpop_nonce: true, dpop_nonce_life: 2s, dpop_origin: 'https://api.example'}\n")
        self.start()
        own = ec.generate_private_key(ec.SECP256R1())
        point = own.public_key().public_numbers()
        public = {"crv": "P-256", "kty": "EC", "x": b64(point.x.to_bytes(32, "big")).decode(), "y": b64(point.y.to_bytes(32, "big")).decode()}
        token = mint(cnf={"jkt": b64(hashlib.sha256(json.dumps(public, separators=(",", ":")).encode()).digest()).decode()})

        def ask(jti=None, **claims):
            body = {"jti": os.urandom(8).hex() if jti is None else jti, "htm": "GET", "htu": "https://api.example/files/a", "iat": int(time.time()),
                    "ath": b64(hashlib.sha256(token.encode()).digest()).decode(), **claims}
            signed = b".".join(b64(json.dumps(part).encode()) for part in ({"typ": "dpop+jwt", "alg": "ES256", "jwk": public}, body))
            r, s = utils.decode_dss_signature(own.sign(signed, ec.ECDSA(hashes.SHA256())))
            proof = signed + b"." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
            status, headers, _ = self.ask(extra=[("Authorization", f"DPoP {token}"), ("DPoP", proof.decode())])
            return status, headers["WWW-Authenticate"], headers["DPoP-Nonce"]

        status, challenge, first = ask()
        self.assertEqual((401, 'DPoP error="use_dpop_nonce"'), (status, challenge))
        self.assertRegex(first, r"\A[0-9a-f]{32}\Z")
        self.assertEqual((204, None), ask(nonce=ask()[2])[:2])
        for wrong in ("0" * 32, "", first[:-1], [first]):
            self.assertEqual((401, challenge), ask(nonce=wrong)[:2])
        self.assertEqual((401, 'Bearer error="invalid_token"', None), ask(nonce=ask()[2], htm="POST"))
        self.assertEqual((401, None), self.ask(token=token)[:1] + (self.ask(token=token)[1]["DPoP-Nonce"],))
        self.process.send_signal(signal.SIGHUP)
        self.until(lambda: any(line["event"] == "reload" for line in self.log))
        seen, nonce = set(), ask()[2]
        self.assertIn(ask(nonce=nonce)[0], (204,), "a reload keeps nonces")
        self.until(lambda: seen.add(ask(nonce=nonce)) or any(status == 401 for status, _, _ in seen))
        self.assertTrue(any(status == 204 and fresh and fresh != nonce for status, _, fresh in seen), "a new one comes before the old one ends")
        self.assertIn((401, challenge), {(status, said) for status, said, _ in seen})

    def test_a_bad_policy_is_refused_and_the_old_one_stays(self):
        self.start()
        self.write("policy.yaml", POLICY.replace("audiences: [app]", "audiense: [app]"))
        self.until(lambda: any(line["event"] == "reload-refused" for line in self.log))
        self.assertTrue(any("audiences" in line.get("message", "") for line in self.log if line["event"] == "problem"))
        self.assertEqual(204, self.ask(token=mint())[0])
        self.write("policy.yaml", POLICY.replace("audiences: [app]", "audiences: [next]"))
        self.until(lambda: any(line["event"] == "reload" for line in self.log))
        self.assertEqual(401, self.ask(token=mint())[0])
        self.assertEqual(204, self.ask(token=mint(aud="next"))[0])

    def test_a_reload_forgets_no_token_that_was_used_and_no_key_that_was_fetched(self):
        go_on, asked = threading.Event(), threading.Event()

        def hang(_request):
            asked.set()
            go_on.wait(20)
            return 200, VAULT_KEY

        go_on.set()
        port = self.key_server(hang)
        self.addCleanup(go_on.set)
        policy = POLICY.replace("{file: key.jwk}", "{vault: 'http://127.0.0.1:%d/v1/secret/data/jwt', path: signing}" % port)
        self.write("policy.yaml", policy.replace("max_lifetime: 2h", "max_lifetime: 2h\n    replay: true"))
        self.start(env={"VAULT_TOKEN": "s.token"})
        self.until(lambda: self.ask(token=mint(jti=os.urandom(4).hex()))[0] == 204)
        used = mint(jti="used")
        self.assertEqual([204, 401], [self.ask(token=used)[0] for _ in range(2)])
        go_on.clear()
        asked.clear()
        self.process.send_signal(signal.SIGHUP)
        self.until(asked.is_set)  # a fetch hangs from here on; the policy before answers
        self.assertEqual([204, 401], [self.ask(token=t)[0] for t in (mint(jti="during"), used)])
        self.batten("guard", "revoke", "--policy", self.path("policy.yaml"), "--sub", "gone")
        self.until(lambda: self.ask(token=mint(sub="gone", jti=os.urandom(4).hex()))[0] == 401, 2)
        self.assertFalse(any(line["event"] == "reload" for line in self.log))
        go_on.set()
        self.until(lambda: any(line["event"] == "reload" for line in self.log))
        self.assertEqual([204, 401, 401], [self.ask(token=t)[0] for t in (mint(jti="after"), used, mint(jti="during"))])

    def test_keys_by_url_are_fetched_beside_the_requests(self):
        keys, served = {}, []

        def keys_by_url(request):
            served.append(request.path)
            return 200, json.dumps(keys).encode()

        port = self.key_server(keys_by_url)
        self.write("policy.yaml", POLICY.replace("HS256", "ES256").replace(
            "{file: key.jwk}", f"{{jwks_url: 'http://127.0.0.1:{port}/keys', cool_down: 30s}}"))
        made = subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"], capture_output=True, check=True)
        with open(self.path("ec.pem"), "wb") as file:
            file.write(made.stdout)
        point = subprocess.run(["openssl", "ec", "-in", self.path("ec.pem"), "-pubout", "-outform", "DER"], capture_output=True,
                               check=True).stdout[-64:]
        keys["keys"] = [{"kty": "EC", "crv": "P-256", "x": b64(point[:32]).decode(), "y": b64(point[32:]).decode(), "kid": "a",
                         "alg": "ES256"}]
        self.start()
        now = int(time.time())
        claims = {"iss": "auth", "aud": "app", "sub": "u", "iat": now, "exp": now + 600, "scopes": ["read:data"]}

        def token(kid):
            return self.batten("token", "mint", "--key", self.path("ec.pem"), "--alg", "ES256", "--kid", kid, "--claims",
                               json.dumps(claims)).strip()
        self.until(lambda: self.ask(token=token("a"))[0] == 204)
        before = len(served)
        for _ in range(20):
            self.assertEqual(401, self.ask(token=token("unknown"))[0])
        threading.Event().wait(0.6)
        self.assertLessEqual(len(served), before + 1)

    def test_keys_come_from_vault(self):
        asked = []

        def vault(request):
            """GET of KV version 2, as its API documents describe it."""
            asked.append((request.path, request.headers["X-Vault-Token"]))
            good = request.headers["X-Vault-Token"] == "s.token"
            return (200, VAULT_KEY) if good else (403, b'{"errors": ["permission denied"]}')

        port = self.key_server(vault)
        self.write("policy.yaml", POLICY.replace("{file: key.jwk}", "{vault: 'http://127.0.0.1:%d/v1/secret/data/jwt', path: signing}" % port))
        self.start(env={"VAULT_TOKEN": "s.token"})
        self.until(lambda: self.ask(token=mint())[0] == 204)
        self.assertEqual(("/v1/secret/data/jwt", "s.token"), asked[0])
        self.assertEqual(401, self.ask(token=mint(key=b"k" * 32))[0])
        self.assertFalse(any(KEY.decode() in json.dumps(line) for line in self.log))

    def test_keys_come_from_rails_credentials_as_rails_writes_them(self):
        os.mkdir(self.path("config"))
        write = ("require 'active_support'; require 'active_support/encrypted_file'; require 'active_support/core_ext'; "
                 "f = ActiveSupport::EncryptedFile.new(content_path: ARGV[0], key_path: ARGV[1], env_key: 'NONE', "
                 "raise_if_missing_key: true); File.write(ARGV[1], ActiveSupport::EncryptedFile.generate_key); f.write(ARGV[2])")
        enc, master = self.path("config/credentials.yml.enc"), self.path("config/master.key")
        subprocess.run(["ruby", "-e", write, enc, master, f"jwt:\n  secret: {KEY.decode()}\n"], check=True)
        policy = POLICY.replace("{file: key.jwk}", "{rails_credentials: config/credentials.yml.enc, path: jwt.secret}")
        self.write("policy.yaml", policy)
        self.batten("token", "verify", "--policy", self.path("policy.yaml"), mint())
        self.batten("token", "verify", "--policy", self.path("policy.yaml"), mint(key=b"k" * 32), code=1)
        self.write("policy.yaml", policy.replace("jwt.secret", "jwt.other"))
        self.assertIn("has no text at 'jwt.other'", self.batten("guard", "check", self.path("policy.yaml"), code=2))
        self.write("config/master.key", "0" * 32)
        self.assertIn("another one", self.batten("guard", "check", self.path("policy.yaml"), code=2))
        os.unlink(master)
        self.assertIn("RAILS_MASTER_KEY", self.batten("guard", "check", self.path("policy.yaml"), code=2))

    def test_the_policy_that_is_checked_is_the_word_or_the_option(self):
        policy = self.path("policy.yaml")
        self.assertEqual(self.batten("guard", "check", policy), self.batten("guard", "check", "--policy", policy))
        self.batten("guard", "check", policy, "--policy", policy, code=2)
        self.batten("guard", "check", code=2)

    def test_without_keys_the_answer_is_503_and_not_ready(self):
        self.write("policy.yaml", POLICY.replace("HS256", "ES256").replace("{file: key.jwk}", "{jwks_url: 'http://127.0.0.1:1/keys'}"))
        self.start()
        self.assertEqual(503, self.get("/readyz", port=self.metrics_port)[0])
        self.assertEqual(200, self.get("/livez", port=self.metrics_port)[0])
        header = b64(b'{"alg":"ES256","kid":"a"}').decode()
        body = mint().split(".")[1]
        self.assertEqual(503, self.ask(token=f"{header}.{body}.{b64(b'x' * 64).decode()}")[0])

    def test_public_keys_come_from_a_pkcs11_token(self):
        os.mkdir(self.path("tokens"))
        self.write("softhsm.conf", f"directories.tokendir = {self.path('tokens')}\n")
        env = {**os.environ, "SOFTHSM2_CONF": self.path("softhsm.conf")}
        tool = lambda *words: subprocess.run(["softhsm2-util", *words, "--pin", "1234"], check=True, capture_output=True, env=env)  # noqa: E731
        tool("--init-token", "--free", "--label", "signing", "--so-pin", "1234")
        keys = {"es": ec.generate_private_key(ec.SECP256R1()), "rs": rsa.generate_private_key(65537, 2048)}
        for label, key in keys.items():
            self.write(label + ".pem", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                         serialization.NoEncryption()).decode())
            tool("--import", self.path(label + ".pem"), "--token", "signing", "--label", label, "--id", {"es": "01", "rs": "02"}[label])
        self.write("policy.yaml", POLICY.replace("HS256", "ES256, RS256").replace(
            "{file: key.jwk}", "{pkcs11: 'pkcs11:token=signing;type=public?module-path=/usr/lib/softhsm/libsofthsm2.so'}"))
        refused = subprocess.run([BATTEN, "guard", "serve", "--policy", self.path("policy.yaml"), "--listen", "127.0.0.1:0", "--metrics",
                                  "127.0.0.1:0"], capture_output=True, text=True, env=env, check=False, timeout=20)
        self.assertEqual(2, refused.returncode)
        self.assertIn("--no-sandbox", refused.stderr)
        self.start("--no-sandbox", env=env.items())
        head = lambda alg, kid: b64(json.dumps({"alg": alg, "kid": kid}).encode()) + b"." + mint().split(".")[1].encode()  # noqa: E731
        signed = {"ES256": head("ES256", "es"), "RS256": head("RS256", "rs")}
        r, s = utils.decode_dss_signature(keys["es"].sign(signed["ES256"], ec.ECDSA(hashes.SHA256())))
        signatures = {"ES256": r.to_bytes(32, "big") + s.to_bytes(32, "big"),
                      "RS256": keys["rs"].sign(signed["RS256"], padding.PKCS1v15(), hashes.SHA256())}
        self.until(lambda: self.get("/readyz", port=self.metrics_port)[0] == 200)
        for alg, signature in signatures.items():
            self.assertEqual(204, self.ask(token=(signed[alg] + b"." + b64(signature)).decode())[0], alg)
            self.assertEqual(401, self.ask(token=(signed[alg] + b"." + b64(signature[::-1])).decode())[0], alg)

    def test_a_unix_socket_and_problem_json(self):
        where = self.path("guard.sock")
        self.start("--problem-json", listen=f"unix:{where}")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(where)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: g\r\nX-Original-Method: GET\r\nX-Original-URI: /files/a\r\n"
                               b"Connection: close\r\n\r\n")
            text = b""
            while piece := connection.recv(4096):
                text += piece
        self.assertIn(b"HTTP/1.1 401", text)
        self.assertIn(b"application/problem+json", text)

    def test_hostile_clients_do_not_hold_it_up(self):
        self.start("--threads", "1")
        idle = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(50)]
        for one in idle:
            one.sendall(b"GET / HTTP/1.1\r\nHost:")
        for bad in (b"\x00\xff\xfe\r\n\r\n", b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: "
                    b"99999999\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.port)) as one:
                one.sendall(bad)
        self.assertEqual(204, self.ask(token=mint())[0])
        for one in idle:
            one.close()

    def test_a_connection_serves_many_questions_and_only_a_body_ends_it(self):
        self.start("--threads", "1")
        lines = [b"GET /auth HTTP/1.1", b"Host: g", b"X-Original-Method: GET", b"X-Original-URI: /files/a"]
        good, bad = ([*lines, b"Authorization: Bearer " + token.encode()] for token in (mint(), mint(aud="other")))
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as one, one.makefile("rb") as answers:
            def ask(fields):
                one.sendall(b"\r\n".join(fields) + b"\r\n\r\n")
                head = []
                while line := answers.readline().strip():
                    head.append(line.lower())
                return head
            for fields, status in ((good, b"204"), (bad, b"401"), (good, b"204"), (lines, b"401"), ([*good, b"Content-Length: 0"], b"204")):
                head = ask(fields)
                self.assertEqual(status, head[0].split()[1])
                self.assertNotIn(b"connection: close", head)
            self.assertEqual(b"204", ask([*good, b"Content-Length: 99999"])[0].split()[1])
            self.assertEqual(b"", answers.read())

    def test_more_fields_than_anybody_sends_refuse(self):
        self.start()
        self.assertEqual(204, self.ask(token=mint(), extra=[(f"X-{i}", "1") for i in range(200)])[0])
        self.assertNotEqual(204, self.ask(token=mint(), extra=[(f"X-{i}", "1") for i in range(300)])[0])

    def test_the_process_is_confined_and_works_all_the_same(self):
        self.start(confined=True)
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            text = file.read()
        self.assertIn("NoNewPrivs:\t1", text)
        self.assertIn("Seccomp:\t2", text)
        self.assertEqual(204, self.ask(token=mint())[0])
        self.batten("guard", "revoke", "--policy", self.path("policy.yaml"), "--jti", "j1")
        self.until(lambda: self.ask(token=mint())[0] == 401, 5)


if __name__ == "__main__":
    unittest.main()
