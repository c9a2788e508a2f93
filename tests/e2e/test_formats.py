"""Every writer on fixed reports: the bytes of tests/golden, outside schemas, and text that attacks its reader."""
import html.parser
import json
import os
import subprocess
import unittest
import xml.etree.ElementTree as xml

import jsonschema

from support import ROOT, Case, execute, load_in_parallel as load_tests, schema, validate  # noqa: F401

GOLDEN = os.path.join(ROOT, "tests", "golden")
SCHEMAS = os.path.join(ROOT, "tests", "schemas")
FORMATS = ("pretty", "table", "json", "sarif", "junit", "html", "markdown", "har", "gitlab-sast", "codequality", "patch")
REPORTS = ("scan", "audit")


def golden(name):
    return os.path.join(GOLDEN, name)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Formats(Case):
    def convert(self, report, *arguments, code=0):
        run = self.batten("convert", golden(report + ".report.json"), *arguments)
        self.assertEqual(code, run.code, run.stderr)
        return run.stdout

    def held_to(self, name, document):
        known = load(os.path.join(SCHEMAS, name))
        jsonschema.validators.validator_for(known)(known).validate(document)

    def test_each_writer_gives_the_golden_bytes(self):
        for report in REPORTS:
            for name in FORMATS:
                with self.subTest(report=report, format=name):
                    self.assert_golden(golden(f"{report}.{name}"), self.convert(report, "--format", name, "--color", "never"))

    def test_golden_bytes_tell_line_ends_apart(self):
        for name in FORMATS:
            text = self.convert("audit", "--format", name, "--color", "never")
            self.assertIn("\n", text)
            self.assert_golden(self.file("same", text), text)
            for end in ("\r\n", "\r"):
                with self.subTest(format=name, end=end), self.assertRaises(AssertionError):
                    self.assert_golden(self.file("other", text.replace("\n", end)), text)
                with self.subTest(format=name, end=end), self.assertRaises(AssertionError):
                    self.assert_golden(self.file("other", text), text.replace("\n", end))

    def test_the_terminal_promises_what_the_other_formats_have(self):
        for report, promised in (("scan", "a command to repeat each finding"), ("audit", "and the patches")):
            document = load(golden(report + ".report.json"))
            self.assertIn(promised, self.convert(report, "--color", "never"))
            document["findings"] = []
            run = self.batten("convert", self.file("none.json", json.dumps(document)), "--color", "never")
            self.assertNotIn("--format html", run.stdout)
            left_out = run.stdout.partition("The score leaves out: ")[2].partition(".\n")[0]
            self.assertTrue(left_out)
            self.assertNotIn("_", left_out)

    def test_a_json_report_is_written_back_as_it_was_read(self):
        for report in REPORTS:
            self.assertEqual(load(golden(report + ".report.json")), json.loads(self.convert(report, "--format", "json")))

    def test_reports_keep_to_the_schema(self):
        known = schema()
        jsonschema.Draft202012Validator.check_schema(known)
        for report in (*REPORTS, "hostile"):
            document = json.loads(self.convert(report, "--format", "json", code=3 if report == "hostile" else 0))
            self.assertEqual([], validate(document, known))
            jsonschema.Draft202012Validator(known).validate(document)

    def test_the_schema_refuses_what_is_no_report(self):
        known = schema()
        for path, value in ((("grade",), "E"), (("score",), 101), (("findings", 0, "severity"), "bad"), (("more",), 1),
                            (("findings", 0, "where", "line"), "1"), (("categories", "authentication", "score"), None)):
            document = load(golden("scan.report.json"))
            place = document
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            self.assertTrue(validate(document, known), path)

    def test_sarif_keeps_to_the_oasis_schema(self):
        for report in (*REPORTS, "hostile"):
            document = json.loads(self.convert(report, "--format", "sarif", code=3 if report == "hostile" else 0))
            self.held_to("sarif-2.1.0-rtm.5.json", document)
            run = document["runs"][0]
            for result in run["results"]:
                self.assertEqual(result["ruleId"], run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"])
                self.assertTrue(result["partialFingerprints"])
                for location in result["locations"]:
                    uri = location["physicalLocation"]["artifactLocation"]["uri"]
                    self.assertRegex(uri, r"^(?!/)[A-Za-z0-9._~%!$&'()*+,;=@/-]+$", "code scanning takes relative URIs only")
            for rule in run["tool"]["driver"]["rules"]:
                self.assertTrue(rule["help"]["text"] and rule["properties"]["security-severity"])

    def test_sarif_tells_suppressions_baseline_flows_and_the_line_of_the_specification(self):
        scan = json.loads(self.convert("scan", "--format", "sarif"))["runs"][0]
        results = {one["ruleId"]: one for one in scan["results"]}
        self.assertIn("staging only", results["jwt-error-detail"]["suppressions"][0]["justification"])
        self.assertEqual("new", results["jwt-in-query"]["baselineState"])
        self.assertEqual({"startLine": 42, "startColumn": 7},
                         results["jwt-in-query"]["locations"][0]["physicalLocation"]["region"])
        audit = json.loads(self.convert("audit", "--format", "sarif"))["runs"][0]
        flows = [one["codeFlows"][0]["threadFlows"][0]["locations"] for one in audit["results"] if "codeFlows" in one]
        self.assertEqual([2], [len(one) for one in flows])

    def test_junit_keeps_to_the_jenkins_schema(self):
        for report in (*REPORTS, "hostile"):
            path = os.path.join(self.directory, "junit.xml")
            self.convert(report, "--format", "junit", "--output", path, code=3 if report == "hostile" else 0)
            done = subprocess.run(["xmllint", "--noout", "--schema", os.path.join(SCHEMAS, "jenkins-junit.xsd"), path],
                                  capture_output=True, text=True)
            self.assertEqual(0, done.returncode, done.stderr[:2000])
            root = xml.parse(path).getroot()
            for suite in root:
                cases = suite.findall("testcase")
                self.assertEqual(int(suite.get("tests")), len(cases))
                self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
                self.assertEqual(int(suite.get("skipped")), len(suite.findall("testcase/skipped")))

    def test_gitlab_and_har_keep_to_their_schemas(self):
        for report in (*REPORTS, "hostile"):
            for name in ("gitlab-sast", "codequality", "har"):
                code = 3 if report == "hostile" else 0
                self.held_to(name + ".json", json.loads(self.convert(report, "--format", name, code=code)))

    def test_har_holds_the_exchanges_as_they_were(self):
        entries = json.loads(self.convert("scan", "--format", "har"))["log"]["entries"]
        post = next(one for one in entries if one["request"]["method"] == "POST")
        self.assertEqual([{"name": "access_token", "value": "(masked)"}, {"name": "a", "value": "b c"}],
                         post["request"]["queryString"])
        self.assertEqual('{"a":1}', post["request"]["postData"]["text"])
        self.assertEqual("/x", post["response"]["redirectURL"])
        self.assertEqual(200, post["response"]["status"])
        self.assertEqual("http://127.0.0.1:3000/api/files/1?access_token=(masked)&a=b%20c", post["request"]["url"])

    def test_hostile_text_reaches_no_terminal(self):
        for name in ("pretty", "table", "markdown"):
            text = self.convert("hostile", "--format", name, "--color", "never", code=3)
            self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", name)

    def test_pretty_stays_within_eighty_columns(self):
        for report in (*REPORTS, "hostile"):
            text = self.convert(report, "--color", "never", code=3 if report == "hostile" else 0)
            self.assertEqual([], [line for line in text.split("\n") if len(line) > 80])

    def test_hostile_text_becomes_no_markup(self):
        page = self.convert("hostile", "--format", "html", code=3)
        self.assertNotIn("<script", page)
        self.assertNotIn("<img", page)
        self.assertIn("default-src &#39;none&#39;" if "&#39;none" in page else "default-src 'none'", page)
        seen = []

        class Reader(html.parser.HTMLParser):
            def handle_starttag(self, tag, attributes):
                seen.append(tag)
                for key, value in attributes:
                    if key.startswith("on") or (key in ("href", "src") and not (value or "").startswith("#")):
                        seen.append(f"{key}={value}")
        Reader().feed(page)
        self.assertEqual([], [one for one in seen if "=" in one or one in ("script", "img", "iframe", "link", "object")])

    def test_markdown_fits_a_comment_and_mentions_nobody(self):
        text = self.convert("hostile", "--format", "markdown", code=3)
        self.assertLess(len(text), 65536)
        self.assertNotIn("@everyone", text)
        self.assertNotRegex(text, r"(?<!\\)<img|(?<!\\)\[x")

    def test_the_patch_is_one_that_git_apply_takes_and_says_what_it_leaves_out(self):
        rows = ["spec:\n", *[f"  key{n}: old\n" for n in range(14)]]
        place = self.file("a.yaml", "".join(rows))

        def change(row):
            around = rows[row - 3:row + 4]
            around[3:4] = ["-" + rows[row], "+" + rows[row].replace("old", "new")]
            text = "".join(line if line[0] in "-+" else " " + line for line in around)
            return f"--- a/a.yaml\n+++ b/a.yaml\n@@ -{row - 2},7 +{row - 2},7 @@\n{text}"
        document = load(golden("audit.report.json"))
        first = document["findings"][0]
        document["findings"] = [{**first, "fingerprint": f"{row:032x}", "fix": {**first["fix"], "diff": change(row)}}
                                for row in (3, 4, 10)]
        document["findings"].append({**first, "fingerprint": "f" * 32, "fix": {**first["fix"], "diff": "no diff"}})
        run = self.batten("convert", self.file("report.json", json.dumps(document)), "--format", "patch")
        self.assertEqual(0, run.code, run.stderr)
        self.assertIn("# 2 more would touch the same lines", run.stdout)
        self.assertNotIn("no diff", run.stdout)
        subprocess.run(["git", "apply"], input=run.stdout, text=True, check=True, cwd=self.directory, timeout=30)
        with open(place, encoding="utf-8") as file:
            changed = [n for n, line in enumerate(file) if "new" in line]
        self.assertEqual([10], [n for n in changed if n not in (3, 4)])
        self.assertEqual(2, len(changed))

    def test_a_report_without_patches_says_so(self):
        self.assertEqual("# no finding has a patch\n", self.convert("scan", "--format", "patch"))

    def test_each_output_belongs_to_the_format_before_it(self):
        for arguments, stdout in ((["--format", "pretty", "--format", "json", "--output", "FILE"], "batten scan"),
                                  (["--format", "json", "--output", "FILE", "--format", "pretty"], "batten scan"),
                                  (["--format", "json", "--output", "FILE", "--format", "pretty", "--output", "-"], "batten scan"),
                                  (["--output", "FILE", "--format", "json"], "")):
            with self.subTest(arguments):
                path = self.file("out.json", "")
                text = self.convert("scan", *[path if one == "FILE" else one for one in arguments])
                self.assertIn(stdout, text)
                self.assertEqual("scan", load(path)["kind"])

    def test_an_unknown_format_is_answered_with_those_there_are(self):
        run = self.batten("convert", golden("scan.report.json"), "--format", "zzzzzz")
        self.assertEqual(2, run.code)
        self.assertIn("pretty, ", run.stderr)
        self.assertIn("sarif", run.stderr)

    def test_a_gate_that_failed_says_why(self):
        run = self.batten("convert", golden("scan.report.json"), "--format", "json", "--fail-on", "high", "--threshold", "A")
        self.assertEqual(1, run.code)
        self.assertRegex(run.stderr, r"the gate failed: the score is \d+, below 90")
        self.assertRegex(run.stderr, r"the gate failed: \d+ findings? of severity high or more")

    def test_what_was_not_completed_has_no_score_to_be_proud_of(self):
        for name in ("pretty", "html", "markdown"):
            text = self.convert("hostile", "--format", name, code=3)
            self.assertNotRegex(text, r"grade [A-F]|\d+ ?/ ?100")

    def test_reports_of_two_kinds_are_not_compared(self):
        run = self.batten("diff", golden("scan.report.json"), golden("audit.report.json"))
        self.assertEqual(2, run.code)
        self.assertIn("only two of a kind", run.stderr)

    def test_a_broken_report_is_named_with_its_place(self):
        for name, content, words in (("empty", "", "line 1"), ("other", "{}", "batten-report/1"), ("cut", '{"schema": ', "line 1"),
                                     ("check", '{"schema":"batten-report/1","findings":[{"check":"A B"}]}', "findings[0]")):
            run = self.batten("convert", self.file(name + ".json", content))
            self.assertEqual((2, ""), (run.code, run.stdout))
            self.assertIn(name + ".json", run.stderr)
            self.assertIn(words, run.stderr)


class Known(Case):
    """Baselines, suppressions, gates and differences."""

    def convert(self, *arguments, report="scan", code=0):
        run = self.batten("convert", golden(report + ".report.json"), "--format", "json", *arguments)
        self.assertEqual(code, run.code, run.stderr)
        return run

    def without(self, *checks):
        report = load(golden("scan.report.json"))
        report["findings"] = [one for one in report["findings"] if one["check"] not in checks]
        return self.file("old.json", json.dumps(report))

    def test_only_what_the_baseline_lacks_is_new(self):
        old = self.without("server-banner")
        run = self.convert("--baseline", old)
        self.assertEqual({"jwt-alg-none": "known", "jwt-in-query": "known", "server-banner": "new"},
                         {one["check"]: one["baseline"] for one in run.report["findings"]})
        self.convert("--baseline", old, "--fail-on-new", code=1)
        self.convert("--baseline", golden("scan.report.json"), "--fail-on-new")
        self.convert("--baseline", old, "--fail-on", "medium")
        self.convert("--baseline", old, "--fail-on", "low", code=1)
        self.convert("--fail-on", "critical", code=1)
        self.convert("--fail-on-new", code=2)

    def test_a_suppressed_finding_leaves_score_and_gate_but_is_told(self):
        before = self.convert("--fail-on", "critical", code=1).report
        lines = self.file("s.txt", "# why\njwt-alg-none GET /api/me?full=1 until 2099-01-31: moved next month\n")
        after = self.convert("--fail-on", "critical", "--suppress", lines).report
        self.assertLess(before["score"], after["score"])
        self.assertEqual(["jwt-in-query", "server-banner"], [one["check"] for one in after["findings"]])
        told = {one["check"]: one["suppression"] for one in after["suppressed"]}
        self.assertEqual({"reason": "moved next month", "until": "2099-01-31"}, told["jwt-alg-none"])
        for name in FORMATS:
            text = self.batten("convert", golden("scan.report.json"), "--suppress", lines, "--format", name).stdout
            if name in ("gitlab-sast", "codequality", "patch"):
                self.assertNotIn("jwt-alg-none", text)
            elif name != "har":
                self.assertIn("jwt-alg-none", text, name)
                self.assertIn("uppress", text, name)

    def test_a_fingerprint_suppresses_one_finding(self):
        print_ = load(golden("scan.report.json"))["findings"][1]["fingerprint"]
        lines = self.file("s.txt", f"{print_} until 2099-01-31: accepted\n")
        self.assertEqual(2, len(self.convert("--suppress", lines).report["findings"]))

    def test_an_expired_suppression_stops_working_and_is_named(self):
        lines = self.file("s.txt", "jwt-alg-none GET /api/me?full=1 until 2020-01-31: too late\n")
        run = self.convert("--fail-on", "critical", "--suppress", lines, code=1)
        self.assertIn("s.txt:1", run.stderr)
        self.assertIn("2020-01-31", run.stderr)
        self.assertIn("2020-01-31", " ".join(run.report["notes"]))

    def test_a_suppression_hides_nothing_elsewhere(self):
        lines = self.file("s.txt", "jwt-alg-none GET /api until 2099-01-31: another place\n")
        run = self.convert("--suppress", lines)
        self.assertEqual(3, len(run.report["findings"]))
        self.assertIn("matches no finding", run.stderr)

    def test_a_suppression_without_reason_day_or_place_is_refused(self):
        for line in ("jwt-alg-none GET /api/me", "jwt-alg-none GET /x until 2099-01-31", "jwt-alg-none until 2099-01-31: all",
                     "jwt-alg-none GET /x until 2099-02-31: no such day", "jwt-alg-none GET /x until soon: r",
                     "jwt-alg-none GET /x until 2099-01-31:  "):
            with self.subTest(line):
                run = self.convert("--suppress", self.file("s.txt", "\n" + line + "\n"), code=2)
                self.assertEqual("", run.stdout)
                self.assertIn("s.txt:2", run.stderr)

    def test_a_difference_tells_new_fixed_and_still(self):
        old = self.without("server-banner")
        new = self.file("new.json", json.dumps({**load(golden("scan.report.json")), "findings": load(golden("scan.report.json"))["findings"][1:]}))
        run = self.batten("diff", old, new, "--format", "json", "--fail-on-new")
        self.assertEqual(1, run.code)
        told = json.loads(run.stdout)
        self.assertEqual({"new": ["server-banner"], "fixed": ["jwt-alg-none"], "still": ["jwt-in-query"], "unverified": []},
                         {name: [one["check"] for one in told[name]] for name in ("new", "fixed", "still", "unverified")})
        self.assertEqual(0, told["score_change"])
        self.assertEqual(0, self.batten("diff", new, new, "--fail-on-new").code)
        self.assertIn("Fixed: 1", self.batten("diff", old, new).stdout)

    def test_what_was_not_tested_again_is_not_called_fixed(self):
        report = load(golden("scan.report.json"))
        report["findings"] = report["findings"][1:]
        report["not_tested"].append({"check": "jwt-alg-none", "where": "GET /api/me", "reason": "budget"})
        told = json.loads(self.batten("diff", golden("scan.report.json"), self.file("new.json", json.dumps(report)),
                                      "--format", "json").stdout)
        self.assertEqual(([], ["jwt-alg-none"]), (told["fixed"], [one["check"] for one in told["unverified"]]))


class Configuration(Case):
    """batten.yaml gives options; the command line wins."""

    def convert(self, *arguments, code=0, where=None):
        run = execute(["convert", golden("scan.report.json"), *arguments], where or self.directory)
        self.assertEqual(code, run.code, run.stderr)
        return run

    def test_it_is_found_upward_and_the_command_line_wins(self):
        self.file("batten.yaml", "fail-on: critical\nformat: table\n")
        below = os.path.join(self.directory, "a", "b")
        os.makedirs(below)
        run = self.convert(code=1, where=below)
        self.assertTrue(run.stdout.startswith("critical"))
        self.convert("--fail-on", "high", "--threshold", "0", "--format", "json", code=1, where=below)
        self.file("batten.yaml", "threshold: 90\nconvert: {format: json}\nscan: {rate: 5}\ntoken: x\n")
        self.assertEqual("batten-report/1", self.convert(code=1, where=below).report["schema"])
        self.convert("--fail-under", "0", where=below)

    def test_config_names_another_file(self):
        self.file("batten.yaml", "fail-on: critical\n")
        self.convert("--config", self.file("other.yaml", "format: table\n"))

    def test_files_are_relative_to_the_file_that_names_them(self):
        self.file("s.txt", "jwt-alg-none GET /api/me?full=1 until 2099-01-31: moved\n")
        self.file("batten.yaml", "suppress: s.txt\nfail-on: critical\n")
        below = os.path.join(self.directory, "a")
        os.makedirs(below)
        self.convert(where=below)

    def test_an_unknown_key_is_named_with_its_place_and_the_nearest(self):
        for text, place, near in (("format: json\ntreshold: 5\n", "batten.yaml:2:1", "threshold"),
                                  ("convert:\n  fial-on: high\n", "batten.yaml:2:3", "fail-on")):
            self.file("batten.yaml", text)
            run = self.convert(code=2)
            self.assertIn(place, run.stderr)
            self.assertIn(near, run.stderr)
            self.assertEqual("", run.stdout)

    def test_wrong_values_are_errors(self):
        for text in ("format: {a: b}\n", "- a\n", "fail-on-new: maybe\n", "format: json\nformat: table\n", "a: [\n"):
            with self.subTest(text):
                self.file("batten.yaml", text)
                self.assertIn("batten.yaml", self.convert(code=2).stderr)


if __name__ == "__main__":
    unittest.main()
