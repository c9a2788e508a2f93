"""Runs the real binary against the test targets and reads its report."""
import concurrent.futures
import functools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "targets"))

from schema import validate  # noqa: E402

BATTEN = os.path.abspath(os.environ.get("BATTEN") or os.path.join(ROOT, "build", "batten"))
THREADS = int(os.environ.get("E2E_THREADS", "8"))
ALL = os.environ.get("CHECK_ALL") == "1"  # ./check --all: what tells little more and takes long, too
SEVERITIES = ("info", "low", "medium", "high", "critical")
SUBTRACT = {"critical": 80, "high": 40, "medium": 15, "low": 5, "info": 0}
WEIGHT = {"confirmed": 1, "firm": 0.75, "tentative": 0.4}
CATEGORIES = {"authentication", "object_authorization", "function_authorization", "property_authorization",
              "input_validation", "rate_limiting", "data_exposure", "encryption", "ssrf", "inventory",
              "unsafe_consumption", "runtime_exposure", "llm"}

# What is true of every target here, because it is plain HTTP on loopback and answers twenty requests gladly:
# findings of other families that no test of the token checks is about.
AMBIENT = {"http-plain": "the targets speak plain HTTP on loopback",
           "hsts": "the targets speak plain HTTP on loopback",
           "no-throttle": "the targets are fast on purpose"}


@functools.lru_cache
def sanitized():
    """Whether the binary carries AddressSanitizer, whose shadow and quarantine count as memory."""
    with open(BATTEN, "rb") as file:
        return b"__asan_init" in file.read()


def schema():
    path = os.path.join(ROOT, "docs", "report.schema.json")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Run:
    """One finished run of the binary."""

    def __init__(self, arguments, code, stdout, stderr, peak_kib, seconds):
        self.arguments, self.code, self.stdout, self.stderr = arguments, code, stdout, stderr
        self.peak_kib, self.seconds = peak_kib, seconds

    @property
    def command(self):
        return shlex.join(["batten", *self.arguments])

    @property
    def report(self):
        return json.loads(self.stdout)

    @property
    def findings(self):
        return self.report["findings"]

    def found(self, least="low"):
        """Checks with a finding of at least this severity, in the report's order."""
        enough = SEVERITIES[SEVERITIES.index(least):]
        return [one["check"] for one in self.findings if one["severity"] in enough]

    def not_tested(self):
        return {entry["check"]: entry["reason"] for entry in self.report["not_tested"]}


def clean_environment(directory, changes=None):
    clean = {name: value for name, value in os.environ.items()
             if not name.lower().endswith("_proxy") and not name.startswith("BATTEN")}
    clean.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")
    clean.update(changes or {}, HOME=directory)
    return clean


def execute(arguments, directory, timeout=60, environment=None):
    """Runs the binary to its end and measures it; a run over its time is killed and counts as code -9.

    time(1) stands between: a child of this process would be charged with the memory that this process had at the fork."""
    peak = os.path.join(directory, "peak")
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        child = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", peak, BATTEN, *arguments], cwd=directory,
                                 env=clean_environment(directory, environment), stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=err, start_new_session=True)
        killer = threading.Timer(timeout, os.killpg, (child.pid, signal.SIGKILL))
        killer.start()
        code = child.wait()
        killer.cancel()
        out.seek(0)
        err.seek(0)
        return Run(arguments, code if code < 128 else 128 - code, out.read().decode("utf-8", "strict"),
                   err.read().decode("utf-8", "replace"), read_peak(peak), time.monotonic() - started)


def read_peak(path):
    """KiB; nothing when time(1) was killed with what it measured."""
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read().split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


