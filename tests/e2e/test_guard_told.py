"""Nothing of the client's under the guard's names: what the application gets behind proxies that copy the answer's headers."""
import unittest

from guarded import POLICY, Case, mint

NAMES = ("X-Batten-Subject", "X-Batten-Scopes", "X-Batten-Issuer", "X-User-Email")
IMITATIONS = ("X_Batten_Subject", "x-batten_subject", "X.Batten-Subject", "X_User_Email", "X-User_Email")
REQUEST = {"nginx": ("X-Original-Method", "X-Original-URI", "X-Original-Host"),
           "traefik": ("X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"),
           "caddy": ("X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host")}


def overwrites(sent, told):
    """auth_request_set and proxy_set_header; Envoy's allowed_upstream_headers; Caddy from 2.11.2 on; what is absent is kept."""
    return {**sent, **{name.lower(): told[name] for name in NAMES if name in told}}


def deletes(sent, told):
    """Traefik's authResponseHeaders: each is taken off the request, then copied if the answer has it."""
    kept = {name: value for name, value in sent.items() if name not in {one.lower() for one in NAMES}}
    return overwrites(kept, told)


def keeps_for_empty(sent, told):
    """Caddy's copy_headers up to 2.10: a header that is empty in the answer is not copied."""
    return {**sent, **{name.lower(): told[name] for name in NAMES if told.get(name)}}


COPIES = {"nginx": overwrites, "traefik": deletes, "caddy": keeps_for_empty, "envoy": overwrites}


class Told(Case):
    def through(self, kind, path, sent, token):
        """What the application would get for these headers of a client; None: refused."""
        credentials = [("Authorization", f"Bearer {token}")] if token else []
        if kind == "envoy":
            fields = [("Host", "h"), *sent.items(), *credentials]
            status, told, _ = self.get(path, fields=fields)
        else:
            fields = [("Host", "guard"), *zip(REQUEST[kind], ("GET", path, "h")), *sent.items(), *credentials]
            status, told, _ = self.get("/", fields=fields)
        if status == 403:
            return None
        self.assertIn(status, (200, 204), (kind, path, sent))
        self.assertEqual([1] * len(NAMES), [len(told.get_all(name, [])) for name in NAMES], "each is named, once")
        return COPIES[kind]({name.lower(): value for name, value in sent.items()}, told)

    def test_no_header_of_the_client_reaches_the_application_under_a_name_of_the_guard(self):
        cases = {"public": ("/health", None, ""), "public with a token": ("/health", mint(), ""), "protected": ("/files/a", mint(email="a@b"), "a@b"),
                 "without the claim": ("/files/a", mint(email=None), "null"), "an empty claim": ("/files/a", mint(email=""), "")}
        for kind, copies in COPIES.items():
            self.start("--proxy", kind, "--threads", "1")
            for name, (path, token, email) in cases.items():
                with self.subTest(kind=kind, case=name):
                    clean = self.through(kind, path, {}, token)
                    self.assertEqual(email, clean.get("x-user-email", ""))
                    for spoofed in NAMES:
                        got = self.through(kind, path, {spoofed: "admin"}, token)
                        self.assertNotIn("admin", (got or {}).values(), spoofed)
                        if copies is not keeps_for_empty:
                            self.assertEqual({**clean, spoofed.lower(): clean.get(spoofed.lower(), "")}, got, "overwritten, not refused")
                    for spoofed in IMITATIONS:
                        self.assertIsNone(self.through(kind, path, {spoofed: "admin"}, token), spoofed)
                    self.assertIn("x-batten-subjects", self.through(kind, path, {"X-Batten-Subjects": "x"}, token), "another name")
            self.process.terminate()

    def test_an_answer_names_each_header_also_when_it_only_observes(self):
        self.write("policy.yaml", POLICY + "mode: observe\n")
        self.start()
        status, told, _ = self.ask()
        self.assertEqual((204, [""] * 4), (status, [told[name] for name in NAMES]))

    def test_a_claim_that_is_too_long_for_a_header_is_told_as_empty(self):
        self.start()
        for length, shown in ((1300, 1300), (5000, 0)):
            told = self.ask(token=mint(email="a" * length))[1]
            self.assertEqual(("u1", shown), (told["X-Batten-Subject"], len(told["X-User-Email"])))
            self.assertEqual(403 if not shown else 204, self.caddy_like(mint(email="a" * length)))

    def caddy_like(self, token):
        """A second daemon, for Caddy, and a client that sends the header itself."""
        other = type(self)("caddy_like")
        other.setUp()
        self.addCleanup(other.doCleanups)
        other.start("--proxy", "caddy")
        fields = [("Host", "g"), *zip(REQUEST["caddy"], ("GET", "/files/a", "h")), ("X-User-Email", "boss"), ("Authorization", f"Bearer {token}")]
        return other.get("/", fields=fields)[0]

    def test_a_refusal_names_none(self):
        self.start()
        told = self.ask(token=mint(aud="other"))[1]
        self.assertEqual([None] * 4, [told[name] for name in NAMES])


if __name__ == "__main__":
    unittest.main()
