"""The guard daemon's side of the wire: which bytes are a question, and whose connections stay."""
import contextlib
import http.client
import os
import socket
import ssl
import subprocess
import threading
import unittest

from guarded import POLICY, Case, mint
from support import BATTEN

LINES = (b"GET /auth HTTP/1.1", b"Host: g", b"X-Original-Method: GET", b"X-Original-URI: /files/a")


def question(*changes, without=(), first=None, token=None):
    """A good question, but for fields added, left out, or another request line."""
    kept = [line for line in LINES[1:] if not line.lower().startswith(tuple(name.lower() for name in without))]
    lines = [first or LINES[0], *kept, b"Authorization: Bearer " + (token or mint()).encode(), *changes]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def statuses(answer):
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


class Wire(Case):
    def test_what_two_servers_could_read_in_two_ways_is_no_question(self):
        self.start()
        self.assertEqual([204], statuses(self.raw(question())))
        wrong = {
            "NUL in a value": question(b"X-A: b\0c"),
            "NUL at a value's end": question(b"X-A: b\0"),
            "NUL that hides the path": question(b"X-Original-URI: /health\0/files/a", without=[b"X-Original-URI"]),
            "NUL after a token": question(token="TOKEN").replace(b"TOKEN", mint().encode() + b"\0"),
            "NUL in a name": question(b"X-A\0: b"),
            "NUL in the request line": question(first=b"GET /auth\0/x HTTP/1.1"),
            "control character in a value": question(b"X-A: b\x01c"),
            "DEL in a value": question(b"X-A: b\x7fc"),
            "CR in a value": question(b"X-A: b\rX-Original-URI: /health"),
            "a line that ends in LF": question(b"X-A: b\nX-B: c"),
            "a head of LF alone": question().replace(b"\r\n", b"\n"),
            "a folded line": question(b"X-A: b\r\n c"),
            "a blank before the colon": question(b"X-A : b"),
            "a field without a name": question(b": b"),
            "a line without a colon": question(b"X-A"),
            "no Host": question(without=[b"Host"]),
            "two Hosts": question(b"Host: g"),
            "two lengths": question(b"Content-Length: 0", b"Content-Length: 0"),
            "a list of lengths": question(b"Content-Length: 0, 0"),
            "a length with a sign": question(b"Content-Length: +0"),
            "an empty length": question(b"Content-Length:"),
            "a length beside a coding": question(b"Content-Length: 0", b"Transfer-Encoding: chunked"),
            "no version": question(first=b"GET /auth"),
            "another version": question(first=b"GET /auth HTTP/2.0"),
            "two blanks": question(first=b"GET  /auth HTTP/1.1"),
            "a fourth word": question(first=b"GET /auth HTTP/1.1 x"),
            "a tab in the target": question(first=b"GET /au\tth HTTP/1.1"),
            "a method that is no word": question(first=b"G@T /auth HTTP/1.1"),
        }
        for name, bytes_ in wrong.items():
            with self.subTest(name):
                self.assertEqual([400], statuses(self.raw(bytes_ + question())), "nothing after it is answered")
        self.assertEqual([431], statuses(self.raw(question(b"X-A: " + b"a" * 40000))))
        self.assertEqual([431], statuses(self.raw(question(*[b"X-A: b"] * 300))))
        self.assertEqual(len(wrong) + 2, self.metric("batten_malformed_total"))
        self.until(lambda: self.told("malformed", "a NUL") and self.told("malformed", "several Content-Length fields"))
        for name, bytes_ in {"a tab in a value": question(b"X-A: b\tc"), "UTF-8 in a value": question("X-A: é".encode()),
                             "blanks around a value": question(b"X-A:   b \t "), "an empty line before": b"\r\n" + question(),
                             "an empty value": question(b"X-A:"), "a length of nothing": question(b"Content-Length: 0"),
                             "an older version": question(first=b"GET /auth HTTP/1.0", without=[b"Host"])}.items():
            with self.subTest(name):
                self.assertEqual([204], statuses(self.raw(bytes_)))

    def test_only_a_method_in_capitals_is_one(self):
        self.start()
        self.assertEqual(204, self.ask(token=mint())[0])
        for method in ("get", "Get", "GET POST", "GET,POST", "", "GÈT"):
            with self.subTest(method):
                self.assertEqual(403, self.ask(token=mint(), method=method.encode())[0])
        self.assertEqual(403, self.ask("/health", method="get")[0])

    def test_questions_come_in_pieces_and_several_at_once(self):
        self.start("--threads", "1")
        good, bad = question(), question(token=mint(aud="other"))
        self.assertEqual([204, 401, 204], statuses(self.raw(good + bad + good)))
        self.assertEqual([204, 401], statuses(self.raw(*[bytes([byte]) for byte in good + bad])))
        self.assertEqual([204, 401], statuses(self.raw(good + bad[:-1], bad[-1:])))
        with_body = question(b"Content-Length: 5") + b"hello"
        self.assertEqual([204], statuses(self.raw(with_body + good)), "a body ends the connection")

    def test_one_who_reads_late_gets_every_answer(self):
        self.start("--threads", "1")
        bad, count = question(token=mint(aud="other")), 60000
        whole = count * len(self.raw(bad))
        with socket.socket() as late:
            late.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            late.settimeout(20)
            late.connect(("127.0.0.1", self.port))
            sender = threading.Thread(target=late.sendall, args=[bad * count], daemon=True)
            sender.start()
            self.assertEqual(204, self.ask(token=mint())[0], "and holds nobody up")
            sender.join(0.5)
            self.assertTrue(sender.is_alive(), "the daemon waits for it")
            received = []
            while whole and (piece := late.recv(1 << 20)):
                received.append(piece)
                whole -= len(piece)
        self.assertEqual([401] * count, statuses(b"".join(received)))

    def test_an_answer_to_head_has_no_body(self):
        self.start("--proxy", "envoy", "--problem-json")
        answer = self.raw(b"HEAD /files/a HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertEqual([401], statuses(answer))
        self.assertTrue(answer.endswith(b"\r\n\r\n") and b"application/problem+json" in answer)
        self.assertTrue(self.raw(b"GET /files/a HTTP/1.1\r\nHost: h\r\n\r\n").endswith(b'"status":401}\n'))


class Crowd(Case):
    def open_idle(self, count, begin=b"", source="127.0.0.1"):
        opened = []
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=(source, 0))
            self.addCleanup(one.close)
            one.sendall(begin)
            opened.append(one)
        return opened

    def test_idle_connections_of_one_address_shut_nobody_out(self):
        self.start("--threads", "1")
        pool = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self.addCleanup(pool.close)
        pool.connect()
        used = pool.sock
        self.assertEqual(204, self.ask(token=mint(), connection=pool)[0])
        for begin in (b"", b"GET / HTTP/1.1\r\nHost:"):
            self.open_idle(700, begin)
            self.assertEqual(204, self.ask(token=mint())[0])
        self.assertLessEqual(self.metric("batten_connections"), 1024)
        self.assertGreater(self.metric("batten_connections_evicted_total"), 300)
        self.assertEqual(204, self.ask(token=mint(), connection=pool)[0])
        self.assertIs(used, pool.sock, "who has asked before stays, whatever the idle ones do")
        others = self.open_idle(600, source="127.0.0.2")
        self.assertEqual(204, self.ask(token=mint(), connection=pool)[0])
        self.assertIs(used, pool.sock)
        self.assertGreater(self.metric("batten_connections"), 1500, "an address has room of its own")
        for one in others:
            one.sendall(question(b"Connection: close"))
        self.assertEqual([[204]] * len(others), [statuses(b"".join(iter(lambda: one.recv(65536), b""))) for one in others])  # noqa: B023

    def test_peers_of_a_unix_socket_have_no_address_to_be_counted_by(self):
        where = self.path("guard.sock")
        self.start("--threads", "1", listen=f"unix:{where}")
        for _ in range(1200):
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.connect(where)
        self.until(lambda: self.metric("batten_connections") == 1200)
        self.assertEqual(0, self.metric("batten_connections_evicted_total"))

    def test_without_descriptors_it_goes_on(self):
        self.start("--threads", "1", before=["prlimit", "--nofile=64:64"])
        self.open_idle(200)
        self.assertEqual(204, self.ask(token=mint())[0])


