"""Every flaw at its plain shape: found, with its severity, alone; and its strict twin: tested, and clean."""
import json
import unittest

from support import ALL, Case, load_in_parallel as load_tests, sentence  # noqa: F401

from flaws import FLAWS

# A fetch that nobody makes proves nothing, so on a strict target these stay listed as not tested.
REACH_UNPROVEN = {"jwt-jku-fetched", "jwt-x5u-fetched", "claim-url-fetched"}


class Flaws(Case):
    """One test a flaw, made below."""


class Strict(Case):
    """One test for each set of inputs that some flaw needs, made below."""


def finds(flaw):
    def test(self):
        target = self.target(flaw=flaw.name)
        run = self.scan_target(target)
        self.assert_found(run, flaw.check, flaw.severity, also=flaw.also)
    return test


def is_clean(alg, place, needs, bound, flaws):
    def test(self):
        target = self.target(shape=f"{alg}+{place}", bound=bound)
        proof = ["--header", "DPoP: " + target.proof()] if bound else []
        run = self.scan_target(target, *proof, needs=needs)
        self.assert_nothing_else(run)
        for check in {flaw.check for flaw in flaws}:
            if check in REACH_UNPROVEN:
                self.assertIn(check, run.not_tested())
            else:
                self.assert_tested(run, check)
    return test


for row in FLAWS.values():
    setattr(Flaws, sentence(f"{row.name} is found as {row.check} {row.severity} and nothing else is"), finds(row))

groups = {}
for row in FLAWS.values():
    groups.setdefault((row.alg, row.place, row.needs, row.base == "not-bound"), []).append(row)
for (alg_, place_, needs_, bound_), rows in groups.items():
    given = " and ".join(needs_) or "a token alone"
    title = f"a strict {alg_} {place_} target {'with bound tokens ' if bound_ else ''}scanned with {given} is tested and clean"
    setattr(Strict, sentence(title), is_clean(alg_, place_, needs_, bound_, rows))


class SpareTokens(Case):
    """The same rules without a signing key, by tokens that the user has at hand."""

    def test_an_expired_token_alone_shows_that_exp_is_ignored(self):
        target = self.target(flaw="exp-ignored")
        run = self.scan_target(target, "--expired", target.expired(), needs=())
        self.assert_found(run, "jwt-exp-ignored", "high")

    def test_a_good_token_that_has_long_expired_shows_it_too(self):
        target = self.target(flaw="exp-ignored")
        run = self.scan(target.url, "--token", target.expired())
        self.assert_found(run, "jwt-exp-ignored", "high")
        self.assertNotIn("jwt-exp-ignored", self.scan(target.url, "--token", target.mint()).found("info"))

    def test_a_foreign_token_alone_shows_that_aud_is_ignored(self):
        target = self.target(flaw="aud-ignored")
        run = self.scan_target(target, "--foreign", target.foreign(), needs=())
        self.assert_found(run, "jwt-aud-ignored", "high")

    def test_a_strict_target_refuses_expired_and_foreign_tokens_and_is_clean(self):
        target = self.target()
        run = self.scan_target(target, "--expired", target.expired(), "--foreign", target.foreign())
        self.assert_nothing_else(run)
        self.assert_tested(run, "jwt-exp-ignored", "jwt-aud-ignored")

    def test_without_key_or_spare_tokens_the_token_rules_are_listed_as_not_tested(self):
        run = self.scan_target(self.target())
        for check in ("jwt-exp-ignored", "jwt-exp-missing", "jwt-nbf-ignored", "jwt-iat-future", "jwt-iss-ignored",
                      "jwt-aud-ignored", "jwt-typ-confusion", "jwt-crit-ignored", "jwt-alg-not-pinned",
                      "jwt-claim-type", "jwt-duplicate-member"):
            self.assertIn("--signing-key", run.not_tested().get(check, "not listed"), check)
        self.assertIn("--expired", run.not_tested()["jwt-exp-ignored"])
        self.assertIn("--foreign", run.not_tested()["jwt-aud-ignored"])
        self.assertIn("--logout", run.not_tested()["jwt-revoked-accepted"])

    def test_an_expired_token_given_as_expired_that_is_still_valid_is_no_finding(self):
        target = self.target()
        run = self.scan_target(target, "--expired", target.mint(), code=(0, 2))
        if run.code == 0:
            self.assertNotIn("jwt-exp-ignored", run.found("info"))

    def test_the_signing_key_may_be_a_raw_secret(self):
        target = self.target(flaw="exp-missing")
        run = self.scan(target.url, "--token", target.token, "--signing-key",
                        self.file("signing.secret", target.key.secret))
        self.assert_found(run, "jwt-exp-missing", "medium")

    def test_the_signing_key_may_be_a_pem(self):
        target = self.target(shape="RS256", flaw="exp-missing")
        run = self.scan(target.url, "--token", target.token, "--signing-key",
                        self.file("signing.pem", target.key.private_pem()))
        self.assert_found(run, "jwt-exp-missing", "medium")

    def test_a_signing_key_that_did_not_sign_the_token_is_never_taken_for_the_owners(self):
        target, other = self.target(flaw="exp-ignored"), self.target(flaw="secret-weak")
        run = self.scan(target.url, "--token", target.token, "--signing-key", other.signing_key_file(), code=(0, 2))
        if run.code == 0:
            self.assert_nothing_else(run)
            self.assertIn("jwt-exp-ignored", run.not_tested())


