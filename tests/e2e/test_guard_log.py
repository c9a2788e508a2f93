"""The guard daemon's log: who and why, in words that nobody can forge or flood."""
import collections
import json
import os
import time
import unittest

from guarded import Case, mint


class Log(Case):
    def test_a_flood_of_one_refusal_is_counted_and_hides_no_other(self):
        self.start("--threads", "1")
        flood, began = 400, time.monotonic()
        for _ in range(flood):
            self.assertEqual(401, self.ask(token=mint(key=b"k" * 32))[0])
        seconds = int(time.monotonic() - began) + 1
        self.assertEqual(401, self.ask(token=mint(aud="other"))[0])
        self.until(lambda: any(line.get("refusal") == "aud-mismatch" for line in self.decisions()))

        def told():
            lines = [line for line in self.decisions() if line["refusal"] == "signature-invalid"]
            return lines, [line for line in self.log if line["event"] == "left-out"]
        self.until(lambda: len(told()[0]) + sum(line["count"] for line in told()[1]) == flood)
        lines, left_out = told()
        self.assertLessEqual(len(lines), 50 * (seconds + 1))
        self.assertGreaterEqual(len(lines), min(flood, 50))
        if seconds < 5:
            self.assertEqual({"signature-invalid"}, {line["refusal"] for line in left_out})
        self.assertRegex(self.get("/metrics", port=self.metrics_port)[2],
                         rf'batten_decisions_total\{{decision="refuse",refusal="signature-invalid"\}} {flood}')

    def test_a_decision_tells_who_asked_and_with_which_key(self):
        self.start("--log-allowed")
        client = [("X-Original-Client", "203.0.113.7")]
        self.ask(token=mint(kid="k1"), extra=client)
        self.ask(token=mint(kid="k1", aud="other"), extra=client)
        self.ask(extra=client)
        self.ask(token=mint(), extra=[("X-Original-Client", 'no "address"')])
        self.ask(token=mint(), extra=client + client)
        self.until(lambda: len(self.decisions()) == 5)
        allowed, refused, without, unknown, doubled = self.decisions()
        self.assertEqual(("203.0.113.7", True, "auth", "k1", "u1"), tuple(allowed[name] for name in ("client", "verified", "issuer", "kid", "subject")))
        self.assertEqual(("203.0.113.7", False, "auth", "k1", None), tuple(refused.get(name) for name in ("client", "verified", "issuer", "kid", "subject")))
        self.assertEqual(("203.0.113.7", None, None), tuple(without.get(name) for name in ("client", "issuer", "kid")))
        self.assertEqual([None, "203.0.113.7"], [unknown.get("client"), doubled.get("client")])

    def test_behind_other_proxies_the_client_is_the_last_that_they_tell(self):
        for kind, fields in (("traefik", [("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/files/a"), ("X-Forwarded-Host", "h")]), ("envoy", [])):
            with self.subTest(kind):
                self.log.clear()
                self.start("--proxy", kind)
                self.get("/files/a", fields=[("Host", "h"), *fields, ("X-Forwarded-For", "6.6.6.6, 2001:db8::1")])
                self.until(self.decisions)
                self.assertEqual("2001:db8::1", self.decisions()[0]["client"])

    def test_a_subject_is_hashed_or_left_out_on_demand(self):
        seen = collections.defaultdict(list)
        for how in ("hash", "none"):
            self.log.clear()
            self.start("--log-allowed", "--log-subjects", how)
            for subject in ("ann@example.org", "ann@example.org", "bob@example.org"):
                self.assertEqual(204, self.ask(token=mint(sub=subject))[0])
            self.until(lambda: len(self.decisions()) == 3)
            self.assertNotIn("example.org", json.dumps(self.log))
            seen[how] = [line.get("subject_hash") for line in self.decisions()]
        one, again, other = seen["hash"]
        self.assertRegex(one, r"\A[0-9a-f]{16}\Z")
        self.assertEqual((True, False), (one == again, one == other))
        self.assertEqual([None] * 3, seen["none"])
        self.assertIn("plain, hash or none", self.batten("guard", "serve", "--policy", self.path("policy.yaml"), "--log-subjects", "x", code=2))

    def test_what_a_client_wrote_is_readable_and_ends_nothing(self):
        self.start()
        for sent, shown in (("/other/é/日本/😀".encode(), "/other/é/日本/😀"), (b"/other/\xff\xc3", "/other/\ufffd\ufffd"), (b'/other/"\\', '/other/"\\'),
                            (b"/other/\xc2\x85\xe2\x80\xae\tx", "/other/\x85\u202e\tx"), ("é".encode() * 2000, "é" * 128)):
            with self.subTest(shown[:20]):
                self.log.clear()
                self.ask(sent, token=mint())
                self.until(self.decisions)
                self.assertEqual(shown, self.decisions()[0]["path"])

    def test_the_log_itself_is_utf_8_without_anything_unseen(self):
        where = self.path("log")
        self.start(output=where)
        self.ask("/other/é".encode() + b"\xc2\x85\xe2\x80\xae\xff", token=mint())
        self.until(lambda: os.path.exists(where) and b"decision" in self.bytes_of(where))
        line = self.bytes_of(where).splitlines()[-1]
        self.assertIn("/other/é\\u0085\\u202e\\ufffd".encode(), line)

    def bytes_of(self, where):
        with open(where, "rb") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
