"""Every check of the other families: its weak endpoint is found with its severity, its strict twin is tested and silent."""
import unittest

from support import Case, load_in_parallel as load_tests, sentence  # noqa: F401

from families import ROWS, Family

# True of every target here, and what a check of another row says of the same flaw.
QUIET = {"role-in-response", "id-predictable"}


class Weak(Case):
    """One test a row, made below."""


class Twin(Case):
    """One test a row, made below."""


def found(name, row):
    def test(self):
        target = self.enterContext(Family(name))
        self.commands.append(target.command_line())
        run = self.scan_target(target, code=(0, 3))
        mine = [one for one in run.findings if one["check"] == row.check]
        self.assertTrue(mine, f"not found: {run.found('info')}; not tested: {run.not_tested().get(row.check)!r}")
        self.assertEqual({(row.severity, row.confidence)}, {(one["severity"], one["confidence"]) for one in mine})
        self.assert_nothing_else(run, {row.check, *row.also, *QUIET})
    return test


def silent(name, row):
    def test(self):
        target = self.enterContext(Family(name, strict=True))
        self.commands.append(target.command_line())
        run = self.scan_target(target, code=(0, 3))
        self.assertNotIn(row.check, run.found("info"))
        if row.check == "url-parameter-fetched":  # a fetch that nobody makes proves nothing
            self.assertIn("reach unproven", run.not_tested()[row.check])
        else:
            self.assertNotIn(row.check, run.not_tested())
        self.assert_nothing_else(run, QUIET)
    return test


for name_, row_ in ROWS.items():
    setattr(Weak, sentence(f"{name_} is found as {row_.check} {row_.severity}"), found(name_, row_))
    setattr(Twin, sentence(f"the strict twin of {name_} is tested and silent"), silent(name_, row_))


class Evidence(Case):
    def test_a_secret_that_was_found_is_not_repeated_in_the_report(self):
        for name in ("secret:github", "secret:pem", "secret:rails", "pii:card"):
            with self.subTest(name):
                target = self.enterContext(Family(name))
                run = self.scan_target(target)
                for secret in ("LyjWDarj", "QIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj", "e05d48f23f1c9a7b", "4539148803436467"):
                    self.assertNotIn(secret, run.stdout)


if __name__ == "__main__":
    unittest.main()
