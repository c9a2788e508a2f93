"""Key sets by URL in nginx's workers: servers that misbehave, conditional requests, what a busy server asks for, discovery, a
cluster's key set, and addresses that are never asked."""
import os
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "targets"))

from keyserver import KeyServer, Signer, bad_modes, reply  # noqa: E402
from rig import Nginx, free_port, request, wait_for  # noqa: E402

WORKERS = 2


class Place:
    """An nginx with one policy, and servers of keys; gone after `with`."""

    def __init__(self, wrapper):
        self.nginx, self.port, self.servers = Nginx("", workers=WORKERS, wrapper=wrapper), free_port(), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.nginx.__exit__()
        for server in self.servers:
            server.stop()

    def server(self, tls=None):
        self.servers.append(KeyServer(tls))
        return self.servers[-1]

    def start(self, issuers):
        self.nginx.file("p.yaml", "version: 1\nissuers:\n" + "".join(f"  - {{{one}}}\n" for one in issuers))
        self.nginx.file("www/w", "here\n")
        self.nginx.http = f"server {{ listen 127.0.0.1:{self.port} reuseport; root {self.nginx.path}/www; batten_policy p.yaml; batten on; }}"
        self.nginx.start(self.port)

    def all_say(self, token, status, seconds=10):
        """Whether all of many connections, which the workers share, get this status in time."""
        return wait_for(lambda: {request(self.port, "/w", token()).status for _ in range(12)} == {status}, seconds)


def issuer(name, keys, more=""):
    return f"issuer: '{name}', algorithms: [ES256], audiences: [app], {more} keys: {{{keys}}}"


def misbehaving(check, slow, wrapper):
    signer, other = Signer("a"), Signer("b")
    modes = list(bad_modes(signer, other).items())
    asked, turned = [0] * len(modes), []

    def behave(got):
        if got.path == "/evil":
            return reply(200, {"keys": [other.jwk()]})
        asked[int(got.path[1:])] += bool(turned)
        return modes[int(got.path[1:])][1](got) if turned else reply(200, {"keys": [signer.jwk()]})

    with Place(wrapper) as place:
        server = place.server()
        server.behave = behave
        place.start(issuer(f"i{i}", f"jwks_url: 'http://127.0.0.1:{server.port}/{i}', cool_down: 1s, refresh: 1s") for i in range(len(modes)))
        for i in range(len(modes)):
            check(f"set {i} is there", place.all_say(lambda i=i: signer.token(iss=f"i{i}"), 200, 30 * slow), place.nginx.log())
        turned.append(True)
        check("each way of going wrong was met", wait_for(lambda: all(asked), 120 * slow), asked)
        for i, (name, _) in enumerate(modes):
            check(f"{name}: the last good key stays", place.all_say(lambda i=i: signer.token(iss=f"i{i}"), 200))
            check(f"{name}: no other is taken", place.all_say(lambda i=i: other.token(iss=f"i{i}"), 401))
        check("no redirect was followed", "/evil" not in [path for path, _ in server.seen])
        log = place.nginx.log()
        check("no worker fell over", "exited on signal" not in log and "[alert]" not in log, log)
        check("the log says why", "a redirect to" in log and "the answer is too long" in log, log)


def conditional(check, slow, wrapper):
    signer, second = Signer("a"), Signer("b")
    with Place(wrapper) as place:
        server = place.server()

        def behave(got):
            return reply(304) if got.headers["If-None-Match"] == '"v1"' else reply(200, {"keys": [signer.jwk()]}, ETag='"v1"')
        server.behave = behave
        place.start([issuer("auth", f"jwks_url: 'http://127.0.0.1:{server.port}/', cool_down: 1s, refresh: 1s, max_stale: 4s")])
        check("the set is there", place.all_say(signer.token, 200, 10 * slow), place.nginx.log())
        begun = time.monotonic()
        check("it is asked for again", wait_for(lambda: len(server.seen) > 6 and time.monotonic() > begun + 5, 30 * slow))
        asked = [fields.get("If-None-Match") for _, fields in server.seen]
        check("by one worker for all, and on condition", asked.count(None) == 1 and set(asked[1:]) == {'"v1"'}, asked)
        check("each 304 keeps it for another while, in every worker", place.all_say(signer.token, 200), place.nginx.log())
        server.behave = lambda got: reply(200, {"keys": [second.jwk()]}, ETag='"v2"')
        check("another set is taken", place.all_say(second.token, 200), place.nginx.log())
        check("and the one before is gone", place.all_say(signer.token, 401))
        server.behave = lambda got: reply(429, Retry_After="3")
        count = len(server.seen)
        check("a busy server is asked once", wait_for(lambda: len(server.seen) == count + 1, 10 * slow))
        begun = time.monotonic()
        wait_for(lambda: request(place.port, "/w", second.token(kid="none")).status and len(server.seen) > count + 1, 10 * slow)
        check("and left alone as long as it says, by every worker", time.monotonic() - begun > 2.3, time.monotonic() - begun)
        old = place.nginx.worker_pids()
        server.behave = behave
        place.nginx.reload()
        check("the workers change", wait_for(lambda: len(place.nginx.worker_pids() - old) >= WORKERS, 20 * slow))
        check("a reload asks anew", place.all_say(signer.token, 200), place.nginx.log())


