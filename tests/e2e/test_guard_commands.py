"""The commands beside the guard daemon: rotating and listing keys, and wrong usage."""
import base64
import json
import os
import threading
import unittest

from guarded import Case, jwk, mint


class Commands(Case):
    def test_rotation_keeps_the_old_key_for_its_overlap(self):
        policy = self.path("policy.yaml")
        self.write("key.jwk", json.dumps(jwk(kid="old")))
        told = self.batten("guard", "keys", "rotate", "--policy", policy, "--kid", "new", "--dry-run")
        self.assertIn("rehearsal", told)
        self.assertIn("kid-ambiguous", told)
        with open(self.path("key.jwk"), encoding="utf-8") as file:
            self.assertEqual("old", json.load(file)["kid"])
        self.batten("guard", "keys", "rotate", "--policy", policy, "--kid", "new", "--overlap", "1s")
        with open(self.path("key.jwk"), encoding="utf-8") as file:
            keys = json.load(file)["keys"]
        self.assertEqual(["new", "old"], [one["kid"] for one in keys])
        self.assertEqual(0o600, os.stat(self.path("key.jwk")).st_mode & 0o777)
        fresh = base64.urlsafe_b64decode(keys[0]["k"] + "==")
        for token in (mint(key=fresh, kid="new"), mint(kid="old")):
            self.batten("token", "verify", "--policy", policy, token)
        self.batten("guard", "keys", "list", "--policy", policy, code=1)
        threading.Event().wait(1.2)
        self.batten("guard", "keys", "rotate", "--policy", policy, "--kid", "third", "--overlap", "30d")
        with open(self.path("key.jwk"), encoding="utf-8") as file:
            self.assertEqual(["third", "new"], [one["kid"] for one in json.load(file)["keys"]])
        self.assertIn("third", self.batten("guard", "keys", "list", "--policy", policy))

    def test_wrong_usage_names_what_is_wrong(self):
        policy = self.path("policy.yaml")
        for arguments, word in ((["serve"], "--policy FILE"), (["serve", "--policy", policy, "--proxy", "apache"], "nginx, traefik"),
                                (["serve", "--policy", policy, "--listen", "nowhere"], "ADDRESS:PORT"),
                                (["serve", "--policy", "/none"], "not usable"), (["revoke", "--policy", policy], "what is revoked"),
                                (["revoke", "--policy", policy, "--jti", "a", "--sub", "b"], "not several"),
                                (["revoke", "--policy", policy, "--issued-before", "soon"], "seconds since 1970"),
                                (["keys", "rotate", "--policy", policy, "--overlap", "1y"], "as in 30s"),
                                (["keys", "rotate", "--policy", policy, "--issuer", "x"], "no issuer x"), (["keys"], "one more word")):
            self.assertRegex(self.batten("guard", *arguments, code=2), word)


if __name__ == "__main__":
    unittest.main()
