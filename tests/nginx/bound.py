"""HTTP/2, and DPoP (RFC 9449) through nginx: with the module, and with auth_request to guard serve."""
import base64
import hashlib
import json
import os
import ssl
import subprocess
import time

from http2 import ask, exchange
from rig import RELEASE, Echo, Key, Nginx, b64, free_port, listens, request, serve, wait_for

POLICY = """version: 1
issuers:
  - {issuer: shop, algorithms: [HS256], audiences: [api], keys: {file: shop.jwk}}
  - {issuer: cookie, algorithms: [HS256], audiences: [api], keys: {file: shop.jwk}, token: {cookie: session}}
scopes: {claim: scopes, allow: [read:data, write:data]}
routes:
  - {path: /api/files, methods: [GET], scopes: [read:data]}
  - {path: /api/files, methods: [POST], scopes: [write:data]}
  - {path: /public/**, public: true}
"""
ASK = """auth_request /batten; proxy_pass http://127.0.0.1:%d; } location = /batten { internal; proxy_pass http://127.0.0.1:%d;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length "";
  proxy_set_header X-Original-Method $request_method; proxy_set_header X-Original-URI $request_uri;
  proxy_set_header X-Original-Host $host:$server_port; proxy_set_header X-Original-Scheme $scheme;
  proxy_set_header X-Original-Client-Cert $ssl_client_escaped_cert;"""
NONCES = POLICY + "binding: {dpop: required, dpop_nonce: true%s}\n"
GIVE = "auth_request_set $dpop_nonce $upstream_http_dpop_nonce; add_header DPoP-Nonce $dpop_nonce always; "
HS = Key("HS256", "h1")


def certificate(n, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "2",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{n.path}/{name}.key", "-out", f"{n.path}/{name}.pem"], check=True,
                   capture_output=True)


def client(n, shown=None, protocols=("h2",)):
    context = ssl.create_default_context(cafile=f"{n.path}/server.pem")
    context.set_alpn_protocols(list(protocols))
    if shown:
        context.load_cert_chain(f"{n.path}/{shown}.pem", f"{n.path}/{shown}.key")
    return context


def started(n, ports, app, asked, asked_nonce):
    for name in ("server", "client", "other"):
        certificate(n, name)
    n.file("shop.jwk", json.dumps(HS.jwk()), 0o600)
    n.file("p.yaml", POLICY)
    n.file("origin.yaml", POLICY + "binding: {dpop_origin: 'https://api.example'}\n")
    n.file("nonce.yaml", NONCES % "")
    n.file("short.yaml", NONCES % ", dpop_nonce_life: 3s")
    tls = f"""ssl http2; ssl_certificate {n.path}/server.pem; ssl_certificate_key {n.path}/server.key; ssl_verify_client optional_no_ca;
      underscores_in_headers on"""
    n.http = "".join(f"server {{ listen 127.0.0.1:{ports[name]} {kind}; {policy} location / {{ {inside} }} }}\n" for name, kind, policy, inside in (
        ("plain", "", "batten_policy p.yaml; batten on;", app), ("clear", "http2", "batten_policy p.yaml; batten on;", app),
        ("tls", tls, "batten_policy p.yaml; batten on;", app), ("origin", "", "batten_policy origin.yaml; batten on;", app), ("asks", tls, "", asked),
        ("nonce", "", "batten_policy nonce.yaml; batten on;", app), ("nonce short", "", "batten_policy short.yaml; batten on;", app),
        ("nonce asks", "", "", asked_nonce)))
    n.start(ports["plain"])


def http2(check, wrapper=()):
    echo = serve(Echo).server_address[1]
    ports = {name: free_port() for name in ("plain", "clear", "tls", "origin", "asks", "daemon", "nonce", "nonce short", "nonce asks", "nonce daemon")}
    with Nginx("", wrapper=wrapper) as n:
        started(n, ports, f"proxy_pass http://127.0.0.1:{echo};", ASK % (echo, ports["daemon"]), GIVE + ASK % (echo, ports["nonce daemon"]))
        daemons = [subprocess.Popen([RELEASE, "guard", "serve", "--policy", f"{n.path}/{policy}", "--listen", f"127.0.0.1:{ports[name]}", "--metrics", "off"],
                                    stdout=subprocess.DEVNULL) for name, policy in (("daemon", "p.yaml"), ("nonce daemon", "nonce.yaml"))]
        try:
            check("the daemons listen", wait_for(lambda: listens(ports["daemon"]) and listens(ports["nonce daemon"]), 20))
            for name in ("clear", "tls", "asks"):
                over_http2(check, name, ports[name], client(n) if name != "clear" else None)
            certificates(check, n, ports)
            for name in ("plain", "tls", "asks"):
                dpop(check, n, name, ports[name])
            public_origin(check, ports["origin"])
            dpop_nonces(check, n, ports, wrapper)
        finally:
            for daemon in daemons:
                daemon.terminate()
                daemon.wait()


