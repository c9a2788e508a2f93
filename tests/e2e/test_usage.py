"""Wrong usage ends with 2 and says what is wrong; the gate ends with 0 or 1."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import unittest

from support import AMBIENT, BATTEN, Case, load_in_parallel as load_tests  # noqa: F401


class Usage(Case):
    def refused(self, *arguments, names=(), environment=None):
        """Exit code 2, nothing on standard output, and each of `names` on standard error."""
        target = self.target()
        given = [target.url if one == "URL" else target.token if one == "TOKEN" else one for one in arguments]
        run = self.batten("scan", *given, environment=environment)
        self.assertEqual(2, run.code, f"exit code; stderr: {run.stderr}")
        self.assertEqual("", run.stdout)
        for name in names:
            self.assertIn(name, run.stderr)
        self.assertEqual(0, target.count, "requests were sent in spite of wrong usage")
        return run

    def test_an_unknown_option_is_named_with_the_nearest(self):
        self.refused("URL", "--token", "TOKEN", "--treshold", "50", names=("--treshold", "--threshold"))
        self.refused("URL", "--tokn", "TOKEN", names=("--tokn", "--token"))
        self.refused("URL", "--wordlists", "x", names=("--wordlists", "--wordlist"))

    def test_an_unparsable_threshold_is_wrong_usage(self):
        for value in ("abc", "", "50x", "-1", "101", "1e9", "G", "AA", "50.5.5", " ", "99999999999999999999"):
            with self.subTest(value):
                self.refused("URL", "--token", "TOKEN", "--threshold", value, names=("threshold",))

    def test_an_unparsable_fail_under_is_wrong_usage(self):
        self.refused("URL", "--token", "TOKEN", "--fail-under", "101")

    def test_a_threshold_with_equals_sign_is_read(self):
        self.refused("URL", "--token", "TOKEN", "--threshold=101", names=("101",))

    def test_an_unknown_severity_is_named_with_the_nearest(self):
        self.refused("URL", "--token", "TOKEN", "--fail-on", "hihg", names=("hihg", "high"))

    def test_an_unknown_format_is_named(self):
        self.refused("URL", "--token", "TOKEN", "--format", "jsno", names=("jsno", "json"))

    def test_an_unknown_depth_is_named(self):
        self.refused("URL", "--token", "TOKEN", "--active", "forgery", names=("forgery",))

    def test_an_unreadable_spec_is_wrong_usage(self):
        self.refused("URL", "--token", "TOKEN", "--spec", "/nowhere/openapi.json", names=("/nowhere/openapi.json",))
        self.refused("URL", "--token", "TOKEN", "--spec", self.directory, names=(self.directory,))

    def test_a_spec_that_is_no_spec_is_wrong_usage(self):
        for name, content in (("empty.json", ""), ("list.json", "[]"), ("broken.json", '{"openapi": '),
                              ("other.json", '{"hello": 1}'), ("binary.json", b"\0\xff\xfe")):
            with self.subTest(name):
                self.refused("URL", "--token", "TOKEN", "--spec", self.file(name, content), names=(name,))

    def test_an_unreadable_key_file_is_wrong_usage(self):
        for option in ("--signing-key", "--public-key"):
            self.refused("URL", "--token", "TOKEN", option, "/nowhere/key.pem", names=("/nowhere/key.pem",))

    def test_a_key_file_that_holds_no_key_is_wrong_usage(self):
        path = self.file("key.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
        for option in ("--signing-key", "--public-key"):
            self.refused("URL", "--token", "TOKEN", option, path, names=("key.pem",))

    def test_an_unreadable_certificate_file_is_wrong_usage(self):
        for option in ("--cacert", "--cert", "--key"):
            with self.subTest(option):
                self.refused("URL", "--token", "TOKEN", option, "/nowhere/x.pem", names=(option, "/nowhere/x.pem"))

    def test_an_address_for_a_host_that_is_none_is_wrong_usage(self):
        for value in ("x", "api.test:443", "api.test:https:127.0.0.1", "api.test:443:here", "api.test:70000:127.0.0.1", ":443:::1",
                      "api.test:443:127.0.0.1,there"):
            with self.subTest(value):
                self.refused("URL", "--token", "TOKEN", "--resolve", value, names=("--resolve", value))

    def test_two_reports_in_one_file_are_wrong_usage(self):
        self.refused("URL", "--token", "TOKEN", "--format", "json", "--output", "one", "--format", "sarif", "--output", "one",
                     names=("one", "twice"))

    def test_an_unreadable_word_list_is_wrong_usage(self):
        self.refused("URL", "--token", "TOKEN", "--wordlist", "/nowhere/words", names=("/nowhere/words",))

    def test_a_token_that_is_no_token_is_wrong_usage(self):
        for token in ("hello", "a.b", "a.b.c", "", "...", "eyJhbGciOiJIUzI1NiJ9..", "eyJ.eyJ.\n", "Bearer x.y.z"):
            with self.subTest(token):
                self.refused("URL", "--token", token, names=("token",))

    def test_a_token_from_nowhere_is_wrong_usage(self):
        self.refused("URL", "--token", "@/nowhere/token", names=("/nowhere/token",))
        self.refused("URL", "--token", "env:NOT_SET_ANYWHERE", names=("NOT_SET_ANYWHERE",))
        self.refused("URL", "--token", "cmd:/nowhere/command", names=("/nowhere/command",))
        self.refused("URL", "--token", "cmd:/bin/false", names=("/bin/false",))

    def test_a_rate_below_one_is_wrong_usage(self):
        for value in ("0.5", "0", "-3", "x", "", "nan", "inf"):
            with self.subTest(value):
                self.refused("URL", "--token", "TOKEN", "--rate", value, names=("rate",))

    def test_other_bad_numbers_are_wrong_usage(self):
        for option in ("--concurrency", "--max-requests", "--timeout"):
            for value in ("0", "-1", "x", ""):
                with self.subTest(option=option, value=value):
                    self.refused("URL", "--token", "TOKEN", option, value, names=(option.strip("-"),))

    def test_an_option_without_its_value_is_wrong_usage(self):
        self.refused("URL", "--token", names=("--token",))

    def test_no_url_and_two_urls_are_wrong_usage(self):
        self.refused("--token", "TOKEN")
        self.refused("URL", "URL", "--token", "TOKEN")

    def test_a_url_that_is_no_http_url_is_wrong_usage(self):
        for url in ("ftp://127.0.0.1/", "127.0.0.1", "http://", "http:///x", "file:///etc/hostname", "http://127.0.0.1:99999/",
                    "http://127.0.0.1:1/a b", "javascript:alert(1)"):
            with self.subTest(url):
                self.refused(url, "--token", "TOKEN")

    def test_a_bad_place_of_the_token_is_wrong_usage(self):
        for place in ("cookies:session", "cookie:", "query", "header:a b", "header:X\r\nY"):
            with self.subTest(place):
                self.refused("URL", "--token", "TOKEN", "--token-in", place)

    def test_a_header_that_would_split_the_request_is_wrong_usage(self):
        for header in ("X: a\r\nY: b", "no colon", ": nameless", "X Y: a"):
            with self.subTest(header):
                self.refused("URL", "--token", "TOKEN", "--header", header)

    def test_an_unknown_key_in_the_configuration_file_is_named_with_its_place(self):
        path = self.file("batten.yaml", "treshold: 50\n")
        self.refused("URL", "--token", "TOKEN", "--config", path, names=("treshold", "batten.yaml"))

    def test_an_unreadable_replay_is_wrong_usage(self):
        self.refused("URL", "--token", "TOKEN", "--replay", "/nowhere/recording", names=("/nowhere/recording",))
        self.refused("URL", "--token", "TOKEN", "--replay", self.file("recording", "not one"), names=("recording",))

    def test_an_output_that_cannot_be_written_is_no_pass(self):
        target = self.target()
        run = self.batten("scan", target.url, "--token", target.token, "--format", "json", "--output", "/nowhere/x/report.json")
        self.assertIn(run.code, (2, 4))

    def test_an_unknown_command_is_named_with_the_nearest(self):
        run = self.batten("scann")
        self.assertEqual(2, run.code)
        self.assertIn("scann", run.stderr)
        self.assertIn("scan", run.stderr.replace("scann", ""))

    def test_help_and_version_end_with_0_on_standard_output(self):
        for arguments in (["--version"], ["--help"], ["scan", "--help"], ["-V"], ["version"], ["-h"], ["help"]):
            run = self.batten(*arguments)
            self.assertEqual((0, ""), (run.code, run.stderr))
            self.assertTrue(run.stdout.strip())

    def test_help_of_a_group_names_its_commands_alone(self):
        run = self.batten("guard", "keys", "--help")
        self.assertEqual((0, ""), (run.code, run.stderr))
        self.assertIn("guard keys rotate", run.stdout)
        self.assertNotIn("guard serve", run.stdout)

    def test_help_stays_within_eighty_columns_and_shows_no_empty_options(self):
        for arguments in (["--help"], ["guard", "--help"], ["guard", "check", "--help"]):
            text = self.batten(*arguments).stdout
            self.assertEqual([], [line for line in text.splitlines() if len(line) > 80])
            self.assertNotIn("Options:\n\n", text)
        self.assertIn("Options:", self.batten("guard", "serve", "--help").stdout)

    def test_help_names_every_option_of_the_contract(self):
        text = self.batten("scan", "--help").stdout
        for option in ("--token", "--as", "--token-in", "--spec", "--header", "--method", "--data", "--public-key",
                       "--signing-key", "--expired", "--foreign", "--wordlist", "--active", "--i-am-authorized",
                       "--allow-writes", "--rate", "--concurrency", "--max-requests", "--timeout", "--canary",
                       "--include", "--exclude", "--format", "--output", "--threshold", "--fail-on", "--record", "--replay",
                       "--logout"):
            self.assertIn(option, text)


class Gate(Case):
    """What is true of every target here is suppressed, as an owner would: the gate sees the rest."""

    def gate(self, target, *arguments, code):
        known = self.file("known.txt", "".join(f"{check} GET /api/me until 2099-12-31: {why}\n"
                                               for check, why in AMBIENT.items()))
        return self.scan_target(target, "--suppress", known, *arguments, code=code)

    def test_a_strict_target_passes_any_gate(self):
        target = self.target()
        for gate in (["--threshold", "80"], ["--threshold", "B"], ["--fail-on", "low"], ["--fail-under", "60"], []):
            with self.subTest(gate):
                self.gate(target, *gate, code=0)

    def test_a_critical_finding_fails_the_gate(self):
        target = self.target(flaw="alg-none")
        for gate in (["--threshold", "40"], ["--threshold", "D"], ["--fail-on", "critical"], ["--fail-on", "low"],
                     ["--fail-under", "40"], ["--threshold", "100"]):
            with self.subTest(gate):
                self.gate(target, *gate, code=1)

    def test_a_critical_finding_without_a_gate_ends_with_0(self):
        self.gate(self.target(flaw="alg-none"), code=0)

    def test_a_critical_finding_passes_a_threshold_under_its_score(self):
        self.gate(self.target(flaw="alg-none"), "--threshold", "0", code=0)

    def test_a_low_finding_fails_only_a_gate_that_asks_for_low(self):
        target = self.target(flaw="scheme-lax:other")
        self.gate(target, "--fail-on", "low", code=1)
        self.gate(target, "--fail-on", "medium", code=0)
        self.gate(target, "--fail-on", "critical", code=0)

    def test_the_threshold_is_compared_with_the_reports_own_score(self):
        target = self.target(flaw="in-query:token")
        score = self.gate(target, code=0).report["score"]
        self.gate(target, "--threshold", str(score), code=0)
        self.gate(target, "--threshold", str(score + 1), code=1)

    def test_a_baseline_that_knows_the_finding_passes_fail_on_new(self):
        weak, strict = self.target(flaw="alg-none"), self.target()
        known = self.file("known.json", self.gate(weak, code=0).stdout)
        clean = self.file("clean.json", self.gate(strict, code=0).stdout)
        self.gate(weak, "--baseline", known, "--fail-on-new", code=0)
        self.gate(weak, "--baseline", clean, "--fail-on-new", code=1)

    def test_a_failed_gate_still_writes_every_report(self):
        target = self.target(flaw="alg-none")
        path = os.path.join(self.directory, "report.json")
        run = self.batten("scan", target.url, "--token", target.token, "--fail-on", "high", "--format", "json",
                          "--output", path)
        self.assertEqual(1, run.code)
        with open(path, encoding="utf-8") as file:
            self.assertIn("jwt-alg-none", [one["check"] for one in json.load(file)["findings"]])


class Tokens(Case):
    """The commands that work on tokens without a target."""

    def test_a_minted_token_holds_what_was_given_in_its_order_and_is_taken_apart_again(self):
        key = self.file("key.secret", "secret")
        claims = '{"sub":"a","z":1,"b":2,"password":"x","exp":1}'
        minted = self.batten("token", "mint", "--key", key, "--alg", "HS256", "--kid", "k1", "--claims", claims)
        self.assertEqual(0, minted.code)
        token = minted.stdout.strip()
        seen = json.loads(self.batten("token", "inspect", "--format", "json", token).stdout)
        self.assertEqual(["sub", "z", "b", "password", "exp"], [one["name"] for one in seen["claims"]])
        self.assertIn("k1", [one["value"] for one in seen["header"]])
        self.assertIs(False, seen["verified"])
        self.assertIn("jwt-sensitive-claim", [one["check"] for one in seen["weaknesses"]])
        self.assertLessEqual({"jwt-iss-ignored", "jwt-aud-ignored"}, {one["check"] for one in seen["weaknesses"]})
        named = self.batten("token", "mint", "--key", key, "--alg", "HS256", "--claims", '{"iss":"i","aud":"a","exp":1}').stdout.strip()
        self.assertEqual([], json.loads(self.batten("token", "inspect", "--format", "json", named).stdout)["weaknesses"])
        self.assertIn("1970-01-01", self.batten("token", "inspect", token).stdout)

    def test_a_token_runs_no_command_whoever_wrote_it(self):
        place = os.path.join(self.directory, "ran")
        for word in ("inspect", "weak"):
            self.assertEqual(2, self.batten("token", word, f"cmd:touch {place}").code)
            self.assertFalse(os.path.exists(place))

    def test_a_token_in_a_file_is_verified_as_one_in_the_command_line(self):
        key = self.file("k.secret", "k" * 32)
        os.chmod(key, 0o600)
        policy = self.file("p.yaml", "version: 1\nissuers:\n  - {issuer: i, algorithms: [HS256], audiences: [a], keys: {file: k.secret}}\n")
        token = self.batten("token", "mint", "--key", key, "--alg", "HS256", "--claims", '{"iss":"i","aud":"a","exp":4102444800}').stdout
        for text, code in ((token, 0), (token.replace(".", "", 1), 1)):
            self.assertEqual(code, self.batten("token", "verify", "--policy", policy, "@" + self.file("t", text)).code)
        self.assertEqual(2, self.batten("token", "verify", "--policy", policy, "@/none").code)

    def test_a_weak_secret_is_found_and_shown_only_when_asked_for(self):
        word = "zyx-orchid-4711"
        token = self.batten("token", "mint", "--key", self.file("key.secret", word), "--alg", "HS512", "--claims",
                            "{}").stdout.strip()
        words = self.file("words", f"alpha\n{word}\n")
        self.assertEqual(0, self.batten("token", "weak", token).code)
        found = self.batten("token", "weak", "--wordlist", words, token)
        self.assertEqual(1, found.code)
        self.assertNotIn(word, found.stdout)
        self.assertIn(word, self.batten("token", "weak", "--show", "--wordlist", words, token).stdout)

    def test_an_empty_secret_is_called_so(self):
        part = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=")  # noqa: E731
        text = part(b'{"alg":"HS256"}') + b"." + part(b"{}")
        token = (text + b"." + part(hmac.new(b"", text, hashlib.sha256).digest())).decode()
        self.assertIn("the empty secret", self.batten("token", "weak", token).stdout)

    def test_a_byte_order_mark_before_a_text_of_the_user_is_no_part_of_it(self):
        claims = self.file("claims.json", "\ufeff{\"sub\":\"a\"}\r\n")
        minted = self.batten("token", "mint", "--key", self.file("key.secret", "orchid-4711"), "--alg", "HS256", "--claims", f"@{claims}")
        token = self.file("token.txt", "\ufeff" + minted.stdout.strip() + "\r\n")
        self.assertEqual(0, self.batten("token", "inspect", f"@{token}").code)
        words = self.file("words", "\ufefforchid-4711\r\n")
        self.assertEqual(1, self.batten("token", "weak", "--wordlist", words, f"@{token}").code)

    def test_without_a_word_the_token_is_what_is_piped_in(self):
        minted = self.batten("token", "mint", "--key", self.file("key.secret", "secret"), "--alg", "HS256", "--claims", "{}")
        run = subprocess.run([BATTEN, "token", "inspect"], input=minted.stdout, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((0, ""), (run.returncode, run.stderr))
        self.assertIn("HS256", run.stdout)

    def test_what_is_no_token_or_no_key_is_wrong_usage_and_says_why(self):
        key = self.file("key.secret", "secret")
        for arguments, says in ((["inspect", "abc"], "no JSON Web Token"), (["weak", "abc"], "HS256"), (["inspect"], "no JSON Web Token"),
                                (["mint", "--key", key, "--alg", "RS256", "--claims", "{}"], "does not fit"),
                                (["mint", "--key", key, "--alg", "HS256", "--claims", "["], "no JSON object"),
                                (["mint", "--key", "/nowhere", "--alg", "HS256", "--claims", "{}"], "/nowhere")):
            with self.subTest(arguments):
                run = self.batten("token", *arguments)
                self.assertEqual((2, ""), (run.code, run.stdout))
                self.assertIn(says, run.stderr)


if __name__ == "__main__":
    unittest.main()
