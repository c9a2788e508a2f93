"""What is changed in a good token: each function yields (class, whether it must still be accepted, the changed thing)."""
import base64
import hmac
import json

ORDERS = {"ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
          "ES384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
          "ES512": (1 << 521) - (1 << 264) + 0xFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409}
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def bare_claims(now):
    return {"iss": "https://issuer.example", "aud": "api", "sub": "user-1", "iat": now - 30, "exp": now + 1800}


def with_raw(members, raw):
    """The object's JSON with `raw` as further members."""
    return json.dumps(members).encode()[:-1] + b"," + raw + b"}"


# ---- headers ---------------------------------------------------------------------------------------------------------

HEADER_KEYS = {"jku": '"https://evil.example/jwks"', "x5u": '"https://evil.example/cert"', "x5t": '"AAAA"', "x5t#S256": '"AAAA"',
               "x5c": '["MIIB"]', "jwk": '{"kty":"oct","k":"AAAA"}'}
CRITS = ['["exp"]', '["b64"]', '["x"]', "[]", '["alg"]', '["x","x"]', '"x"', "null", "7", "{}", '[7]', '["http://example.com/UNDEFINED"]']


def header_members(header):
    for name, value in HEADER_KEYS.items():
        yield "header brings a key", False, with_raw(header, f'"{name}":{value}'.encode())
    for crit in CRITS:
        yield "crit", False, with_raw(header, f'"crit":{crit},"x":1,"exp":1'.encode())
    yield "b64", False, with_raw(header, b'"b64":false')
    yield "b64", False, with_raw(header, b'"b64":false,"crit":["b64"]')
    for name, value in (("zip", '"DEF"'), ("enc", '"A128GCM"'), ("epk", "{}"), ("cty", '"JWT"'), ("cty", '"jwt"')):
        yield "encrypted or nested", False, with_raw(header, f'"{name}":{value}'.encode())
    yield "further header member", True, with_raw(header, b'"x":{"y":[1,2]}')
    yield "further header member", True, with_raw(header, b'"nonce":"abc"')


def header_algorithms(alg, header, keys):
    others = ["none", "None", "NONE", "nOnE", "", "HS256 ", alg.lower() if alg.lower() != alg else "x", alg + " ", " " + alg, alg + "\u0000",
              "HS1", "ES256K", "Ed448"]
    others += [other for other in ("HS256", "RS256", "PS256", "ES256", "EdDSA", "HS512") if other != alg]
    for other in others:
        yield "alg", False, json.dumps({**header, "alg": other}).encode()
    for value in (None, 256, [alg], {"alg": alg}, True):
        yield "alg", False, json.dumps({**header, "alg": value}).encode()
    yield "alg", False, json.dumps({name: value for name, value in header.items() if name != "alg"}).encode()


def header_kids(alg, header):
    for kid in ("k2", "", "../../dev/null", "k1\u0000", "K1", " k1", "k1' OR '1'='1", "/proc/self/environ", "a" * 300, 1, None, ["k1"]):
        yield "kid", False, json.dumps({**header, "kid": kid}).encode()
    yield "kid absent", True, json.dumps({"alg": alg, "typ": "JWT"}).encode()


def header_json(alg, header):
    good = json.dumps(header).encode()
    for raw in (b'{"alg":"%s","alg":"%s"}' % (alg.encode(), alg.encode()), with_raw(header, b'"kid":"k1"'), with_raw(header, b'"\\u0061lg":"none"'),
                with_raw(header, b'"x":{"a":1,"a":2}'), with_raw(header, b'"typ":"x"')):
        yield "duplicate header member", False, raw
    for raw in (b"\xef\xbb\xbf" + good, good + b"x", good + b"{}", good[:-1], b"", b"[]", b"null", b'"x"', good.replace(b'"', b"'"),
                with_raw(header, b'"x":"\xff"'), with_raw(header, b'"x":"\\ud800"'), with_raw(header, b'"x\\u0000":1'),
                good[:-1] + b",}", b"/**/" + good, good.decode().encode("utf-16-le")):
        yield "header JSON", False, raw
    yield "white space in JSON", True, b" \r\n\t" + good + b"\n "
    yield "typ any", True, json.dumps({**header, "typ": "at+jwt"}).encode()
    yield "typ", False, json.dumps({**header, "typ": 7}).encode()