def over_http2(check, name, port, tls):
    good, cookie = HS.token(), HS.token(iss="cookie")
    crumbs = [("cookie", "a=b"), ("cookie", f"session={cookie}"), ("cookie", "c=d")]
    cases = [("a good token", dict(token=good), 200), ("no token", {}, 401), ("another key's token", dict(token=Key("HS256", "h1").token()), 401),
             ("a missing scope", dict(token=good, method="POST"), 403), ("two tokens", dict(token=good, fields=[("authorization", f"Bearer {good}")]), 401),
             ("a cookie in crumbs", dict(fields=crumbs), 200), ("two cookies in crumbs", dict(fields=crumbs + [("cookie", f"session={cookie}")]), 401),
             ("another method by a field", dict(token=good, fields=[("x-http-method-override", "POST")]), 403),
             ("an encoded dot segment", dict(path="/public/%2e%2e/api/files"), 403), ("a dot segment", dict(path="/public/../api/files"), 403)]
    for what, how, status in cases:
        got, _ = ask(port, **{"path": "/api/files", "tls": tls, **how})
        check(f"HTTP/2, {name}: {what} is {status}", got == status or (status == 401 and what.startswith("two tokens") and got == 400), got)
    pseudo = [(":method", "GET"), (":scheme", "http"), (":path", "/public/x"), (":authority", "localhost")]
    bearer = ("authorization", f"Bearer {good}")
    for what, fields in (("an authority and another host", [*pseudo, ("host", "evil"), bearer]), ("two authorities", [*pseudo, (":authority", "evil"), bearer]),
                         ("two paths", [*pseudo, (":path", "/api/files")]), ("a name in capitals", [*pseudo, ("X-Upper", "1")]),
                         ("a path without its slash", [(":method", "GET"), (":scheme", "http"), (":path", "api/files"), (":authority", "localhost"), bearer])):
        got, _ = exchange(port, fields, tls)
        check(f"HTTP/2, {name}: {what} is refused", got in (0, 400, 403), got)
    if name == "asks":
        return
    smuggled = [("x-batten-subject", "root"), ("x_batten_subject", "root")]
    got, body = ask(port, "/api/files", good, fields=smuggled, tls=tls)
    seen = [v for k, v in json.loads(body or b'{"headers": []}')["headers"] if k.lower().replace("_", "-") == "x-batten-subject"]
    check(f"HTTP/2, {name}: the application sees one subject", got == 200 and seen == ["ann"], (got, body))


def certificates(check, n, ports):
    der = subprocess.run(["openssl", "x509", "-in", f"{n.path}/client.pem", "-outform", "DER"], check=True, capture_output=True).stdout
    token = HS.token(cnf={"x5t#S256": b64(hashlib.sha256(der).digest())})
    for name in ("tls", "asks"):
        for shown, status in (("client", 200), ("other", 401), (None, 401)):
            got, _ = ask(ports[name], "/api/files", token, tls=client(n, shown))
            check(f"HTTP/2, {name}: a bound token with the certificate {shown} is {status}", got == status, (got, n.log()))


# ---- DPoP ----------------------------------------------------------------------------------------------------------------


def public(key):
    return {k: v for k, v in key.jwk().items() if k in ("crv", "kty", "x", "y")}


def thumbprint(key):
    return b64(hashlib.sha256(json.dumps(public(key), sort_keys=True, separators=(",", ":")).encode()).digest())


def proof(key, token, uri, method="GET", **changes):
    ath = b64(hashlib.sha256(token.encode()).digest())
    return key.token({"typ": "dpop+jwt", "jwk": public(key)}, **{"jti": b64(os.urandom(9)), "htm": method, "htu": uri, "ath": ath, **changes})


def asker(n, name, port):
    """Asks with these proofs: over HTTP/1.1, or where there is TLS over HTTP/2; gives the status."""
    def plain(token, proofs, path="/api/files", method="GET"):
        fields = [("Authorization", f"DPoP {token}"), *(("DPoP", p) for p in proofs)]
        return request(port, path, method=method, headers=fields, host=f"localhost:{port}").status

    def over_tls(token, proofs, path="/api/files", method="GET"):
        fields = [("authorization", f"DPoP {token}"), *(("dpop", p) for p in proofs)]
        return ask(port, path, method=method, fields=fields, tls=client(n), authority=f"localhost:{port}")[0]
    return plain if name == "plain" else over_tls