LONG = 300  # the arithmetic takes 40 s of a processor for 2048 bits


class PublicKeys(Case):
    """The ways to the public key that key confusion needs."""

    def test_a_public_key_given_as_pem_finds_key_confusion_without_a_published_key_set(self):
        target = self.target(flaw="key-confusion:pem", jwks=False)
        run = self.scan_target(target, "--public-key", target.public_key_file())
        self.assert_found(run, "jwt-key-confusion", "critical")

    def test_a_public_key_given_as_jwks_url_finds_key_confusion(self):
        target = self.target(flaw="key-confusion:pem")
        run = self.scan_target(target, "--public-key", target.origin + "/.well-known/jwks.json")
        self.assert_found(run, "jwt-key-confusion", "critical")

    @unittest.skipUnless(ALL, "takes a processor for the better part of a minute: ./check --all")
    def test_two_tokens_of_one_rsa_key_give_the_public_key_away(self):
        target = self.target(flaw="key-confusion:pem", jwks=False)
        run = self.scan_target(target, "--as", "other=" + target.mint(sub="user-8"), timeout=LONG)
        self.assert_found(run, "jwt-key-confusion", "critical")

    def test_two_tokens_of_one_rsa_key_with_exponent_3_give_the_public_key_away(self):
        """The same in a moment; the arithmetic with exponent 65537 is tested with short keys in tests/unit/test_token.c."""
        target = self.target(flaw="key-confusion:pem", jwks=False, exponent=3)
        run = self.scan_target(target, "--as", "other=" + target.mint(sub="user-8"))
        self.assert_found(run, "jwt-key-confusion", "critical")

    def test_an_expired_token_helps_to_derive_the_public_key(self):
        target, recording = self.target(flaw="key-confusion:pem", jwks=False, exponent=3), self.directory + "/rec"
        run = self.scan_target(target, "--expired", target.expired(), "--record", recording)
        self.assert_found(run, "jwt-key-confusion", "critical")

        again = self.scan("--replay", recording, rate=None)
        self.assertEqual(run.report, again.report)

        with open(recording, encoding="utf-8") as file:
            lines = [line for line in file if json.loads(line).get("probe") != "derived-key"]
        without = self.scan("--replay", self.file("without", "".join(lines)), rate=None)
        self.assertIn("jwt-key-confusion", without.not_tested(), "a replay derives no key, it takes the one of the recording")

    def test_without_any_way_to_the_public_key_key_confusion_is_not_tested(self):
        run = self.scan_target(self.target(flaw="key-confusion:pem", jwks=False))
        self.assertIn("jwt-key-confusion", run.not_tested())
        self.assert_nothing_else(run)

    def test_key_confusion_is_found_for_every_public_key_algorithm(self):
        for alg in ("RS256", "PS256", "ES256", "EdDSA"):
            with self.subTest(alg):
                run = self.scan_target(self.target(shape=alg, flaw="key-confusion:pem"))
                self.assert_found(run, "jwt-key-confusion", "critical")

    def test_several_public_keys_may_be_given(self):
        target, other = self.target(flaw="key-confusion:pem", jwks=False), self.target(shape="ES256")
        run = self.scan_target(target, "--public-key", other.public_key_file(), "--public-key", target.public_key_file())
        self.assert_found(run, "jwt-key-confusion", "critical")


class Secrets(Case):
    def test_a_secret_from_the_users_word_list_is_found_and_not_shown(self):
        target = self.target(secret=b"zyx-orchid-4711")
        run = self.scan_target(target, "--wordlist", self.file("words", "alpha\nzyx-orchid-4711\nbeta\n"))
        self.assert_found(run, "jwt-secret-weak", "critical")
        self.assertNotIn("zyx-orchid-4711", run.stdout)

    def test_a_secret_that_stands_in_no_list_is_not_found_and_the_check_counts_as_tested(self):
        run = self.scan_target(self.target(), "--wordlist", self.file("words", "alpha\nbeta\n"))
        self.assert_nothing_else(run)
        self.assert_tested(run, "jwt-secret-weak")


class Canary(Case):
    def test_without_canary_the_fetching_checks_are_not_tested_and_nothing_is_found(self):
        target = self.target(flaw="jku-fetched:accepted")
        run = self.scan_target(target, "--canary", "off")
        self.assert_nothing_else(run)
        for check in ("jwt-jku-fetched", "jwt-x5u-fetched"):
            self.assertIn(check, run.not_tested())


if __name__ == "__main__":
    unittest.main()