class Case(unittest.TestCase):
    """A test that runs the binary; its failures name the commands that were run and how to start the targets."""
    maxDiff = 4000

    def setUp(self):
        self.commands = []
        self.directory = tempfile.mkdtemp(prefix="e2e-")
        self.addCleanup(shutil.rmtree, self.directory, True)

    def _formatMessage(self, message, standard):
        """Every assertion's text ends with the last target and commands, subtests' too."""
        return super()._formatMessage(message, standard) + "".join("\n  $ " + one for one in self.commands[-3:])

    def assert_golden(self, path, text):
        """Whether the file's bytes are these to the last one: read as text, a file that ends its lines by CR LF, or lone CR,
        would be the same as one that ends them by LF. GOLDEN_WRITE=1 writes it anew."""
        if os.environ.get("GOLDEN_WRITE"):
            with open(path, "wb") as file:
                file.write(text.encode())
        with open(path, "rb") as file:
            golden = file.read()
        if golden != text.encode():
            self.assertEqual(golden.decode(errors="backslashreplace"), text, "if the change is meant: GOLDEN_WRITE=1 tests/e2e/run -k golden")
            self.fail(f"{path} differs by bytes that are no UTF-8")

    def fail(self, msg=None):
        super().fail(self._formatMessage(msg, "failed"))

    def target(self, *arguments, **options):
        from target import Target
        target = self.enterContext(Target(*arguments, **options))
        self.commands.append(target.command_line())
        return target

    def file(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def batten(self, *arguments, timeout=60, environment=None):
        run = execute([str(one) for one in arguments], self.directory, timeout, environment)
        self.commands.append(run.command)
        self.assertGreaterEqual(run.code, 0, f"killed by a signal after {run.seconds:.1f} s; stderr: {run.stderr[-2000:]}")
        self.assertNotIn("Sanitizer", run.stderr, run.stderr[-4000:])
        return run

    def scan(self, *arguments, timeout=60, rate=1000, code=0, environment=None):
        """A scan with a JSON report, which is held to what every report must be."""
        rated = ["--rate", rate] if rate else []
        if "--guess-seconds" not in arguments:  # a second of one core for each scan, and all but a few tests need none
            rated += ["--guess-seconds", 0]
        run = self.batten("scan", *arguments, "--format", "json", *rated, timeout=timeout, environment=environment)
        codes = code if isinstance(code, tuple) else (code,)
        self.assertIn(run.code, codes, f"exit code; stderr: {run.stderr[-1500:]}")
        if run.code != 2:
            self.check_report(run)
            self.check_secrets(run, [str(one) for one in arguments])
        return run

    def scan_target(self, target, *arguments, needs=None, **options):
        return self.scan(*target.scan_arguments(needs), *arguments, **options)

    # what holds for every report

    def check_report(self, run):
        try:
            report = json.loads(run.stdout, object_pairs_hook=self.unique)
        except ValueError as error:
            self.fail(f"standard output is not one JSON value: {error}: {run.stdout[:300]!r}")
        self.assertEqual("batten-report/1", report["schema"])
        self.assertEqual("scan", report["kind"])
        self.assertEqual("batten", report["tool"]["name"])
        for name in ("started", "finished"):
            self.assertRegex(report[name], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        known = schema()
        if known:
            self.assertEqual([], validate(report, known)[:5], "the report breaks docs/report.schema.json")
        self.assertLessEqual(set(report["categories"]), CATEGORIES)
        for finding in report["findings"]:
            self.check_finding(finding)
        self.check_score(report)

    @staticmethod
    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise ValueError(f"duplicate member in {names}")
        return dict(pairs)

    def check_finding(self, finding):
        self.assertIn(finding["severity"], SEVERITIES)
        self.assertIn(finding["confidence"], WEIGHT)
        self.assertIn(finding["category"], CATEGORIES)
        self.assertRegex(finding["check"], r"^[a-z0-9]+(-[a-z0-9]+)*$")
        self.assertRegex(finding["fingerprint"], r"^[0-9a-f]{8,64}$")
        for name in ("title", "description"):
            self.assertTrue(finding[name].strip(), name)
        self.assertTrue(finding["evidence"], f"{finding['check']} has no evidence")

    def check_score(self, report):
        """The score of each category can be recomputed by hand (within rounding); what was not completed has none."""
        if report.get("partial"):
            self.assertIsNone(report["score"])
            self.assertIsNone(report["grade"])
            self.assertEqual({None}, {category["score"] for category in report["categories"].values()})
            return
        for name, category in report["categories"].items():
            if not category["tested"]:
                continue
            by_check = {}
            for one in report["findings"]:
                if one["category"] == name:
                    by_check.setdefault(one["check"], []).append(SUBTRACT[one["severity"]] * WEIGHT[one["confidence"]])
            lost = sum(max(costs) + (sum(costs) - max(costs)) / 4 for costs in by_check.values())
            self.assertAlmostEqual(max(0, 100 - lost), category["score"], delta=1, msg=f"score of {name}")
        sure = {(one["severity"], one["confidence"]) for one in report["findings"]}
        critical = {("critical", "confirmed"), ("critical", "firm")} & sure
        limit = 39 if critical else 69 if ("high", "confirmed") in sure else 100
        self.assertLessEqual(report["score"], limit)

    def check_secrets(self, run, arguments):
        """No token that was given may stand in the report with its signature."""
        for one in arguments:
            token = one.rpartition("=")[2]
            if re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]{20,}", token):
                self.assertNotIn(token.rpartition(".")[2], run.stdout, "a given token's signature is in the report")

    # what tests expect

    def assert_found(self, run, check, severity, also=()):
        """The check with exactly this severity, and nothing else of low or above save what `also` names."""
        mine = [one for one in run.findings if one["check"] == check]
        self.assertTrue(mine, f"{check} was not found; found {run.found('info')}; "
                              f"not tested: {run.not_tested().get(check)!r}")
        self.assertEqual({severity}, {one["severity"] for one in mine}, f"severity of {check}")
        self.assertEqual({"confirmed"}, {one["confidence"] for one in mine}, f"confidence of {check}")
        for one in mine:
            self.assertTrue(one.get("reproduce"), f"{check} has no command to repeat it")
        self.assert_nothing_else(run, {check, *also})

    def assert_nothing_else(self, run, allowed=()):
        others = [(one["check"], one["severity"], one["confidence"]) for one in run.findings
                  if one["severity"] != "info" and one["check"] not in allowed and one["check"] not in AMBIENT]
        self.assertEqual([], others, "findings that are not true of this target")

    def assert_no_token_findings(self, run):
        self.assertEqual([], [one for one in run.found() if one.startswith("jwt-")])

    def assert_tested(self, run, *checks):
        left_out = run.not_tested()
        self.assertEqual({}, {check: left_out[check] for check in checks if check in left_out}, "listed as not tested")


class Parallel(unittest.TestSuite):
    """Runs its tests in threads: each waits for a scan most of its time."""

    def run(self, result, debug=False):
        lock = threading.Lock()
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda test: run_one(test, result, lock), flat(self)))
        return result


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def run_one(test, result, lock):
    own = unittest.TestResult()
    test.run(own)
    with lock:
        result.startTest(test)
        for _, text in own.failures:
            result.addFailure(test, as_error(text))
        for _, text in own.errors:
            result.addError(test, as_error(text))
        for _, reason in own.skipped:
            result.addSkip(test, reason)
        if own.wasSuccessful() and not own.skipped:
            result.addSuccess(test)
        result.stopTest(test)


def as_error(text):
    """An error tuple whose printed form is the text that the test's own thread made."""
    return (AssertionError, AssertionError("\n" + text), None)


def load_in_parallel(loader, tests, pattern):
    """Assign to `load_tests` in a test module."""
    return Parallel(flat(tests))


def sentence(text):
    """A method name from a sentence."""
    return "test_" + re.sub(r"\W+", "_", text).strip("_")