def headers(alg, header, keys):
    yield from header_members(header)
    yield from header_algorithms(alg, header, keys)
    yield from header_kids(alg, header)
    yield from header_json(alg, header)


# ---- payloads --------------------------------------------------------------------------------------------------------

def changed(claims, **more):
    return json.dumps({**claims, **more}).encode()


def without(claims, name):
    return json.dumps({key: value for key, value in claims.items() if key != name}).encode()


def payload_duplicates(claims):
    for raw in (b'"sub":"admin"', b'"iss":"https://issuer.example"', b'"exp":9999999999', b'"aud":"api"', b'"\\u0073ub":"admin"',
                b'"s\\u0075b":"user-1"', b'"x":{"a":1,"a":1}', b'"x":[{"a":1},{"b":1,"b":2}]', b'"x":{"y":{"z":{"a":[],"a":{}}}}', b'"":1,"":2',
                b'"\xc3\xa9":1,"\\u00e9":2'):
        yield "duplicate claim", False, with_raw(claims, raw)
    yield "same name in two objects", True, with_raw(claims, b'"x":{"a":1},"y":{"a":1,"sub":"z"}')
    yield "names that differ in case", True, with_raw(claims, b'"SUB":"x","Exp":1')


def payload_json(claims):
    good = json.dumps(claims).encode()
    for raw in (b'"x":"\xff"', b'"x":"\xc3"', b'"x":"\xc0\xaf"', b'"x":"\xe2\x82"', b'"x":"\xed\xa0\x80"', b'"x":"\xf4\x90\x80\x80"',
                b'"x":"\xf8\x88\x80\x80\x80"', b'"\xff":1'):
        yield "broken UTF-8", False, with_raw(claims, raw)
    for raw in (b'"x":"\\ud800"', b'"x":"\\udc00"', b'"x":"\\ud800\\ud800"', b'"x":"\\ud83dx"', b'"\\ud800":1'):
        yield "unpaired surrogate", False, with_raw(claims, raw)
    for raw in (b'"a\\u0000b":1', b'"\\u0000":1', b'"sub\\u0000":"x"'):
        yield "NUL in a name", False, with_raw(claims, raw)
    for raw in (b'"x":01', b'"x":+1', b'"x":.5', b'"x":1.', b'"x":NaN', b'"x":Infinity', b'"x":0x10', b'"x":1e400', b'"x":-', b'"x":tru',
                b'"x":"a\nb"', b'"x":"\\x41"', b'"x":\'a\'', b"x:1", b'"x":[1,]', b'"x":', b'"x"', b'"x":1,', b'"x":/**/1'):
        yield "payload JSON", False, with_raw(claims, raw)
    for raw in (b"\xef\xbb\xbf" + good, good + b"x", good + good, good[:-1], b"", b"[]", b"null", b'"x"', b"7", good + b"\x00", b"\x00" + good,
                b"[" + good + b"]"):
        yield "payload JSON", False, raw
    for depth, ok in ((20, True), (31, True), (32, False), (40, False), (2000, False)):
        yield "depth", ok, with_raw(claims, b'"x":' + b"[" * depth + b"]" * depth)
    for raw in (b'"x":"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"', b'"x":"\\ud83d\\ude00"', b'"x":"\\u0000"', b'"x":-0.5e-3', b'"x":[[],{},"",null]',
                b'"x":"\\"\\\\\\/\\b\\f\\n\\r\\t"', b'"x":"' + b"a" * 3000 + b'"'):
        yield "JSON as it may be", True, with_raw(claims, raw)
    yield "white space in JSON", True, b"\n\t " + json.dumps(claims, indent=2).encode() + b"\r\n"