def late(check, slow, wrapper):
    signer, port = Signer("a"), free_port()
    with Place(wrapper) as place:
        place.start([issuer("auth", f"jwks_url: 'http://127.0.0.1:{port}/', cool_down: 30s")])
        check("without keys all is 503", place.all_say(signer.token, 503))
        check("and the log says why", wait_for(lambda: "there are no keys" in place.nginx.log()), place.nginx.log())
        with socket.create_server(("127.0.0.1", port), backlog=16) as listener:
            def answer():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(reply(200, {"keys": [signer.jwk()]}))
            begun = time.monotonic()
            listener.settimeout(10 * slow)
            answer()
            check("a server that comes late is asked within two seconds", time.monotonic() - begun < 4 * slow, time.monotonic() - begun)
        check("and all workers have its keys", place.all_say(signer.token, 200, 5 * slow), place.nginx.log())


def discovered(check, slow, wrapper):
    signer = Signer("a")
    with Place(wrapper) as place:
        server = place.server()
        name = f"http://127.0.0.1:{server.port}/realm"
        meta = {"issuer": name, "jwks_uri": name + "/jwks"}
        pages = {"/.well-known/oauth-authorization-server/realm": lambda: reply(200, meta), "/realm/jwks": lambda: reply(200, {"keys": [signer.jwk()]})}
        server.behave = lambda got: pages.get(got.path, lambda: reply(404))()
        place.start([issuer(name, "cool_down: 1s, refresh: 1s", "discovery: true,")])
        check("the issuer alone finds its keys", place.all_say(lambda: signer.token(iss=name), 200, 10 * slow), place.nginx.log())
        check("the set is asked for again", wait_for(lambda: [p for p, _ in server.seen].count("/realm/jwks") > 3, 20 * slow))
        check("and what was found is kept", len([p for p, _ in server.seen if "well-known" in p]) == 2, server.seen)
        pages.pop("/realm/jwks")
        meta["issuer"] = name + "/other"
        check("another issuer's document is refused by name", wait_for(lambda: "is that of another issuer" in place.nginx.log(), 10 * slow),
              place.nginx.log())
        check("and the last good set stays", place.all_say(lambda: signer.token(iss=name), 200))


def cluster(check, slow, wrapper):
    signer = Signer("a")
    with Place(wrapper) as place:
        path = place.nginx.path
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=s",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{path}/s.key", "-out", f"{path}/s.pem"], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{path}/s.pem", f"{path}/s.key")
        server = place.server(tls)
        server.behave = lambda got: reply(200, {"keys": [signer.jwk()]}) if got.headers["Authorization"] == "Bearer two" else reply(401)
        place.nginx.file("token", "one\n")
        place.start([issuer("auth", f"jwks_url: 'https://127.0.0.1:{server.port}/', ca: s.pem, bearer: '@token', cool_down: 1s"),
                     issuer("stranger", f"jwks_url: 'https://127.0.0.1:{server.port}/', bearer: '@token', cool_down: 1s"),
                     issuer("metadata", "jwks_url: 'https://169.254.169.254/', cool_down: 1s"),
                     issuer("mapped", "jwks_url: 'https://[::ffff:169.254.169.254]/', cool_down: 1s")])
        check("a token that is not taken gives no keys", wait_for(lambda: "answered 401" in place.nginx.log(), 10 * slow), place.nginx.log())
        place.nginx.file("token", "two\n")
        check("it is read anew", place.all_say(signer.token, 200, 30 * slow), place.nginx.log())
        check("another authority is none", request(place.port, "/w", signer.token(iss="stranger")).status == 503)
        log = place.nginx.log()
        check("metadata addresses are never asked", log.count("link-local or metadata address, which is never asked") >= 2, log)


def keys(check, slow, wrapper):
    for part in (misbehaving, conditional, late, discovered, cluster):
        part(check, slow, wrapper)

