#!/usr/bin/python3
"""Proves the targets without the scanner: for every flaw and shape the good token is accepted, a token forged here
by code of its own is accepted where the flaw is, and the strict twin refuses the same token."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import itertools
import json
import os
import socket
import sys
import time
import unittest
import zlib
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from flaws import FLAWS, WEAK_SECRETS  # noqa: E402
from hostile import HOSTILE, Hostile, bomb  # noqa: E402
from httpd import Response, Server  # noqa: E402
from styles import STYLES  # noqa: E402
from target import ALGORITHMS, PLACES, Target  # noqa: E402
from traps import TRAPS  # noqa: E402

ORDER = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)


# forging, by a path of its own

def enc(data):
    return base64.urlsafe_b64encode(data).decode().replace("=", "")


def dec(text):
    return base64.urlsafe_b64decode(text + "===")


def split(token):
    header, payload, signature = token.split(".")
    return json.loads(dec(header)), json.loads(dec(payload)), dec(signature)


def join(header, payload, signer):
    """`signer` is the signature's bytes or a function of what is signed; header and payload may be raw text."""
    raw = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    signed = enc(raw[0].encode()) + "." + enc(raw[1].encode())
    return signed + "." + enc(signer(signed.encode()) if callable(signer) else signer)


def hs(secret, bits=256):
    return lambda data: hmac.new(secret, data, getattr(hashlib, f"sha{bits}")).digest()


def with_private(alg, private):
    digest = getattr(hashes, f"SHA{alg[2:]}")() if alg[2:].isdigit() else None
    if alg.startswith("RS"):
        return lambda data: private.sign(data, padding.PKCS1v15(), digest)
    if alg.startswith("PS"):
        return lambda data: private.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    if alg == "ES256":
        def sign(data):
            pair = utils.decode_dss_signature(private.sign(data, ec.ECDSA(digest)))
            return b"".join(value.to_bytes(32, "big") for value in pair)
        return sign
    return private.sign


def owner(t, alg=None):
    """Signs with the key file that the target hands out, as the owner of a staging system would."""
    with open(t.signing_key_file(), encoding="utf-8") as file:
        jwk = json.load(file)
    alg = alg or jwk["alg"]
    if jwk["kty"] == "oct":
        return hs(dec(jwk["k"]), int(alg[2:]))
    num = {name: int.from_bytes(dec(jwk[name]), "big") for name in jwk if name not in ("kty", "kid", "use", "alg", "crv")}
    if jwk["kty"] == "RSA":
        numbers = rsa.RSAPrivateNumbers(num["p"], num["q"], num["d"], num["dp"], num["dq"], num["qi"],
                                        rsa.RSAPublicNumbers(num["e"], num["n"]))
        return with_private(alg, numbers.private_key())
    if jwk["kty"] == "EC":
        return with_private(alg, ec.derive_private_key(num["d"], ec.SECP256R1()))
    return with_private(alg, ed25519.Ed25519PrivateKey.from_private_bytes(dec(jwk["d"])))


def fresh(alg):
    """A new key of an algorithm: its signer, its public JWK, its private object."""
    if alg.startswith("HS"):
        return hs(b"0123456789abcdef" * 4, int(alg[2:])), {"kty": "oct", "k": enc(b"0123456789abcdef" * 4)}, None
    if alg[:2] in ("RS", "PS"):
        private = rsa.generate_private_key(65537, 2048)
        own = private.public_key().public_numbers()
        jwk = {"kty": "RSA", "n": enc(own.n.to_bytes(256, "big")), "e": "AQAB"}
    elif alg == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
        own = private.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": enc(own.x.to_bytes(32, "big")), "y": enc(own.y.to_bytes(32, "big"))}
    else:
        private = ed25519.Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": enc(raw)}
    return with_private(alg, private), jwk, private


def self_signed(private):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "forged")])
    now = datetime.datetime.utcnow()
    return x509.CertificateBuilder(name, name, private.public_key(), 7, now, now + datetime.timedelta(days=9)).sign(
        private, hashes.SHA256())


