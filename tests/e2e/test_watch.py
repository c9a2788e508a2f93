"""Watching over time: the real binary, real targets, real receivers."""
import hashlib
import hmac
import http.client
import http.server
import json
import os
import random
import re
import socketserver
import sqlite3
import threading
import time
import unittest
import urllib.parse

import support
from target import Target
from watcher import TOKEN, History, Watcher


class Receiver:
    """A webhook receiver that answers as told and keeps what came."""

    def __init__(self, answers):
        received = self.received = []
        answers = iter(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((dict(self.headers), body))
                status, location = next(answers, (200, None))
                if status == "hang":
                    time.sleep(15)
                    return
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                received.append((dict(self.headers), b"followed"))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Stubborn:
    """Takes a webhook and never answers in full: keeps silent, or sends a byte of a header now and then."""

    def __init__(self, drips):
        taken, ended = self.taken, self.ended = [], []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                length = 0
                while (line := self.rfile.readline().lower()) != b"\r\n":
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                taken.append(self.rfile.read(length))
                try:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: " if drips else b"")
                    while drips:
                        self.wfile.write(b"a")
                        time.sleep(0.1)
                    self.rfile.read()
                except OSError:
                    pass
                ended.append(time.monotonic())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    """As much of SMTP as a sender needs (RFC 5321)."""

    def __init__(self):
        mails = self.mails = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 here\r\n")
                while line := self.rfile.readline():
                    word = line.split(b" ")[0].strip().upper()
                    if word == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        text = b""
                        while (line := self.rfile.readline()) not in (b".\r\n", b""):
                            text += line
                        mails.append(text.decode())
                    self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                    if word == b"QUIT":
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Case(unittest.TestCase):
    def setUp(self):
        self.history = History()
        self.folder, self.db = self.history.folder, self.history.db
        self.addCleanup(self.folder.cleanup)

    def batten(self, *arguments, code=0, **environment):
        run = self.history.run(*arguments, **environment)
        self.assertEqual(code, run.returncode, run.stderr + run.stdout)
        return run.stdout + run.stderr


class Watch(Case):
    def test_a_change_is_told_once_on_every_channel_and_signed(self):
        with Receiver([]) as hook, Receiver([]) as slack, Mailbox() as box, Target(flaw="alg-none") as weak:
            seen = os.path.join(self.folder.name, "seen")
            program = os.path.join(self.folder.name, "program")
            with open(program, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\ncat >> {seen}\n")
            os.chmod(program, 0o755)
            self.batten("watch", "add", weak.url, "--name", "api", "--token", "env:T", "--alert", f"webhook={hook.url}",
                        "--alert", f"slack={slack.url}", "--alert", "mail=ops@example.com", "--alert", f"command={program}")
            environment = {"T": weak.token, "BATTEN_WEBHOOK_SECRET": "shared", "BATTEN_SMTP": box.url,
                           "BATTEN_MAIL_FROM": "batten@example.com"}
            self.batten("watch", "run-once", "api", **environment)
            self.batten("watch", "run-once", "api", **environment)
            self.assertEqual(1, len(hook.received))
            headers, body = hook.received[0]
            alert = json.loads(body)
            self.assertEqual("batten-alert/1", alert["schema"])
            self.assertEqual(["new"], [one["change"] for one in alert["changes"] if one.get("check") == "jwt-alg-none"])
            self.assertEqual("sha256=" + hmac.new(b"shared", body, hashlib.sha256).hexdigest(), headers["X-Batten-Signature"])
            self.assertIn("jwt-alg-none", json.loads(slack.received[0][1])["text"])
            self.assertEqual(1, len(box.mails))
            self.assertIn("Subject: batten: api", box.mails[0])
            with open(seen, encoding="utf-8") as file:
                self.assertEqual(alert, json.loads(file.read()))
            history = self.batten("watch", "history", "api")
            self.assertEqual(history, self.batten("watch", "history", weak.url))
            self.assertIn("jwt-alg-none", history)
            self.assertNotIn(weak.token, history)
            with open(self.db, "rb") as file:
                self.assertNotIn(weak.token.encode(), file.read())

    def test_receivers_that_fail_or_redirect_are_tried_later_and_never_followed(self):
        with Receiver([(500, None)]) as broken, Receiver([(302, "/elsewhere")]) as moved, Target(flaw="alg-none") as weak:
            self.batten("watch", "add", weak.url, "--name", "api", "--token", "env:T", "--alert", f"webhook={broken.url}",
                        "--alert", f"webhook={moved.url}", "--alert", "webhook=http://169.254.169.254/latest")
            self.batten("watch", "run-once", "api", T=weak.token)
            self.assertEqual(1, len(broken.received))
            self.assertEqual(1, len(moved.received))

    def runs(self):
        with sqlite3.connect(self.db, timeout=30) as db:
            return [state for state, in db.execute("SELECT state FROM runs WHERE state <> 0")]

    def await_true(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, "waited in vain")
            time.sleep(0.02)

    def test_receivers_that_hang_or_drip_hold_up_no_run_and_no_other_alert(self):
        with Stubborn(False) as silent, Stubborn(True) as dripping, Receiver([]) as good, Target(flaw="alg-none") as weak:
            hooks = [word for hook in (silent, dripping, good) for word in ("--alert", f"webhook={hook.url}")]
            self.batten("watch", "add", weak.url, "--name", "api", "--token", "env:T", *hooks)
            watcher = Watcher(self.db, T=weak.token)
            self.addCleanup(lambda: watcher.process.stderr.closed or watcher.stop())
            self.await_true(lambda: silent.taken)
            before = weak.count
            with sqlite3.connect(self.db, timeout=30) as db:
                db.execute("UPDATE targets SET next = 1")
            self.await_true(lambda: len(self.runs()) == 2)
            self.await_true(lambda: silent.ended)
            self.assertLess(weak.log[before].time, silent.ended[0], "the next run waited for a receiver")
            self.await_true(lambda: dripping.taken)
            self.assertEqual(0, watcher.stop())
            self.assertEqual([1, 1, 0], [len(silent.taken), len(dripping.taken), len(good.received)], "a stopped watcher began another alert")
            again = Watcher(self.db, T=weak.token)
            self.addCleanup(again.stop)
            self.await_true(lambda: good.received)
            self.assertEqual([1, 1, 1], [len(silent.taken), len(dripping.taken), len(good.received)])
            self.assertEqual([1, 1], self.runs())

    def test_a_target_that_is_gone_is_told_once_and_again_when_it_is_back(self):
        with Receiver([]) as hook:
            with Target() as strict:
                url, token = strict.url, strict.token
                self.batten("watch", "add", url, "--name", "api", "--token", "env:T", "--alert", f"webhook={hook.url}")
                self.batten("watch", "run-once", "api", T=token)
            told = [[c["change"] for c in json.loads(body)["changes"]] for _, body in hook.received]
            self.assertNotIn("broken", sum(told, []))  # what is true of plain HTTP on loopback may be told
            before = len(hook.received)
            self.batten("watch", "run-once", "api", code=3, T=token)
            self.batten("watch", "run-once", "api", code=3, T=token)
            self.assertEqual([["broken"]], [[c["change"] for c in json.loads(body)["changes"]]
                                            for _, body in hook.received[before:]])

    def test_a_target_goes_by_its_url_where_that_is_watched_once(self):
        for name in ("one", "two"):
            self.batten("watch", "add", "http://127.0.0.1:1/x", "--name", name)
        self.assertRegex(self.batten("watch", "remove", "http://127.0.0.1:1/x", code=2), "nothing of that name")
        self.batten("watch", "remove", "two")
        self.batten("watch", "remove", "http://127.0.0.1:1/x")
        self.assertNotIn("127.0.0.1", self.batten("watch", "list"))

    def test_wrong_usage_names_what_is_wrong(self):
        for arguments, word in ((["watch", "add", "http://127.0.0.1/", "--every", "5x"], "five fields|as in"),
                                (["watch", "add", "nonsense"], "nonsense"),
                                (["watch", "add", "http://127.0.0.1/", "--token", "a.b.c"], "env:NAME"),
                                (["watch", "add", "http://127.0.0.1/", "--alert", "pigeon=x"], "webhook=URL"),
                                (["watch", "add", "http://127.0.0.1/", "--quiet", "late"], "22:00-06:00"),
                                (["watch", "add", "http://127.0.0.1/", "--format", "json"], "single scan"),
                                (["watch", "run-once", "nothing"], "nothing of that name"),
                                (["watch", "remove", "nothing"], "nothing of that name"),
                                (["watch", "serve", "--token", "short"], "16 characters")):
            self.assertRegex(self.batten(*arguments, code=2), word)


class Dashboard(Case):
    def start(self, **environment):
        watcher = Watcher(self.db, **environment)
        self.addCleanup(watcher.stop)
        self.port = watcher.port
        return watcher.process

    def ask(self, path, method="GET", body=None, source="127.0.0.1", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body and urllib.parse.urlencode(body), sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def sign_in(self):
        status, headers, _ = self.ask("/login", "POST", {"token": TOKEN})
        self.assertEqual(303, status)
        cookie = headers["Set-Cookie"]
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Strict", cookie)
        return cookie.partition(";")[0]

    def test_pages_and_api_need_the_token_and_forms_their_own(self):
        with Target(flaw="alg-none") as weak:
            self.batten("watch", "add", weak.url, "--name", "an api/<b>", "--token", "env:T")
            self.batten("watch", "run-once", "an api/<b>", T=weak.token)
            self.start(T=weak.token)
            for path in ("/", "/targets/x", "/alerts", "/openapi.json"):
                self.assertEqual(303, self.ask(path)[0], path)
            for path in ("/api/v1/targets", "/events"):
                self.assertEqual(401, self.ask(path)[0], path)
            self.assertEqual(403, self.ask("/login", "POST", {"token": "wrong"})[0])
            self.assertEqual(413, self.ask("/login", "POST", {"token": "x" * 9000})[0])
            self.assertEqual(303, self.ask("/", Cookie="batten_session=9999999999.x.y")[0])
            cookie = self.sign_in()
            status, headers, text = self.ask("/", Cookie=cookie)
            self.assertEqual(200, status)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertNotIn("<b>", text)
            self.assertIn("an api/&lt;b&gt;", text)
            page = "/targets/" + urllib.parse.quote("an api/<b>", safe="")
            status, _, text = self.ask(page, Cookie=cookie)
            self.assertEqual(200, status)
            self.assertIn(">jwt-alg-none, ", text)
            self.assertEqual(200, self.ask(page + "?severity=low", Cookie=cookie)[0])
            self.assertNotIn(">jwt-alg-none, ", self.ask(page + "?severity=low", Cookie=cookie)[2])
            self.assertEqual(403, self.ask(page + "/pause", "POST", {"csrf": "wrong"}, Cookie=cookie)[0])
            csrf = re.search(r'name="csrf" value="(\w+)"', text).group(1)
            self.assertEqual(303, self.ask(page + "/pause", "POST", {"csrf": csrf}, Cookie=cookie)[0])
            self.assertIn("Paused", self.ask(page, Cookie=cookie)[2])
            self.assertEqual(403, self.ask(page + "/resume", "POST", {"csrf": csrf}, Cookie=cookie, Origin="http://evil.example")[0])
            self.assertEqual(403, self.ask("/", Host="evil.example", Cookie=cookie)[0])
            listed = json.loads(self.ask("/api/v1/targets", Authorization=f"Bearer {TOKEN}")[2])["targets"]
            self.assertEqual(["an api/<b>"], [one["name"] for one in listed])
            run = listed[0]["last_run"]["id"]
            stored = json.loads(self.ask(f"/api/v1/runs/{run}/report", Authorization=f"Bearer {TOKEN}")[2])
            self.assertEqual("batten-report/1", stored["schema"])
            self.assertEqual(404, self.ask("/api/v1/targets/none", Authorization=f"Bearer {TOKEN}")[0])
            status, headers, text = self.ask(f"{page}/runs/{run}", Cookie=cookie)
            self.assertEqual(200, status)
            self.assertIn("sandbox", headers["Content-Security-Policy"])
            badge = re.search(r'src="(/badge/[^"]+)"', self.ask(page, Cookie=cookie)[2]).group(1)
            self.assertEqual(200, self.ask(badge)[0])
            self.assertEqual(404, self.ask(badge[:-1] + "0" if badge[-1] != "0" else badge[:-1] + "1")[0])

    def test_who_guesses_tokens_waits_and_nobody_else_does(self):
        self.start()
        def api(token, **options):
            return self.ask("/api/v1/targets", Authorization=f"Bearer {token}", **options)
        def form(token, **options):
            return self.ask("/login", "POST", {"token": token}, **options)
        cookie = self.sign_in()
        self.assertEqual([200] * 30, [api(TOKEN)[0] for _ in range(30)])
        self.assertEqual([401] * 30, [self.ask("/api/v1/targets")[0] for _ in range(30)])
        for ask, wrong, right in ((api, 401, 200), (form, 403, 303)):
            with self.subTest(ask.__name__):
                self.assertEqual([wrong] * 9 + [right], [ask(f"wrong-{i}")[0] for i in range(9)] + [ask(TOKEN)[0]])
                self.assertEqual([wrong] * 10 + [429] * 5, [ask(f"wrong-{i}")[0] for i in range(15)])
                status, headers, text = ask(TOKEN)
                self.assertEqual(429, status, "the right token still tells who has guessed it")
                self.assertIn(int(headers["Retry-After"]), range(1, 61))
                self.assertIn("too many wrong tokens", text.lower())
                self.assertNotIn("Set-Cookie", headers)
                self.assertEqual(right, ask(TOKEN, source="127.0.0.2")[0])
                self.assertEqual(200, self.ask("/", Cookie=cookie)[0], "who is signed in stays so")
                if ask is api:
                    self.assertEqual(303, form(TOKEN)[0])

    def test_the_server_scans_what_is_due_tells_it_live_and_stops_clean(self):
        with Receiver([]) as hook, Target(flaw="alg-none") as weak:
            self.batten("watch", "add", weak.url, "--name", "api", "--token", "env:T", "--alert", f"webhook={hook.url}")
            process = self.start(T=weak.token)
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", "/events", headers={"Authorization": f"Bearer {TOKEN}"})
            events = connection.getresponse()
            line = b""
            while not line.startswith(b"event: changed"):
                line = events.readline()
                self.assertTrue(line)
            connection.close()
            deadline = time.monotonic() + 60
            while not hook.received and time.monotonic() < deadline:
                threading.Event().wait(0.05)
            self.assertEqual(1, len(hook.received))
            process.terminate()
            self.assertEqual(0, process.wait(timeout=30))

    def test_its_own_api_passes_a_scan_by_its_own_description(self):
        with Target() as strict:
            self.batten("watch", "add", strict.url, "--name", "an api/<b>", "--token", "env:T")
            self.batten("watch", "run-once", "an api/<b>", T=strict.token)
            self.start(T=strict.token)
            spec = os.path.join(self.folder.name, "openapi.json")
            with open(spec, "w", encoding="utf-8") as file:
                file.write(self.ask("/openapi.json", Authorization=f"Bearer {TOKEN}")[2])
            run = support.execute(["scan", f"http://127.0.0.1:{self.port}/api/v1/targets", "--spec", spec, "--rate", "1000",
                                   "--header", f"Authorization: Bearer {TOKEN}", "--format", "json"], self.folder.name)
            self.assertEqual(0, run.code, run.stderr)
            self.assertEqual("A", run.report["grade"])
            self.assertEqual(5, run.report["target"]["operations"])
            self.assertEqual([], [one for one in run.found("info") if one not in support.AMBIENT], run.stdout)
            self.assertNotIn(TOKEN, run.stdout)

    def test_other_commands_leave_a_running_server_its_history(self):
        with Target() as strict:
            self.batten("watch", "add", strict.url, "--name", "api", "--token", "env:T", "--quiet", "00:00-23:59")
            process = self.start(T=strict.token)
            for _ in range(3):
                self.assertEqual(200, self.ask("/api/v1/targets", Authorization=f"Bearer {TOKEN}")[0])
                self.batten("watch", "list")
                self.assertTrue(os.path.exists(self.db + "-wal"), "the log of a server's open history was removed")
            self.batten("watch", "run-once", "api", T=strict.token)
            runs = json.loads(self.ask("/api/v1/targets/api/runs", Authorization=f"Bearer {TOKEN}")[2])["runs"]
            self.assertEqual(["good"], [one["state"] for one in runs])
            process.terminate()
            self.assertEqual(0, process.wait(timeout=30))

    def test_killed_at_any_moment_it_loses_no_finished_scan_and_tells_nothing_twice(self):
        with Receiver([]) as hook, Target(flaw="alg-none") as weak:
            self.batten("watch", "add", weak.url, "--name", "api", "--token", "env:T", "--every", "1m", "--alert",
                        f"webhook={hook.url}")
            moments = random.Random(os.environ.get("WATCH_SEED", "1"))
            for _ in range(int(os.environ.get("WATCH_KILLS", "6"))):
                process = self.start(T=weak.token)
                threading.Event().wait(moments.uniform(0.1, 2.7))
                process.kill()
                process.wait()
                self.batten("watch", "history", "api")
                self.ask_run_now()
            self.batten("watch", "run-once", "api", T=weak.token)
            # Killed between sending and noting that it was sent, it sends again, under the same number.
            once = {headers["X-Batten-Delivery"]: body for headers, body in hook.received}
            told = [change for body in once.values() for change in json.loads(body)["changes"]]
            self.assertLessEqual(sum(1 for one in told if one["change"] == "new" and one["check"] == "jwt-alg-none"), 1)
            self.assertIn("jwt-alg-none", self.batten("watch", "history", "api"))
            if "WATCH_KILLS" in os.environ:
                self.say_figures(hook)

    def say_figures(self, hook):
        with sqlite3.connect(self.db) as db:
            runs = dict(db.execute("SELECT state, count(*) FROM runs GROUP BY state"))
            alerts = dict(db.execute("SELECT state, count(*) FROM alerts GROUP BY state"))
        print(f"killed {os.environ['WATCH_KILLS']} times: {runs.get(1, 0)} runs good, {runs.get(2, 0)} partial, {runs.get(3, 0)} broken; "
              f"alerts {alerts}, {len(hook.received)} deliveries of {len({h['X-Batten-Delivery'] for h, _ in hook.received})}", flush=True)

    def ask_run_now(self):
        """Makes the target due again, as the dashboard's button would."""
        with sqlite3.connect(self.db) as db:
            self.assertEqual("ok", db.execute("PRAGMA integrity_check").fetchone()[0])
            db.execute("UPDATE targets SET next = 0")


if __name__ == "__main__":
    unittest.main()
