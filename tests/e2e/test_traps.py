"""False-positive traps: a strict API behind something misleading gives no token finding; a flawed one still does."""
import sys
import unittest

from skipping import SkippingClock
from support import Case, load_in_parallel as load_tests, sentence  # noqa: F401

SLOW = {"timeout": 120}


class Traps(Case):
    def scan_limited(self, trap, shape="", flaw="", **options):
        """A scan of a target with a rate limit, by a clock that both share: it jumps over the scanner's waits, however long or busy."""
        clock = SkippingClock(self.directory)
        target = self.target(shape=shape, trap=trap, flaw=flaw, clock=clock.now)
        run = self.scan_target(target, environment=clock.environment, **SLOW, **options)
        self.assertGreater(clock.passed, 0.9, "the scanner has not waited for the limit to lift")
        return run

    def test_a_single_page_app_gives_no_finding_and_says_what_was_not_tested(self):
        for style in ("", "volatile"):
            with self.subTest(style):
                run = self.scan_target(self.target(shape=style, trap="spa"), code=(0, 3))
                self.assert_nothing_else(run)
                for check in ("jwt-alg-none", "jwt-signature-ignored", "jwt-signature-missing", "jwt-kid-path"):
                    self.assertIn(check, run.not_tested())

    def test_a_public_operation_is_exactly_one_open_endpoint_and_token_checks_are_not_tested(self):
        for shape in ("", "volatile", "cookie", "RS256+volatile", "html+volatile"):
            with self.subTest(shape):
                run = self.scan_target(self.target(shape=shape, trap="public"))
                self.assertEqual(1, run.found().count("open-endpoint"))
                self.assert_found(run, "open-endpoint", "critical")
                for check in ("jwt-alg-none", "jwt-signature-ignored", "jwt-signature-missing"):
                    self.assertIn(check, run.not_tested())

    def test_a_gateway_that_strips_the_header_makes_the_scan_incomplete(self):
        run = self.scan_target(self.target(trap="gateway-strips"), code=3)
        self.assert_nothing_else(run)
        self.assertIs(True, run.report["partial"])

    def test_a_gateway_that_strips_malformed_headers_gives_no_finding(self):
        for style in ("rest", "ok-error", "ok-status+volatile", "redirect"):
            with self.subTest(style):
                run = self.scan_target(self.target(shape=style, trap="gateway-strips-malformed"))
                self.assert_nothing_else(run)
                self.assert_tested(run, "jwt-alg-none", "jwt-signature-ignored")

    def test_a_rate_limit_that_never_lifts_leaves_the_later_checks_not_tested(self):
        for trap in ("rate-forever-429", "rate-forever-403"):
            for style in ("rest", "plain-403", "ok-status+volatile"):
                with self.subTest(trap=trap, style=style):
                    run = self.scan_limited(trap, style, code=(0, 3))
                    self.assert_nothing_else(run)
                    self.assertTrue(any(check.startswith("jwt-") and "key" not in reason
                                        for check, reason in run.not_tested().items()))

    def test_rate_limits_that_lift_give_no_finding(self):
        for trap in ("rate-retry-after", "rate-window", "rate-block-403"):
            for style in ("rest", "plain-403", "ok-error+volatile"):
                with self.subTest(trap=trap, style=style):
                    self.assert_nothing_else(self.scan_limited(trap, style, code=(0, 3)))

    def test_with_retry_after_honoured_every_check_is_made(self):
        run = self.scan_limited("rate-retry-after")
        self.assert_tested(run, "jwt-alg-none", "jwt-signature-ignored", "jwt-signature-missing", "jwt-kid-path")

    def test_a_token_that_expires_during_the_scan_gives_no_finding(self):
        for style in ("rest", "ok-status+volatile", "redirect"):
            with self.subTest(style):
                target = self.target(shape=style, trap="expiring")
                run = self.scan_target(target, code=(0, 3), rate=15, **SLOW)
                self.assert_nothing_else(run)
                self.assertTrue(any(check.startswith("jwt-") and "key" not in reason
                                    for check, reason in run.not_tested().items()))

    def test_a_token_from_a_command_is_fetched_anew_when_it_expires(self):
        target = self.target(flaw="alg-none", trap="expiring")
        mint = self.file("mint.py", MINT.format(key=target.key.secret, claims=target.claims()))
        run = self.scan(target.url, "--token", f"cmd:{sys.executable} {mint}", rate=15, **SLOW)
        self.assert_found(run, "jwt-alg-none", "critical")
        self.assert_tested(run, "jwt-signature-missing", "jwt-signature-ignored", "jwt-secret-blank", "jwt-kid-path")

    def test_an_answer_that_echoes_the_good_tokens_subject_is_no_semantics(self):
        for alg in ("HS256", "RS256"):
            with self.subTest(alg):
                run = self.scan_target(self.target(shape=alg + "+volatile"), needs=("claims",))
                self.assertEqual([], [one for one in run.found() if one.startswith("claim-")])
                self.assert_nothing_else(run)

    def test_a_limit_that_the_scan_keeps_to_is_a_limit(self):
        run = self.scan_limited("rate-retry-after", code=(0, 3))
        self.assertNotIn("no-throttle", run.found())

    def test_five_minutes_of_leeway_are_no_finding_even_with_the_signing_key(self):
        run = self.scan_target(self.target(trap="leeway-300"), needs=("key",))
        self.assert_nothing_else(run)
        self.assert_tested(run, "jwt-exp-ignored", "jwt-nbf-ignored", "jwt-iat-future")


MINT = '''import base64, hashlib, hmac, json, time
def b64(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
now = int(time.time())
claims = {{**{claims!r}, "iat": now - 1, "nbf": now - 1, "exp": now + 2}}
header = {{"alg": "HS256", "typ": "at+jwt", "kid": "main"}}
signed = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
print(signed + "." + b64(hmac.new({key!r}, signed.encode(), hashlib.sha256).digest()))
'''


def clean(trap, shape):
    def test(self):
        run = self.scan_target(self.target(shape=shape, trap=trap), code=(0, 3), **SLOW)
        # what a shared cache does is a finding of its own family, and a true one
        self.assert_nothing_else(run, allowed=("cache-authenticated",) if trap.startswith("cache") else ())
    return test


def still_finds(trap, shape, flaw, check):
    def test(self):
        if trap.startswith("rate-"):
            run = self.scan_limited(trap, shape, flaw)
        else:
            run = self.scan_target(self.target(shape=shape, trap=trap, flaw=flaw), **SLOW)
        self.assert_found(run, check, "critical")
    return test


for trap_ in ("cache-polite", "cache-silent", "cache-long", "flaky", "leeway-300", "echo-authorization", "echo-kid",
              "kid-400", "drop-big-header", "big-header-502", "big-header-431"):
    for shape_ in ("rest", "ok-error", "ok-status+volatile", "html-200+volatile", "RS256", "ES256+hidden-404"):
        setattr(Traps, sentence(f"{trap_} before a strict target of shape {shape_} gives no finding"),
                clean(trap_, shape_))
for trap_ in ("rate-retry-after", "rate-window", "echo-authorization", "echo-kid", "kid-400", "drop-big-header",
              "leeway-300", "flaky"):
    for flaw_, check_ in (("alg-none", "jwt-alg-none"), ("signature-missing", "jwt-signature-missing")):
        setattr(Traps, sentence(f"{flaw_} is found in spite of {trap_}"), still_finds(trap_, "rest", flaw_, check_))


if __name__ == "__main__":
    unittest.main()