def payload_times(claims, now):
    for name in ("exp", "iat", "nbf"):
        for value in (str(now), "", None, True, [now], {}, -1, 1e300, 1e18, float("inf") if False else 10**15):
            yield "time of another type or size", False, changed(claims, **{name: value})
    yield "exp", False, without(claims, "exp")
    yield "iat where a lifetime is limited", False, without(claims, "iat")
    for seconds in (1, 60, 86400, now):
        yield "expired", False, changed(claims, iat=max(now - seconds - 60, 0), exp=now - seconds)
    for seconds in (120, 3600, 86400):
        yield "nbf to come", False, changed(claims, nbf=now + seconds)
        yield "iat to come", False, changed(claims, iat=now + seconds, exp=now + seconds + 60)
    for seconds in (3700, 86400, 10**9):
        yield "lives too long", False, changed(claims, exp=now - 30 + seconds)
    yield "times that are right", True, changed(claims, nbf=now - 10)
    yield "times that are right", True, changed(claims, exp=now + 1800.5, iat=now - 20.25)
    yield "times that are right", True, json.dumps({**claims, "exp": 0}).encode().replace(b'"exp": 0', f'"exp": {now // 1000 + 2}e3'.encode())


def payload_names(claims, issuer, audience):
    for value in ([issuer], issuer + "/", issuer[:-1], issuer.upper(), "", " " + issuer, issuer + "\u0000", None, 7, {"iss": issuer}, [issuer, "x"]):
        yield "iss", False, changed(claims, iss=value)
    yield "iss", False, without(claims, "iss")
    for value in ([], "", "apis", "ap", "API", ["other"], "other", None, 7, {"api": 1}, [["api"]], ["api", 7], [None, "api"], "api other", "api,other",
                  ["api\u0000"], True):
        yield "aud", False, changed(claims, aud=value)
    yield "aud", False, without(claims, "aud")
    yield "aud of several", True, changed(claims, aud=["x", audience])
    yield "aud of one", True, changed(claims, aud=[audience])
    for value in ("", None, 7, ["user-1"], {"id": 1}, "a\u0000b", "a" * 2000, True):
        yield "sub", False, changed(claims, sub=value)
    yield "sub", False, without(claims, "sub")
    for value in ("", None, 7, ["x"]):
        yield "jti", False, changed(claims, jti=value)
    yield "jti that is right", True, changed(claims, jti="4f1d")


def payloads(now, issuer, audience):
    claims = bare_claims(now)
    yield "good", True, json.dumps(claims).encode()
    yield from payload_duplicates(claims)
    yield from payload_json(claims)
    yield from payload_times(claims, now)
    yield from payload_names(claims, issuer, audience)
    yield "over-long", False, with_raw(claims, b'"x":"' + b"a" * 9000 + b'"')


# ---- the form --------------------------------------------------------------------------------------------------------

def other_trailing_bits(part):
    """The part with a bit set that base64url leaves unused; None where it uses all."""
    if len(part) % 4 == 0:
        return None
    return part[:-1] + ALPHABET[ALPHABET.index(part[-1]) | 1:][:1]


