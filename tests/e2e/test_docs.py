"""The documents say what the program says."""
import filecmp
import json
import os
import re
import subprocess
import unittest

from support import BATTEN, ROOT, SUBTRACT, WEIGHT, Case, load_in_parallel as load_tests  # noqa: F401

GENERATED = ("commands", "checks", "checks.md", "score.md")


class Documents(Case):
    def test_the_generated_pages_are_not_stale(self):
        done = subprocess.run([os.path.join(ROOT, "tools", "docs"), BATTEN, self.directory], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        for name in GENERATED:
            fresh, kept = os.path.join(self.directory, name), os.path.join(ROOT, "docs", name)
            if os.path.isdir(fresh):
                self.assertEqual(sorted(os.listdir(fresh)), sorted(os.listdir(kept)), "run tools/docs")
                _, differ, odd = filecmp.cmpfiles(fresh, kept, os.listdir(fresh), shallow=False)
                self.assertEqual([], differ + odd, "run tools/docs")
            else:
                self.assertTrue(filecmp.cmp(fresh, kept, shallow=False), f"{name}: run tools/docs")

    def test_links_between_documents_lead_somewhere(self):
        pages = [os.path.join(ROOT, name) for name in os.listdir(ROOT) if name.endswith(".md")]
        for folder, _, names in os.walk(os.path.join(ROOT, "docs")):
            pages += [os.path.join(folder, name) for name in names if name.endswith(".md")]
        self.assertGreater(len(pages), 40)
        for page in pages:
            with open(page, encoding="utf-8") as file:
                text = re.sub(r"```.*?```", "", file.read(), flags=re.S)
            for link in re.findall(r"\]\(([^)#\s]+)", text):
                if not link.startswith("http"):
                    self.assertTrue(os.path.exists(os.path.join(os.path.dirname(page), link)), f"{page}: {link}")

    def test_every_check_says_how_it_can_be_wrong(self):
        everything = json.loads(self.batten("checks", "--format", "json").stdout)
        checks, rules = ([one for one in everything if one["kind"] == kind] for kind in ("scan", "audit"))
        self.assertGreater(len(checks), 40)
        self.assertGreater(len(rules), 60)
        for name in ("title", "description", "fix", "references", "severity", "category"):
            self.assertEqual([], [one["id"] for one in rules if not one[name].strip()], f"without {name}")
        for name in ("wrong", "decides", "sent", "fix", "references"):
            self.assertEqual([], [one["id"] for one in checks if not one[name].strip()], f"without {name}")


class Score(Case):
    def weights(self):
        """The weights of every context, as the program prints them."""
        text = self.batten("checks", "--score").stdout
        names = re.search(r"weighted by --context:\n\n(.*)\n", text)[1].split()
        rows = re.findall(r"^     ([a-z_]+) +((?:\d+ *){" + str(len(names)) + r"})$", text, re.M)
        return {name: {row: int(numbers.split()[at]) for row, numbers in rows} for at, name in enumerate(names)}

    def by_hand(self, report, weights):
        """docs/score.md, step by step."""
        left = {name: 100.0 for name, one in report["categories"].items() if one["tested"]}
        costs = {}
        for one in report["findings"]:
            costs.setdefault((one["category"], one["check"]), []).append(SUBTRACT[one["severity"]] * WEIGHT[one["confidence"]])
        for (category, _), all_ in costs.items():
            left[category] -= max(all_) + (sum(all_) - max(all_)) / 4
        rounded = {name: int(max(0, value) + 0.5) for name, value in left.items()}
        mean = int(sum(value * weights[name] for name, value in rounded.items()) / sum(weights[name] for name in rounded) + 0.5)
        confirmed = {one["severity"] for one in report["findings"] if one["confidence"] == "confirmed"}
        mean = min(mean, 39 if "critical" in confirmed else 69 if "high" in confirmed else 100)
        return rounded, mean, next(grade for grade, least in zip("ABCDF", (90, 80, 70, 60, 0)) if mean >= least)

    def test_the_score_is_recomputed_by_hand_in_every_context(self):
        with open(os.path.join(ROOT, "tests", "golden", "scan.report.json"), encoding="utf-8") as file:
            base = json.load(file)
        cases = [[], [("jwt-alg-none", "critical", "tentative"), ("jwt-alg-none", "high", "confirmed")],
                 [("server-banner", "low", "firm")] * 5, [("jwt-in-query", "medium", "confirmed")] * 9,
                 [("a", "critical", "confirmed"), ("a", "critical", "confirmed"), ("b", "info", "confirmed")],
                 [("a", "high", "confirmed")], [("a", "high", "firm"), ("b", "low", "tentative")]]
        for findings in cases:
            for context, weights in self.weights().items():
                report = {**base, "findings": [
                    {**base["findings"][i % 3], "check": check, "severity": severity, "confidence": confidence,
                     "category": ("authentication", "data_exposure")[i % 2], "id": f"f-{i + 1}"}
                    for i, (check, severity, confidence) in enumerate(findings)]}
                report["target"] = {**report["target"], "context": "none yet"}
                path = self.file("r.json", json.dumps(report))
                out = self.batten("convert", path, "--format", "json", "--context", context).report
                rounded, mean, grade = self.by_hand(report, weights)
                self.assertEqual((mean, grade), (out["score"], out["grade"]), (findings, context))
                self.assertEqual(rounded, {name: one["score"] for name, one in out["categories"].items() if one["tested"]})


if __name__ == "__main__":
    unittest.main()
