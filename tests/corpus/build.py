#!/usr/bin/python3
"""Builds tokens whose verdicts are known by construction: each is a good token with one thing changed, and the change says
whether it must be refused (the rules of docs/libbatten.md). `build.py DIR` writes policies, keys and cases.jsonl there: one
JSON object a line with `policy`, `class`, `ok`, `token`, and what a peer needs: `alg`, `key`, `typ`, `exact`."""
import json
import os
import sys
import time

from forms import b64, bare_claims, forms, headers, payloads, signatures
from keys import ALGORITHMS, Keys

ISSUER, AUDIENCE, KID = "https://issuer.example", "api", "k1"


class Corpus:
    def __init__(self, directory):
        self.directory, self.cases, self.policies = directory, [], {}
        self.now = int(time.time())
        self.keys = Keys()

    def policy(self, name, algorithms, key, more=()):
        path = os.path.join(self.directory, name)
        with open(path + ".jwks", "w", encoding="ascii") as file:
            json.dump({"keys": key if isinstance(key, list) else [key]}, file)
        os.chmod(path + ".jwks", 0o600)
        lines = [f"issuer: {ISSUER}", f"algorithms: [{', '.join(algorithms)}]", f"audiences: [{AUDIENCE}]",
                 f"keys: {{file: {name}.jwks}}", "max_lifetime: 1h", "required: [sub]", *more]
        with open(path + ".yaml", "w", encoding="ascii") as file:
            file.write("version: 1\nissuers:\n  - " + "\n    ".join(lines) + "\n")

    def add(self, policy, kind, ok, token, alg, **more):
        if isinstance(token, bytes):
            token = token.decode("latin-1")
        self.cases.append({"policy": policy, "class": kind, "ok": ok, "token": token, "alg": alg, **more})

    def good_header(self, alg):
        return {"alg": alg, "kid": KID, "typ": "JWT"}

    def token(self, alg, header=None, payload=None, signer=None):
        """Any bytes for header and payload, signed by the right key unless another is given."""
        header = json.dumps(self.good_header(alg)).encode() if header is None else header
        payload = json.dumps(bare_claims(self.now)).encode() if payload is None else payload
        signed = b64(header) + b"." + b64(payload)
        return signed + b"." + b64((signer or self.keys.signer(alg))(signed))


def each_algorithm(corpus, alg):
    name = alg.lower()
    corpus.policy(name, [alg], corpus.keys.jwk(alg, KID))
    for kind, ok, header in headers(alg, corpus.good_header(alg), corpus.keys):
        corpus.add(name, kind, ok, corpus.token(alg, header=header), alg, set=kind.startswith("kid"))
    for kind, ok, payload in payloads(corpus.now, ISSUER, AUDIENCE):
        corpus.add(name, kind, ok, corpus.token(alg, payload=payload), alg)
    for kind, ok, token in forms(corpus.token(alg)):
        corpus.add(name, kind, ok, token, alg)
    for kind, ok, token in signatures(corpus, alg):
        corpus.add(name, kind, ok, token, alg)


def by_policy(corpus):
    """What only a further setting of the policy decides."""
    alg = "ES256"
    jwk = corpus.keys.jwk(alg, KID)
    corpus.policy("typed", [alg], jwk, ["typ: [at+jwt]"])
    for typ, ok in (("at+jwt", True), ("AT+JWT", True), ("application/at+jwt", True), ("JWT", False), ("at+jwtx", False),
                    ("xat+jwt", False), ("at", False), ("", False), ("at+jwt ", False), (None, False), (7, False), (["at+jwt"], False)):
        header = {"alg": alg, "kid": KID, **({} if typ is None else {"typ": typ})}
        corpus.add("typed", "typ", ok, corpus.token(alg, header=json.dumps(header).encode()), alg, typ="at+jwt")
    corpus.policy("exact", [alg], jwk, ["audience_exact: true"])
    for aud, ok in (("api", True), (["api"], True), (["api", "api"], True), (["api", "other"], False), (["other", "api"], False),
                    ([], False), ("other", False)):
        claims = {**bare_claims(corpus.now), "aud": aud}
        corpus.add("exact", "aud exact", ok, corpus.token(alg, payload=json.dumps(claims).encode()), alg, set=True)
    corpus.policy("rotation", ["ES256", "RS256"], [jwk, {**corpus.keys.jwk("RS256", "k2")}])
    for by, kid, ok in (("ES256", "k1", True), ("RS256", "k2", True), ("ES256", "k2", False), ("RS256", "k1", False),
                        ("ES256", None, True), ("RS256", None, True), ("ES256", "K1", False), ("ES256", "k1 ", False)):
        header = {"alg": by, **({} if kid is None else {"kid": kid})}
        corpus.add("rotation", "kid of several keys", ok, corpus.token(by, header=json.dumps(header).encode()), by, set=True)


def build(directory):
    corpus = Corpus(directory)
    for alg in ALGORITHMS:
        each_algorithm(corpus, alg)
    by_policy(corpus)
    with open(os.path.join(directory, "cases.jsonl"), "w", encoding="utf-8") as file:
        for case in corpus.cases:
            file.write(json.dumps(case) + "\n")
    with open(os.path.join(directory, "keys.json"), "w", encoding="ascii") as file:
        json.dump({alg: corpus.keys.for_peer(alg) for alg in ALGORITHMS}, file)
    return corpus.cases


if __name__ == "__main__":
    print(len(build(sys.argv[1])), "cases")