class Tls(Case):
    def pair(self, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.path(name + ".key"), "-out", self.path(name + ".crt")],
                       check=True, capture_output=True)
        return ["--tls-cert", self.path(name + ".crt"), "--tls-key", self.path(name + ".key")]

    def test_https_answers_as_http_does(self):
        self.start("--threads", "1", *self.pair("a"))
        trust = ssl.create_default_context(cafile=self.path("a.crt"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=trust)
        self.addCleanup(connection.close)
        connection.connect()
        used = connection.sock
        self.assertEqual([204, 401, 204], [self.ask(token=t, connection=connection)[0] for t in (mint(), mint(aud="x"), mint())])
        self.assertIs(used, connection.sock)
        self.open_plain()
        self.assertEqual(204, self.ask(token=mint(), connection=connection)[0])
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode, old.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain, self.assertRaises(ssl.SSLError):
            old.wrap_socket(plain)

    def open_plain(self):
        """What is no TLS gets no answer of HTTP."""
        with contextlib.suppress(OSError):
            self.assertNotIn(b"HTTP/", self.raw(question()))

    def test_a_certificate_with_another_key_starts_nothing(self):
        one, other = self.pair("a"), self.pair("b")
        run = subprocess.run([BATTEN, "guard", "serve", "--policy", self.path("policy.yaml"), "--listen", "127.0.0.1:0", "--metrics", "off",
                              *one[:2], *other[2:]], capture_output=True, text=True, check=False, timeout=20)
        self.assertEqual(2, run.returncode)
        self.assertIn("a.crt", run.stderr)


if __name__ == "__main__":
    unittest.main()
