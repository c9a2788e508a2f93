"""No pass and no grade for what was not tested: dead, expired and unused tokens, a refused URL, a gate over nothing."""
import json
import time
import unittest

from support import Case, load_in_parallel as load_tests  # noqa: F401

from httpd import Response, Server
from keys import Key

KEY = Key("HS256")


def token(sub, seconds=3600, key=KEY):
    return key.token({"sub": sub, "exp": int(time.time()) + seconds})


class Api:
    """/api/me for those who are known; /public for all; /api/vault for alice alone, who else is known gets `others`."""

    def __init__(self, case, known, others=403):
        self.known, self.others = known, others
        self.server = case.enterContext(Server(self.answer))

    def answer(self, request):
        who = self.known.get(request.first("authorization"))
        if request.path == "/openapi.json":
            return Response(200, json.dumps(self.described()), "application/json")
        if request.path == "/public":
            return Response(200, '{"items": [1, 2]}', "application/json")
        if request.path not in ("/api/me", "/api/vault"):
            return Response(404, '{"error": "nothing here"}', "application/json")
        if not who:
            return Response(401, '{"error": "unauthorized"}', "application/json")
        if request.path == "/api/vault" and who != "alice":
            return Response(self.others, '{"error": "not yours"}', "application/json")
        return Response(200, json.dumps({"user": who}), "application/json")

    @staticmethod
    def described():
        one = {"get": {"responses": {"200": {"description": "ok"}}}}
        return {"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": {"/public": one, "/api/me": one}}

    def url(self, path="/api/me"):
        return f"http://127.0.0.1:{self.server.port}{path}"


def bearer(*tokens):
    return {"Bearer " + value: name for name, value in tokens}


class Hollow(Case):
    def refused(self, *arguments, reason):
        run = self.scan(*arguments, code=3)
        self.assertTrue(run.report["partial"])
        self.assertRegex(run.report["partial_reason"], reason)
        for form in ("table", "pretty", "markdown"):
            shown = self.batten("scan", *arguments, "--format", form)
            self.assertEqual(3, shown.code)
            self.assertNotRegex(shown.stdout, r"(?i)\bgrade [A-F]\b|\d/100", form)
        return run

    def test_a_dead_token_gets_no_grade_though_a_public_operation_could_be_tested(self):
        api = Api(self, {})
        self.refused(api.url(), "--token", token("alice"), reason=r"the good token is refused at GET /api/me \(status 401\)")
        self.refused(api.url(), "--token", token("alice"), "--threshold", "F", reason="is refused")

    def test_an_expired_token_is_said_to_be_expired(self):
        self.refused(Api(self, {}).url(), "--token", token("alice", -60), reason="it expired at 20")

    def test_the_url_that_was_named_decides_whatever_else_takes_the_token(self):
        alice = token("bob")
        api = Api(self, bearer(("bob", alice)))
        self.refused(api.url("/api/vault"), "--token", alice, reason=r"GET /api/vault: the good token is refused here \(status 403\)")
        self.scan(api.url(), "--token", alice)

    def test_a_further_identity_that_is_dead_or_unused_makes_the_scan_incomplete(self):
        alice, bob = token("alice"), token("bob")
        api = Api(self, bearer(("alice", alice)))
        self.refused(api.url(), "--token", alice, "--as", "bob=" + bob, reason="the token of 'bob' is refused at GET /api/me")
        for others in (403, 404):
            works = Api(self, bearer(("alice", alice), ("bob", bob)), others)
            self.scan(works.url("/api/vault"), "--token", alice, "--as", "bob=" + bob)
            self.scan(works.url(), "--token", alice, "--as", "bob=" + bob)

    def test_a_gate_without_a_token_is_hollow_unless_the_api_is_said_to_have_none(self):
        api = Api(self, {})
        self.refused(api.url("/public"), "--fail-on", "critical", reason="authentication was not tested.*--anonymous")
        self.scan(api.url("/public"), "--fail-on", "critical", "--anonymous")
        self.scan(api.url("/public"))

    def test_a_firm_critical_finding_caps_the_score_as_a_confirmed_one_does(self):
        for confidence, capped in (("confirmed", True), ("firm", True), ("tentative", False)):
            report = self.one_finding(confidence)
            run = self.batten("convert", report, "--format", "json", "--suppress", self.file("none", ""))
            self.assertEqual(capped, run.report["score"] <= 39, confidence)

    def one_finding(self, confidence):
        alice = token("alice")
        run = self.scan(Api(self, bearer(("alice", alice))).url(), "--token", alice)
        report = run.report
        finding = dict(report["findings"][0], severity="critical", confidence=confidence)
        report["findings"] = [finding]
        return self.file("report.json", json.dumps(report))


if __name__ == "__main__":
    unittest.main()