# asking a target, by a path of its own

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


DROPPED = Answer(0, {}, b"")


def ask(t, token=None, path=None, method="GET", headers=(), query=None, place=None):
    path, place = path or t.path, place or t.place
    headers, query = list(headers), dict(query or {})
    if token is not None and place == "query":
        query["auth"] = token
    elif token is not None:
        headers.append({"bearer": ("Authorization", "Bearer " + token), "cookie": ("Cookie", "session=" + token),
                        "header": ("X-Api-Token", token)}[place])
    if query:
        path += "?" + urlencode(query)
    connection = http.client.HTTPConnection("127.0.0.1", t.server.port, timeout=10)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    except (http.client.RemoteDisconnected, ConnectionError):
        return DROPPED
    finally:
        connection.close()


def is_good(t, answer):
    """Whether an answer is the good one, read as a person who knows the style would."""
    if answer.status != 200:
        return False
    if t.style_name.startswith("html"):
        return b"Your orders" in answer.body
    value = json.loads(answer.body)
    return value["status"] == "ok" if t.style_name == "ok-status" else "error" not in value


def resigned(t, header=None, alg=None, raw_payload=None, **claims):
    """The good token with changed header members and claims, signed with the owner's key. None removes."""
    head, payload, _ = split(t.token)
    for members, changes in ((head, {**(header or {}), **({"alg": alg} if alg else {})}), (payload, claims)):
        for name, value in changes.items():
            members.pop(name, None)
            if value is not None:
                members[name] = value
    return join(head, raw_payload(payload) if raw_payload else payload, owner(t, alg))


def forged(t, signer, **header):
    head, payload, _ = split(t.token)
    return join({**head, **header}, payload, signer)


def public_text(t, form):
    """The target's public key as the bytes an attacker would build from what the JWKS shows."""
    jwk = json.loads(ask(t, path="/.well-known/jwks.json").body)["keys"][0]
    if form == "jwk":
        return json.dumps(jwk, separators=(",", ":")).encode()
    if form == "certificate":
        with open(t.public_key_file("certificate"), "rb") as file:
            return file.read()
    public = rsa.RSAPublicNumbers(*(int.from_bytes(dec(jwk[name]), "big") for name in "en")).public_key()
    text = serialization.Encoding.DER if form == "der" else serialization.Encoding.PEM
    shape = serialization.PublicFormat.PKCS1 if form.startswith("pkcs1") else serialization.PublicFormat.SubjectPublicKeyInfo
    made = public.public_bytes(text, shape)
    if form.endswith("-line"):
        head, *body, tail = made.strip().split(b"\n")
        return b"\n".join([head, b"".join(body), tail])
    return made.strip() if form == "pem-chomped" else made


NOW = int(time.time())


def rule(**changes):
    return lambda t: resigned(t, **changes)


def doubled(payload):
    return json.dumps(payload)[:-1] + ', "sub": "user-7"}'


def confusion(form, bits=256):
    return lambda t: forged(t, hs(public_text(t, form), bits), alg=f"HS{bits}")


def with_secret(secret):
    return lambda t: forged(t, hs(secret, int(t.alg[2:])))


def shortened(t, length):
    head, payload, signature = resigned(t).split(".")
    return ".".join((head, payload, enc(dec(signature)[:length])))


def flipped(t):
    head, payload, signature = t.token.split(".")
    raw = bytearray(dec(signature))
    raw[3] ^= 0x55
    return ".".join((head, payload, enc(bytes(raw))))


def changed_under_old_signature(t):
    ask(t, t.token)
    head, payload, signature = split(t.token)
    return join(head, {**payload, "sub": "user-1"}, signature)


