"""Recorded scans, replayed: twice the same bytes, and those that lie in tests/golden.

A new check asks what no recording answers, and is then listed as not tested: GOLDEN_WRITE=1 tests/e2e/run -k golden
writes the reports anew, to be looked at before they are committed. A recording is made by `--record`:

    python3 tests/targets/target.py --flaw alg-none
    batten scan URL --token TOKEN --record tests/golden/alg-none.recording; gzip -9n tests/golden/alg-none.recording
"""
import glob
import gzip
import os
import unittest

from support import ROOT, Case, load_in_parallel as load_tests  # noqa: F401

RECORDINGS = sorted(glob.glob(os.path.join(ROOT, "tests", "golden", "*.recording.gz")))
FOUND = {"alg-none": "jwt-alg-none", "always-200": "jwt-signature-missing", "key-fetched": "jwt-jku-fetched",
         "kid-injection": "jwt-kid-injection", "strict": None}


class Golden(Case):
    def test_each_recording_has_its_known_flaw(self):
        self.assertEqual(sorted(FOUND), [os.path.basename(path).partition(".")[0] for path in RECORDINGS])

    def test_golden_recordings_replay_to_the_same_bytes(self):
        for path in RECORDINGS:
            name = os.path.basename(path).partition(".")[0]
            with self.subTest(name):
                with gzip.open(path) as file:
                    recording = self.file(name, file.read())
                first, second = (self.scan("--replay", recording, rate=None) for _ in range(2))
                self.assertEqual(first.stdout, second.stdout)
                self.assert_golden(path.replace(".recording.gz", ".replay.json"), first.stdout)
                tokens = [one for one in first.found("high") if one.startswith("jwt-")]
                self.assertEqual([FOUND[name]] if FOUND[name] else [], tokens)


if __name__ == "__main__":
    unittest.main()