def forms(token):
    parts = token.split(b".")
    for i in range(3):
        for change in (lambda p: p + b"=", lambda p: p + b"==", lambda p: p + b" ", lambda p: b" " + p, lambda p: p + b"\t", lambda p: p[:5] + b"\r" + p[5:],
                       lambda p: p[:5] + b"+" + p[6:], lambda p: p[:5] + b"/" + p[6:], lambda p: p[:5] + b"%41" + p[6:], lambda p: p[:5] + b"\xc3" + p[6:],
                       lambda p: p + b"A" * (4 - (len(p) + 3) % 4) if len(p) % 4 != 1 else p + b"!", lambda p: p[:5] + b"\x00" + p[5:], lambda p: b"",
                       other_trailing_bits):
            part = change(parts[i])
            if part is not None:
                yield "base64url", False, b".".join(parts[:i] + [part] + parts[i + 1:])
    for other in (token + b".", b"." + token, token + b"." + parts[2], parts[0] + b"." + parts[1], parts[0], b"", b"..", b".", b"a.b.c", token + b"~",
                  b"Bearer " + token, b'"' + token + b'"', parts[0] + b".." + parts[2], b"." * 100, b"." * 20000, token + b"....", parts[0] + b"." + token,
                  json.dumps({"protected": parts[0].decode(), "payload": parts[1].decode(), "signature": parts[2].decode()}).encode()):
        yield "no compact form", False, other


# ---- signatures ------------------------------------------------------------------------------------------------------

def ecdsa_edges(corpus, alg, signed, good):
    order, size = ORDERS[alg], len(good) // 2
    r, s = good[:size], good[size:]
    for value in (0, order, order + 1, (1 << 8 * size) - 1):
        edge = value.to_bytes(size, "big")
        yield "r or s out of range", False, edge + s
        yield "r or s out of range", False, r + edge
        yield "r or s out of range", False, edge + edge
    for value in (1, order - 1):
        yield "r or s at the edge", False, value.to_bytes(size, "big") + s
    yield "s negated", True, r + (order - int.from_bytes(s, "big")).to_bytes(size, "big")
    yield "signature in DER", False, b"\x30" + bytes([min(2 * size + 4, 127)]) + b"\x02" + bytes([size]) + r + b"\x02" + bytes([size]) + s
    yield "signature of another curve's length", False, b"\x00" + r + b"\x00" + s


def signature_bytes(corpus, alg, signed):
    good = corpus.keys.signer(alg)(signed)
    for at in (0, 1, len(good) // 2, len(good) - 1):
        yield "changed signature", False, good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
    for other in (b"", b"\x00", good[:-1], good[1:], good + b"\x00", b"\x00" + good, good + good, good[: len(good) // 2], bytes(len(good)), b"\xff" * len(good),
                  good[::-1]):
        yield "signature of another length or form", False, other
    yield "another's signature", False, corpus.keys.stranger(alg)(signed)
    if alg.startswith("ES"):
        yield from ecdsa_edges(corpus, alg, signed, good)
    if alg.startswith("PS"):
        for salt in (0, 8, int(alg[2:]) // 8 - 1):
            yield "salt of another size", False, corpus.keys.signer(alg, salt)(signed)
    if alg[0] in "RP":
        other = {"R": "P", "P": "R"}[alg[0]] + alg[1:]
        yield "padding of another algorithm", False, corpus.keys.signer(other)(signed)


def confusions(corpus, alg):
    """The public key as a secret (CVE-2015-9235), an empty or foreign key, and no signature under `none`."""
    claims = b64(json.dumps(bare_claims(corpus.now)).encode())
    for size in ("256", "384", "512"):
        header = b64(json.dumps({**corpus.good_header("HS" + size)}).encode())
        secrets = [b"", b"secret", b"\x00" * 32] + ([] if alg.startswith("HS") else corpus.keys.public_forms(alg))
        for secret in secrets:
            signed = header + b"." + claims
            yield "key confusion", False, signed + b"." + b64(hmac.new(secret, signed, "sha" + size).digest())
    for none in ("none", "None", "NONE", "nOnE"):
        yield "none", False, b64(json.dumps({"alg": none}).encode()) + b"." + claims + b"."


def signatures(corpus, alg):
    signed = corpus.token(alg).rsplit(b".", 1)[0]
    for kind, ok, signature in signature_bytes(corpus, alg, signed):
        yield kind, ok, signed + b"." + b64(signature)
    yield from confusions(corpus, alg)