def half_changed(t):
    signed, _, signature = t.token.rpartition(".")
    whole = dec(signature)
    return signed + "." + enc(whole[:len(whole) // 2] + bytes(byte ^ 0x5A for byte in whole[len(whole) // 2:]))


def embedded_jwk(t):
    signer, jwk, _ = fresh(t.alg)
    return forged(t, signer, jwk=jwk)


def embedded_certificate(t):
    signer, _, private = fresh(t.alg)
    text = self_signed(private).public_bytes(serialization.Encoding.DER)
    return forged(t, signer, x5c=[base64.b64encode(text).decode()])


# What each flaw accepts and its strict twin refuses.
FORGERIES = {
    "signature-ignored": flipped,
    "signature-ignored:fully": lambda t: join(*split(t.token)[:2], b"x"),
    "signature-ignored:cached": changed_under_old_signature,
    "signature-missing": lambda t: t.token.rpartition(".")[0] + ".",
    "signature-missing:no-dot": lambda t: t.token.rpartition(".")[0],
    "signature-truncated": lambda t: shortened(t, 1),
    "signature-truncated:8": lambda t: shortened(t, 8),
    "signature-truncated:text": lambda t: shortened(t, 9),
    "signature-truncated:16": lambda t: shortened(t, 16),
    "signature-truncated:first-half": half_changed,
    "signature-truncated:spaced": lambda t: shortened(t, 1),
    "alg-none:unknown": lambda t: forged(t, b"", alg="unknown"),
    "alg-none": lambda t: forged(t, b"", alg="none"),
    "alg-none:case": lambda t: forged(t, b"", alg="nOnE"),
    "alg-none:kept": lambda t: forged(t, split(t.token)[2], alg="none"),
    "key-confusion:pem": confusion("pem"),
    "key-confusion:pem-chomped": confusion("pem-chomped"),
    "key-confusion:der": confusion("der"),
    "key-confusion:pkcs1": confusion("pkcs1"),
    "key-confusion:jwk": confusion("jwk"),
    "key-confusion:hs512": confusion("pem", 512),
    "key-confusion:pkcs1-line": confusion("pkcs1-line"),
    "key-confusion:spki-line": confusion("spki-line"),
    "key-confusion:certificate": confusion("certificate"),
    "secret-weak": with_secret(b"secret"),
    "secret-weak:hs512": with_secret(b"changeme"),
    **{name: with_secret(WEAK_SECRETS[name]) for name in ("secret-weak:own", "secret-weak:hashed", "secret-weak:digits")},
    "secret-blank": with_secret(b""),
    "secret-null": with_secret(b"null"),
    "secret-null:itself": with_secret(b"null"),
    "jwk-embedded": embedded_jwk,
    "x5c-embedded": embedded_certificate,
    "kid-path": lambda t: forged(t, hs(b""), kid="../../../../../../../../dev/null"),
    "kid-injection": lambda t: forged(t, hs(b"mine"), kid="x' UNION SELECT CAST('mine' AS BLOB) --"),
    "ecdsa-zero": lambda t: forged(t, bytes(64)),
    "ecdsa-zero:n": lambda t: forged(t, ORDER.to_bytes(32, "big") * 2),
    "duplicate-member": lambda t: resigned(t, raw_payload=doubled),
    "exp-ignored": rule(exp=NOW - 86400),
    "exp-missing": rule(exp=None),
    "nbf-ignored": rule(nbf=NOW + 3600),
    "iat-future": rule(iat=NOW + 86400),
    "iss-ignored": rule(iss="https://other.example"),
    "iss-ignored:missing": rule(iss=None),
    "aud-ignored": rule(aud="billing-api"),
    "aud-ignored:missing": rule(aud=None),
    "aud-ignored:list": rule(aud=["billing-api", "stock-api"]),
    "typ-confusion": rule(header={"typ": "JWT"}),
    "crit-ignored": rule(header={"crit": ["unheard-of"], "unheard-of": 1}),
    "b64-false": rule(header={"b64": False}),
    "alg-not-pinned": rule(alg="HS512"),
    "alg-not-pinned:rsa": rule(alg="PS256"),
    "claim-type": rule(exp=str(NOW + 600)),
}


# Flaws that are not a matter of one forged token: what to ask, and what only the flawed target answers.

def by_headers(*lines):
    return lambda t: is_good(t, ask(t, headers=[(name, value.replace("TOKEN", t.token)) for name, value in lines]))


def by_query(name):
    return lambda t: is_good(t, ask(t, query={name: t.token}))


def fetched(member, accepted):
    """Serves a key set or certificate of our own; true when it was fetched, and accepted or not as it should be."""
    def shows(t):
        signer, jwk, private = fresh(t.alg)
        body = json.dumps({"keys": [jwk]})
        if member == "x5u":
            body = self_signed(private).public_bytes(serialization.Encoding.PEM)
        with Server(lambda request: Response(200, body, "application/octet-stream")) as host:
            answer = ask(t, forged(t, signer, **{member: f"http://127.0.0.1:{host.port}/key"}))
            return host.count > 0 and is_good(t, answer) == accepted
    return shows


def claim_fetched(t):
    with Server(lambda request: Response(200, "")) as host:
        ask(t, resigned(t, avatar=f"http://127.0.0.1:{host.port}/a.png"))
        return host.count > 0


def claim_answers(good, bad):
    def shows(t):
        answers = {name: is_good(t, ask(t, resigned(t, doc=name))) for name in (*good, *bad)}
        return all(answers[name] for name in good) and not any(answers[name] for name in bad)
    return shows


def raised(**claims):
    return lambda t: (not is_good(t, ask(t, t.token, path="/api/admin"))
                      and is_good(t, ask(t, resigned(t, **claims), path="/api/admin")))


def after_logout(t):
    token = resigned(t, jti="logout-me")
    before, out = is_good(t, ask(t, token)), ask(t, token, path="/api/logout", method="POST")
    return before and out.status == 204 and is_good(t, ask(t, token))


def without_proof(t):
    proven = is_good(t, ask(t, t.token, headers=[("DPoP", t.proof())]))
    return proven and is_good(t, ask(t, t.token))


def injected(t):
    quote, two, plain = (ask(t, forged(t, b"x" * 32, kid=kid)).status for kid in ("main'", "main''", "mainq"))
    return quote == 500 and two == plain == 401


def says(text):
    return lambda t: text in ask(t, flipped(t)).body


def big(token_bytes, drop=False):
    def shows(t):
        head, payload, signature = split(t.token)
        padded = join({**head, "pad": "a" * (token_bytes * 9 // 16)}, payload, signature)
        return ask(t, padded).status == (0 if drop else 500)
    return shows


def deep(t):
    head, payload, signature = split(t.token)
    return ask(t, join(head, '{"a":' * 1200 + "1" + "}" * 1200, signature)).status == 500


SHOWN = {
    "jku-fetched": fetched("jku", False),
    "jku-fetched:accepted": fetched("jku", True),
    "jku-fetched:accepted-es256": fetched("jku", True),
    "x5u-fetched": fetched("x5u", False),
    "x5u-fetched:accepted": fetched("x5u", True),
    "kid-injection": injected,
    "scheme-lax:other": by_headers(("Authorization", "Token TOKEN")),
    "scheme-lax:bare": by_headers(("Authorization", "TOKEN")),
    "scheme-lax:doubled": by_headers(("Authorization", "Bearer TOKEN"), ("Authorization", "Bearer TOKEN")),
    "in-query:access_token": by_query("access_token"),
    "in-query:token": by_query("token"),
    "in-query:jwt": by_query("jwt"),
    "error-detail": says(b"JWT::VerificationError"),
    "error-detail:python": says(b"Traceback"),
    "oversized": big(65536),
    "oversized:drop": big(16384, drop=True),
    "oversized:deep": deep,
    "revoked-accepted": after_logout,
    "not-bound": without_proof,
    "claim-url-fetched": claim_fetched,
    "claim-path-semantics": claim_answers(("welcome", "./welcome"), ("welcomeq", "welcome''", "welcome'")),
    "claim-shell-semantics": claim_answers(("welcome", "welcome''", 'welcome""'), ("welcome'", "welcomeq")),
    "claim-sql-semantics": claim_answers(("welcome", "welcome'||'"), ("welcome''", "welcome'", "./welcome")),
    "claim-privilege:admin": raised(admin=True),
    "claim-privilege:scopes": raised(scopes=["admin:*"]),
    "claim-privilege:host": raised(host_mount_access=True),
    "lifetime-long": lambda t: split(t.token)[1]["exp"] > NOW + 86400,
    "sensitive-claim:nested": lambda t: "password" in split(t.token)[1].get("data", {}),
    "sensitive-claim": lambda t: "password" in split(t.token)[1],
    "jwks-private-key": lambda t: b'"d":' in ask(t, path="/.well-known/jwks.json").body,
    "jwks-weak-key": lambda t: len(dec(json.loads(ask(t, path="/.well-known/jwks.json").body)["keys"][0]["n"])) == 128,
    "cookie-flags": lambda t: "HttpOnly" not in ask(t, t.token).headers.get("Set-Cookie", "HttpOnly"),
}

# A token each that every strict shape must refuse, and the good one it must take.
SHAPES = ["+".join(words) for words in itertools.product(PLACES, STYLES, ("", "volatile"), ALGORITHMS)]


class Flaws(unittest.TestCase):
    def test_every_flaw_has_a_proof_here(self):
        self.assertEqual(set(FLAWS), set(FORGERIES) | set(SHOWN))

    def test_the_good_token_is_accepted_with_every_flaw(self):
        for name in FLAWS:
            with self.subTest(name), Target(flaw=name) as t:
                headers = [("DPoP", t.proof())] if t.bound else []
                self.assertTrue(is_good(t, ask(t, t.token, headers=headers)))
                self.assertFalse(is_good(t, ask(t)))

    def test_a_forged_token_is_accepted_by_its_flaw_and_refused_by_the_strict_twin(self):
        for name, forge in FORGERIES.items():
            row = FLAWS[name]
            with self.subTest(name), Target(flaw=name) as weak, Target(shape=f"{row.alg}+{row.place}") as strict:
                if name in WEAK_SECRETS:
                    self.assertNotEqual(weak.key.secret, strict.key.secret)
                self.assertTrue(is_good(weak, ask(weak, forge(weak))), "weak refused")
                self.assertFalse(is_good(strict, ask(strict, forge(strict))), "strict accepted")

    def test_what_a_flaw_shows_is_not_shown_by_the_strict_twin(self):
        for name, shows in SHOWN.items():
            row = FLAWS[name]
            bound = row.base == "not-bound"
            with self.subTest(name), Target(flaw=name) as weak, \
                    Target(shape=f"{row.alg}+{row.place}", bound=bound) as strict:
                self.assertTrue(shows(weak), "weak does not show it")
                self.assertFalse(shows(strict), "strict shows it")

    def test_no_flaw_accepts_the_forgery_of_another(self):
        """One relaxation each: the matrix has no entry off its diagonal but those named here."""
        blind = {"signature-ignored:cached", "secret-weak", "secret-weak:own", "secret-weak:hashed", "secret-weak:digits", "secret-blank", "secret-null", "secret-null:itself", "signature-truncated:first-half"}
        same = {"signature-ignored:fully": None, "signature-ignored": blind,  # every MAC of the right length passes
                "signature-missing": {"signature-missing:no-dot"}, "alg-none": {"alg-none:case"},
                "alg-none:unknown": {"alg-none", "alg-none:case", "alg-not-pinned"},
                "signature-truncated": {"signature-truncated:8", "signature-truncated:text", "signature-truncated:spaced"},
                "signature-truncated:spaced": {"signature-truncated", "signature-truncated:8", "signature-truncated:text"},
                "signature-truncated:8": {"signature-truncated:text"},
                "signature-truncated:text": {"signature-truncated", "signature-truncated:8", "signature-truncated:spaced"}, "key-confusion:pem": {"key-confusion:hs512"},
                "secret-null:itself": {"secret-null"}, "secret-null": {"secret-null:itself"},
                "iss-ignored": {"iss-ignored:missing"}, "aud-ignored": {"aud-ignored:missing", "aud-ignored:list"}}
        for alg in ("HS256", "RS256", "ES256"):
            names = [name for name in FORGERIES if FLAWS[name].alg == alg]
            for weak in names:
                allowed = same.get(weak, set())
                if allowed is None:
                    continue
                with Target(flaw=weak) as t:
                    for other in names:
                        if other == weak or other in allowed:
                            continue
                        with self.subTest(weak=weak, other=other):
                            self.assertFalse(is_good(t, ask(t, FORGERIES[other](t))))


class Shapes(unittest.TestCase):
    def test_every_shape_takes_the_good_token_and_refuses_broken_ones(self):
        for shape in SHAPES:
            with self.subTest(shape), Target(shape=shape) as t:
                self.assertTrue(is_good(t, ask(t, t.token)))
                for bad in (None, flipped(t), "abc", forged(t, b"", alg="none"), resigned(t, exp=NOW - 9999)):
                    self.assertFalse(is_good(t, ask(t, bad)))
                self.assertTrue(is_good(t, ask(t, resigned(t, sub="user-8"))))

    def test_a_token_in_another_place_is_not_read(self):
        for mine, other in itertools.permutations(PLACES, 2):
            with self.subTest(mine=mine, other=other), Target(shape=mine) as t:
                self.assertFalse(is_good(t, ask(t, t.token, place=other)))

    def test_every_shape_accepts_a_forged_token_with_a_core_flaw(self):
        for shape in SHAPES:
            with self.subTest(shape), Target(shape=shape, flaw="alg-none") as t:
                self.assertTrue(is_good(t, ask(t, forged(t, b"", alg="none"))))

    def test_volatile_answers_differ_every_time_and_static_ones_never(self):
        for style in STYLES:
            with self.subTest(style), Target(shape=style) as still, Target(shape=style + "+volatile") as moving:
                self.assertEqual(ask(still, still.token).body, ask(still, still.token).body)
                self.assertEqual(6, len({ask(moving, moving.token).body for _ in range(6)}))

    def test_the_nasty_style_has_the_same_members_and_one_other_value(self):
        with Target(shape="ok-status") as t:
            good, bad = (json.loads(ask(t, token).body) for token in (t.token, flipped(t)))
            self.assertEqual(["status"], [name for name in good if good[name] != bad[name]])
            self.assertEqual(list(good), list(bad))

    def test_the_strict_verifier_refuses_what_the_rules_name(self):
        _, jwk, _ = fresh("ES256")
        refused = {
            "alg in lower case": dict(header={"alg": "hs256"}), "no alg": dict(header={"alg": None}),
            "kid unknown": dict(header={"kid": "other"}), "kid a number": dict(header={"kid": 1}),
            "jwk": dict(header={"jwk": jwk}), "jku": dict(header={"jku": "http://127.0.0.1:1/"}),
            "crit empty": dict(header={"crit": []}), "zip": dict(header={"zip": "DEF"}),
            "typ missing": dict(header={"typ": None}), "typ prefix": dict(header={"typ": "at+jwtx"}),
            "aud empty": dict(aud=[]), "aud object": dict(aud={"orders-api": 1}), "iss list": dict(iss=["https://login.example"]),
            "exp bool": dict(exp=True), "exp list": dict(exp=[NOW + 60]), "exp huge": dict(exp=10 ** 18),
            "exp infinite": dict(raw_payload=lambda p: json.dumps({**p, "exp": 1}).replace('"exp": 1', '"exp": 1e999')),
            "nbf negative": dict(nbf=-1), "iat missing": dict(iat=None), "sub missing": dict(sub=None), "sub number": dict(sub=7),
            "jti missing": dict(jti=None), "deep": dict(extra=json.loads("[" * 40 + "]" * 40)),
            "trailing": dict(raw_payload=lambda p: json.dumps(p) + "x"), "bom": dict(raw_payload=lambda p: "\ufeff" + json.dumps(p)),
            "nan": dict(raw_payload=lambda p: json.dumps(p)[:-1] + ', "x": NaN}'),
            "surrogate": dict(raw_payload=lambda p: json.dumps(p)[:-1] + ', "x": "\\ud800"}'),
        }
        with Target() as t:
            for name, changes in refused.items():
                changes = {"alg": None, **changes}
                with self.subTest(name):
                    self.assertFalse(is_good(t, ask(t, resigned(t, **changes))))
            head, payload, signature = t.token.split(".")
            for bad in (t.token + "=", t.token + ".", t.token[:-1] + chr(ord(t.token[-1]) + 1), " " + t.token,
                        head + "=." + payload + "." + signature, head + ".." + signature, t.token + "\u00e9"):
                self.assertFalse(is_good(t, ask(t, bad)), bad)
            self.assertTrue(is_good(t, ask(t, resigned(t, header={"kid": None}))))
            self.assertTrue(is_good(t, ask(t, resigned(t, aud=["billing-api", "orders-api"]))))


class Traps(unittest.TestCase):
    def test_all_traps_but_the_open_ones_refuse_forged_tokens_at_first(self):
        for trap in TRAPS:
            if trap in ("spa", "public"):
                continue
            with self.subTest(trap), Target(trap=trap) as t:
                for bad in (None, flipped(t), forged(t, b"", alg="none")):
                    answer = ask(t, bad)
                    self.assertFalse(answer.status == 200, answer.body)

    def test_all_traps_but_the_stripping_gateway_take_the_good_token_at_first(self):
        for trap in TRAPS:
            with self.subTest(trap), Target(trap=trap) as t:
                self.assertEqual(trap != "gateway-strips", ask(t, t.token).status == 200)

    def test_a_single_page_app_answers_the_same_everywhere(self):
        with Target(trap="spa") as t:
            self.assertEqual(1, len({ask(t, token, path=path).body for token in (None, t.token, "x")
                                     for path in ("/api/me", "/nowhere", "/.well-known/jwks.json")}))

    def test_a_public_operation_takes_no_notice_of_tokens_but_knows_its_paths(self):
        with Target(trap="public") as t:
            self.assertEqual(1, len({ask(t, token).body for token in (None, t.token, "x")}))
            self.assertEqual(404, ask(t, t.token, path="/nowhere").status)

    def test_a_cache_serves_a_good_answer_to_anybody_for_the_same_url_alone(self):
        for trap in ("cache-polite", "cache-silent", "cache-long"):
            with self.subTest(trap), Target(trap=trap) as t:
                self.assertEqual(200, ask(t, t.token).status)
                self.assertEqual(200, ask(t, flipped(t)).status)
                self.assertEqual(401, ask(t, flipped(t), query={"_": "1"}).status)

    def test_rate_limits_start_after_forty_requests(self):
        for trap, status in (("rate-block-403", 403), ("rate-forever-429", 429), ("rate-forever-403", 403)):
            with self.subTest(trap), Target(trap=trap) as t:
                self.assertEqual([200] * 40 + [status], [ask(t, t.token).status for _ in range(41)])

    def test_a_rate_window_answers_429_and_recovers(self):
        for trap, retry_after in (("rate-retry-after", "1"), ("rate-window", None)):
            with self.subTest(trap), Target(trap=trap) as t:
                answers = [ask(t, t.token) for _ in range(90)]
                limited = [answer for answer in answers if answer.status == 429]
                self.assertTrue(limited)
                self.assertEqual(retry_after, limited[0].headers["Retry-After"])
                deadline = time.monotonic() + 5
                while ask(t, t.token).status != 200:
                    self.assertLess(time.monotonic(), deadline)

    def test_an_expiring_token_is_refused_after_two_seconds(self):
        with Target(trap="expiring") as t:
            deadline = time.monotonic() + 6
            while ask(t, t.token).status == 200:
                self.assertLess(time.monotonic(), deadline)

    def test_three_hundred_seconds_of_leeway_are_given_and_no_more(self):
        with Target(trap="leeway-300") as t:
            now = int(time.time())
            self.assertEqual(200, ask(t, resigned(t, exp=now - 200)).status)
            self.assertEqual(401, ask(t, resigned(t, exp=now - 330)).status)

    def test_refusals_echo_the_header_or_the_kid(self):
        with Target(trap="echo-authorization") as t:
            self.assertIn(b"Bearer abc", ask(t, "abc").body)
        with Target(trap="echo-kid") as t:
            self.assertIn(b"../x'", ask(t, forged(t, b"x", kid="../x'")).body)

    def test_an_odd_character_in_kid_gives_400_whatever_it_is(self):
        with Target(trap="kid-400") as t:
            self.assertEqual([400, 400, 400, 401],
                             [ask(t, forged(t, b"x", kid=kid)).status for kid in ("a'", "a''", "a/b", "plain")])

    def test_any_big_header_fares_the_same(self):
        for trap, status in (("drop-big-header", 0), ("big-header-502", 502), ("big-header-431", 431)):
            with self.subTest(trap), Target(trap=trap) as t:
                self.assertEqual(status, ask(t, "a" * 16384).status)
                self.assertEqual(status, ask(t, t.token, headers=[("X-Padding", "a" * 16384)]).status)


class Servers(unittest.TestCase):
    def test_a_strict_target_answers_more_than_500_requests_a_second_on_one_connection(self):
        with Target(shape="RS256+volatile") as t:
            connection = http.client.HTTPConnection("127.0.0.1", t.server.port, timeout=10)
            started = time.monotonic()
            for _ in range(1000):
                connection.request("GET", t.path, headers={"Authorization": "Bearer " + t.token})
                connection.getresponse().read()
            elapsed = time.monotonic() - started
            connection.close()
            print(f"{1000 / elapsed:.0f} requests/s")
            self.assertGreater(1000 / elapsed, 500)

    def test_every_hostile_server_says_something_or_nothing_but_lives(self):
        for mode in HOSTILE:
            with self.subTest(mode), Hostile(mode) as server, contextlib.closing(connected(server.url)) as sock:
                sock.sendall(b"GET /api/me HTTP/1.1\r\nHost: x\r\n\r\n")
                sock.settimeout(0.3 if mode == "silent" else 5)
                try:
                    first = sock.recv(4096)
                except TimeoutError:
                    first = b""
                self.assertEqual(mode in ("silent", "closed-at-once"), first == b"")

    def test_a_server_hostile_to_forged_headers_serves_the_good_token(self):
        for mode in HOSTILE:
            with self.subTest(mode), Hostile(mode, only_forged=True) as server, \
                    contextlib.closing(connected(server.url)) as sock:
                for token, status in ((server.token, b"200"), ("a.b.c", b"401")):
                    sock.sendall(f"GET /api/me HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
                    self.assertEqual(status, sock.recv(4096)[9:12])

    def test_the_bomb_is_about_ten_megabytes_and_inflates_a_thousandfold(self):
        head, block = bomb()
        self.assertTrue(5e6 < 1000 * len(block) < 15e6)
        unpacker = zlib.decompressobj(31)
        unpacker.decompress(head)
        self.assertEqual([10_000_000] * 3, [len(unpacker.decompress(block)) for _ in range(3)])

    def test_the_deep_json_is_ten_megabytes_as_announced(self):
        with Hostile("deep-json") as server:
            url = urlsplit(server.url)
            connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
            connection.request("GET", url.path)
            body = connection.getresponse().read()
            connection.close()
        self.assertEqual(10_000_000, len(body))
        self.assertEqual(100, len(json.loads("[" + body.strip(b"[]").decode() + "]")))


def connected(url):
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=5)


if __name__ == "__main__":
    unittest.main()