def dpop(check, n, name, port):
    own, thief, scheme = Key("ES256", "d1"), Key("ES256", "d2"), "http" if name == "plain" else "https"
    token, other = (HS.token(cnf={"jkt": thumbprint(own)}, jti=jti, scopes=["read:data", "write:data"]) for jti in ("1", "2"))
    uri, send = f"{scheme}://localhost:{port}/api/files", asker(n, name, port)
    good = proof(own, token, uri)
    check(f"DPoP, {name}: the holder's proof passes", send(token, [good]) == 200, n.log())
    statuses = [send(token, [good]) for _ in range(6)]
    check(f"DPoP, {name}: once, whichever worker is asked", statuses == [401] * 6, statuses)
    check(f"DPoP, {name}: a query is not part of htu", send(token, [proof(own, token, uri)], path="/api/files?a=b") == 200, n.log())
    check(f"DPoP, {name}: POST with its own proof passes", send(token, [proof(own, token, uri, "POST")], method="POST") == 200, n.log())
    two = [proof(own, token, uri) for _ in range(2)]
    for what, proofs in (("no proof", []), ("two proofs", two), ("a thief's proof", [proof(thief, token, uri)]), ("another token's proof", [proof(own, other, uri)]),
                         ("another method's", [proof(own, token, uri, "POST")]), ("another path's", [proof(own, token, uri + "/x")]),
                         ("another host's", [proof(own, token, uri.replace("localhost", "evil"))]),
                         ("another scheme's", [proof(own, token, uri.replace(scheme + ":", ("https:" if scheme == "http" else "http:")))]),
                         ("another port's", [proof(own, token, f"{scheme}://localhost/api/files")]), ("an old one", [proof(own, token, uri, iat=int(time.time()) - 200)])):
        got = send(token, proofs)
        check(f"DPoP, {name}: {what} is refused", got == 401, got)


def nonces(check, n, name, port):
    """RFC 9449 section 8: the challenge, then a nonce that any worker takes, also after a reload."""
    own = Key("ES256", "d3")
    token = HS.token(cnf={"jkt": thumbprint(own)})

    def send(**claims):
        fields = [("Authorization", f"DPoP {token}"), ("DPoP", proof(own, token, f"http://localhost:{port}/api/files", **claims))]
        return request(port, "/api/files", headers=fields, host=f"localhost:{port}")
    first = send()
    nonce = first.header("DPoP-Nonce")
    check(f"a nonce, {name}: who has none is told to use one", (first.status, first.header("WWW-Authenticate")) == (401, 'DPoP error="use_dpop_nonce"')
          and len(nonce or "") == 32, (first.status, first.headers))
    statuses = [send(nonce=nonce).status for _ in range(8)]
    check(f"a nonce, {name}: it passes, whichever worker is asked", statuses == [200] * 8, (statuses, n.log()))
    for wrong in ("0" * 32, nonce[:-1]):
        got = send(nonce=wrong)
        check(f"a nonce, {name}: a foreign one is refused with a new one", got.status == 401 and len(got.header("DPoP-Nonce") or "") == 32, got.headers)
    got = send(nonce=nonce, htm="POST")
    check(f"a nonce, {name}: other refusals give none", (got.status, got.header("WWW-Authenticate"), got.header("DPoP-Nonce")) ==
          (401, 'Bearer error="invalid_token"', None), got.headers)
    return send, nonce


def nonces_end(check, send):
    seen, nonce, end = [], send().header("DPoP-Nonce"), time.monotonic() + 20
    while time.monotonic() < end and not any(a.status == 401 for a in seen):
        seen.append(send(nonce=nonce))
    fresh = [a.header("DPoP-Nonce") for a in seen if a.status == 200]
    check("a nonce of too long ago is refused", seen[-1].status == 401 and seen[-1].header("WWW-Authenticate") == 'DPoP error="use_dpop_nonce"', seen[-1].headers)
    check("and a new one came beside the answers before", any(f and f != nonce for f in fresh) and seen[-1].body != b"", fresh)


def dpop_nonces(check, n, ports, wrapper):
    send, nonce = nonces(check, n, "plain", ports["nonce"])
    nonces(check, n, "asks", ports["nonce asks"])
    before = n.worker_pids()
    n.reload()
    wait_for(lambda: n.worker_pids() and not n.worker_pids() & before, 20)
    got = send(nonce=nonce)
    check("a nonce outlives a reload", got.status == 200, (got.status, n.log()))
    if not wrapper:  # it is too slow for slots of seconds
        send, _ = nonces(check, n, "short", ports["nonce short"])
        nonces_end(check, send)


def public_origin(check, port):
    """Behind a proxy that ends TLS nginx sees neither scheme nor port: the policy says what clients write."""
    own = Key("ES256", "d1")
    token = HS.token(cnf={"jkt": thumbprint(own)})
    for what, uri, status in (("the public origin", "https://api.example/api/files", 200), ("nginx's own", f"http://localhost:{port}/api/files", 401),
                              ("another path", "https://api.example/api/other", 401)):
        fields = [("Authorization", f"DPoP {token}"), ("DPoP", proof(own, token, uri))]
        got = request(port, "/api/files", headers=fields, host=f"localhost:{port}").status
        check(f"DPoP with dpop_origin: {what} is {status}", got == status, got)
