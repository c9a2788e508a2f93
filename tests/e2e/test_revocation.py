"""What is revoked, in a list and in SQLite: seen within a second, and never forgotten."""
import contextlib
import os
import pathlib
import signal
import sqlite3
import time
import unittest

from guarded import POLICY, Case, mint


class Revocation(Case):
    def test_a_list_that_vanished_goes_on_and_no_reload_forgets_it(self):
        policy, revoked, good = self.path("policy.yaml"), mint(), mint(jti="j2")
        os.unlink(self.path("revoked.list"))
        self.assertRegex(self.batten("guard", "check", policy), r"policy\.yaml:13:13: warning: the revocation list .*revoked.list is missing.*--create")
        self.batten("token", "verify", "--policy", policy, good)
        self.batten("guard", "revoke", "--policy", policy, "--jti", "j1", "--create")
        self.start()
        self.assertEqual([401, 204], [self.ask(token=t)[0] for t in (revoked, good)])
        os.unlink(self.path("revoked.list"))
        self.until(lambda: self.told("warning", "has vanished"))
        self.process.send_signal(signal.SIGHUP)
        self.until(lambda: self.told("reload-refused", ""))
        self.assertTrue(self.told("reload-refused", "what the missing list revoked"))
        self.assertEqual([401, 204], [self.ask(token=t)[0] for t in (revoked, good)])
        self.batten("guard", "revoke", "--policy", policy, "--create")
        self.until(lambda: self.ask(token=revoked)[0] == 204, 2)  # an empty list is somebody's word

    def test_a_damaged_list_never_replaces_a_good_one(self):
        policy, revoked, good = self.path("policy.yaml"), mint(), mint(jti="j2")
        self.write("revoked.list", "jti j1\n")
        self.start()
        self.assertEqual([401, 204, 0], [*[self.ask(token=t)[0] for t in (revoked, good)], self.metric("batten_revocation_unread")])
        damages = {"# a list\njtl j1\n": 2, "\x7fELF\x02\n\x00\ufffd": 1, "jti j1\njti j9 until soon\n": 2, 'jti "j1\n': 1, "jti j9 issuer\n": 1, "jti\n": 1,
                   "issued-before yesterday\n": 1, "jti j9\n" * 3 + "x\n" * 1000: 4}
        for turn, (content, line) in enumerate(damages.items()):
            with self.subTest(content[:30]):
                self.log.clear()
                self.write("revoked.list", content)
                self.until(lambda: self.told("warning", "cannot be read whole: what it revoked before stays revoked"))
                self.assertTrue(self.told("problem", f"revoked.list:{line}:1: "), self.log)
                self.assertLess(len(self.log), 40, "some lines are told of, the others counted")
                self.assertEqual(1, self.metric("batten_revocation_unread"))
                self.process.send_signal(signal.SIGHUP)
                self.until(lambda: self.told("reload-refused", ""))
                self.assertEqual([401, 204], [self.ask(token=t)[0] for t in (revoked, good)])
                self.assertIn(f"revoked.list:{line}:1: ", self.batten("guard", "check", policy, code=2))
                self.batten("guard", "serve", "--policy", policy, code=2)
                mended = mint(jti=f"m{turn}")
                self.write("revoked.list", f"jti j1\njti m{turn}\n")
                self.until(lambda: self.ask(token=mended)[0] == 401, 5)  # noqa: B023
                self.assertEqual(0, self.metric("batten_revocation_unread"))

    def test_a_long_list_is_read_beside_the_requests(self):
        self.start("--threads", "1")
        self.write("revoked.list", "".join(f"jti {i:032x} until 4102444800\n" for i in range(300000)) + "jti j1\n")
        slowest, token = 0.0, mint()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            began = time.monotonic()
            status = self.ask(token=token)[0]
            slowest = max(slowest, time.monotonic() - began)
            if status == 401:
                break
        self.assertEqual(401, status)
        self.assertLess(slowest, 2)

    def test_a_database_of_what_is_revoked_is_seen_within_a_second(self):
        policy, database = self.path("policy.yaml"), self.path("state/revoked.db")
        os.mkdir(self.path("state"))
        self.write("policy.yaml", POLICY.replace("{file: revoked.list}", "{sqlite: state/revoked.db}"))
        self.assertRegex(self.batten("guard", "check", policy, code=2), r"state/revoked.db: what is revoked cannot be read: there is no such file.*--create")
        self.batten("guard", "revoke", "--policy", policy, "--jti", "j1", code=2)
        self.batten("guard", "revoke", "--policy", policy, "--create")
        rows = (("jti", "j1", None, dict(jti="j1")), ("sub", 'a "b"\nc', "auth", dict(sub='a "b"\nc')), ("kid", "k", None, dict(kid="k")),
                ("issued-before", str(int(time.time()) - 100), "auth", dict(iat=int(time.time()) - 200)))
        for confined, mode in ((False, "delete"), (True, "wal")):
            with self.subTest(mode=mode), contextlib.closing(sqlite3.connect(database)) as writer:
                writer.execute("DELETE FROM revoked")
                writer.commit()
                writer.execute(f"PRAGMA journal_mode={mode}")
                self.start(confined=confined)
                for kind, value, issuer, claims in rows:
                    token, other = mint(**{"jti": "x", **claims}), mint(jti="y")
                    self.assertEqual([204, 204], [self.ask(token=t)[0] for t in (token, other)])
                    writer.execute("INSERT INTO revoked VALUES (?, ?, 'another', NULL), (?, ?, ?, NULL)", (kind, value, kind, value, issuer))
                    writer.commit()
                    self.until(lambda: self.ask(token=token)[0] == 401, 2)  # noqa: B023
                    self.assertEqual(204, self.ask(token=other)[0])
                    self.batten("token", "verify", "--policy", policy, token, code=1)
                    writer.execute("DELETE FROM revoked")
                    writer.commit()
                    self.until(lambda: self.ask(token=token)[0] == 204, 2)  # noqa: B023
                self.process.terminate()
                self.process.wait()

    def test_a_database_that_broke_leaves_what_it_said_and_starts_nothing(self):
        policy, database, revoked, good = self.path("policy.yaml"), self.path("revoked.db"), mint(), mint(jti="j2")
        self.write("policy.yaml", POLICY.replace("{file: revoked.list}", "{sqlite: revoked.db}"))
        self.batten("guard", "revoke", "--policy", policy, "--create", "--jti", "j1")
        with contextlib.closing(sqlite3.connect(database)) as writer:
            writer.execute("PRAGMA journal_mode=wal")
        self.assertFalse(os.path.exists(database + "-wal"))
        before = sorted(os.listdir(self.folder))
        self.start(confined=True)
        self.assertEqual([401, 204], [self.ask(token=t)[0] for t in (revoked, good)])
        self.assertEqual(before, sorted(os.listdir(self.folder)), "a reader makes no file")
        self.batten("guard", "revoke", "--policy", policy, "--sub", "gone")
        self.until(lambda: self.ask(token=mint(jti="j3", sub="gone"))[0] == 401, 2)
        for turn, breaking in enumerate((lambda: os.unlink(database), lambda: self.write("revoked.db", "no database " * 1000))):
            self.log.clear()
            breaking()
            self.until(lambda: self.told("problem", "what is revoked cannot be read"))
            self.process.send_signal(signal.SIGHUP)
            self.until(lambda: self.told("reload-refused", ""))
            self.assertEqual([401, 204], [self.ask(token=t)[0] for t in (revoked, good)])
            self.batten("guard", "serve", "--policy", policy, code=2)
            pathlib.Path(database).unlink(missing_ok=True)
            self.batten("guard", "revoke", "--policy", policy, "--create", "--jti", "j1")
            self.batten("guard", "revoke", "--policy", policy, "--sub", f"mended {turn}")
            self.until(lambda: self.ask(token=mint(jti="j4", sub=f"mended {turn}"))[0] == 401, 2)  # noqa: B023
        self.log.clear()
        with contextlib.closing(sqlite3.connect(database)) as writer:
            writer.execute("DROP TABLE revoked")
            writer.execute("CREATE VIEW revoked AS SELECT 1 AS rowid, 'jti' AS kind, 'j2' AS value, NULL AS issuer, NULL AS until")
            writer.commit()
            self.until(lambda: self.told("problem", "it has no table named revoked"))
            self.assertEqual([401, 204], [self.ask(token=t)[0] for t in (revoked, good)])
            self.batten("guard", "check", policy, code=2)
            writer.execute("DROP VIEW revoked")
            writer.execute("CREATE TABLE revoked (kind, value, issuer, until)")
            writer.execute("INSERT INTO revoked VALUES ('jti', 'j2', NULL, NULL), ('jto', 'j', NULL, NULL), ('jti', 'j9\nsub u1', NULL, NULL)")
            writer.commit()
        self.until(lambda: self.told("problem", "it cannot be read whole: what it revoked before stays revoked"))
        self.assertTrue(self.told("problem", "revoked.db:2:1: an entry begins with jti"))
        self.assertEqual([401, 204], [self.ask(token=t)[0] for t in (revoked, good)], "a row that is none takes no other in")
        self.assertEqual(1, self.metric("batten_revocation_unread"))
        self.assertRegex(self.batten("guard", "check", policy, code=2), r"revoked\.db:2:1: an entry begins with jti")


if __name__ == "__main__":
    unittest.main()
