"""How a scan behaves towards the target and others: scope, budget, rate, methods, recording, repetition."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from natsd import TOKEN, Hosts
from support import BATTEN, ROOT, Case, Run, clean_environment, load_in_parallel as load_tests  # noqa: F401

from hostile import Hostile
from httpd import Response, Server
from styles import as_json
from target import ALGORITHMS, Target


def beacon(case):
    """A server that nothing may ever reach."""
    return case.enterContext(Server(lambda request: Response(200, "{}", "application/json")))


def tokens_seen(target):
    return {value for record in target.log for name, value in record.headers if name == "authorization"}


def essence(report):
    """What two reports of the same target must agree in: all but times, counts and masked evidence."""
    kept = ("check", "category", "severity", "confidence", "title", "where", "fingerprint")
    return ([{name: one[name] for name in kept} for one in report["findings"]],
            report["not_tested"], report["score"], report["grade"], report["categories"])


class Budget(Case):
    def test_a_full_scan_of_one_operation_without_a_key_takes_at_most_150_requests(self):
        for alg in ALGORITHMS:
            for shape in (alg, alg + "+cookie", alg + "+query+ok-status+volatile"):
                with self.subTest(shape):
                    target = self.target(shape=shape)
                    run = self.scan_target(target)
                    self.assertLessEqual(target.count, 150)
                    self.assertGreater(target.count, 20)
                    self.assertEqual(target.count, run.report["requests"], "the report's own count")

    def test_a_flawed_target_takes_at_most_150_requests_too(self):
        for flaw in ("alg-none", "signature-ignored", "key-confusion:pem"):
            with self.subTest(flaw):
                target = self.target(flaw=flaw)
                self.scan_target(target)
                self.assertLessEqual(target.count, 150)

    def test_max_requests_is_never_exceeded(self):
        for most in (8, 30, 60):
            with self.subTest(most):
                target = self.target()
                run = self.scan_target(target, "--max-requests", most, code=(0, 3))
                self.assertLessEqual(target.count, most)
                left = [reason for check, reason in run.not_tested().items() if check.startswith("jwt-")]
                self.assertTrue(any("budget" in reason or "max-requests" in reason for reason in left), left)

    def test_a_budget_too_small_for_the_baselines_ends_with_3(self):
        run = self.scan_target(self.target(), "--max-requests", "2", code=3)
        self.assertIs(True, run.report["partial"])
        self.assertEqual([], run.found())

    def test_no_second_holds_more_than_the_rate_and_one_also_over_scans_in_a_row(self):
        with Hosts() as hosts:
            for _ in range(3):
                self.scan(hosts.url(0), "--token", TOKEN, "--max-requests", "15", rate="10", code=(0, 3))
            self.assertGreaterEqual(len(hosts.seen), 36)
            self.assertLessEqual(hosts.busiest(), 11)

    def test_the_default_rate_on_loopback_is_200_a_second(self):
        target = self.target()
        run = self.scan_target(target, rate=None)
        times = [record.time for record in target.log]
        self.assertGreater(times[-1] - times[0], 0.5 * (len(times) - 20) / 200)
        self.assertLess(run.seconds, 15)


class Scope(Case):
    def test_redirects_to_another_port_are_not_followed(self):
        other, target = beacon(self), self.target(shape="redirect")
        inner = target.server.handler

        def handler(request):
            answer = inner(request)
            answer.headers = [(name, f"http://127.0.0.1:{other.port}/login" if name == "Location" else value)
                              for name, value in answer.headers]
            return answer
        target.server.handler = handler
        run = self.scan_target(target)
        self.assert_nothing_else(run)
        self.assertEqual(0, other.connection_count)

    def test_key_sets_and_metadata_that_point_elsewhere_are_not_fetched(self):
        other, target = beacon(self), self.target(shape="RS256", jwks=False)
        place, inner = f"http://127.0.0.1:{other.port}", target.server.handler

        def handler(request):
            if request.path.startswith("/.well-known/o"):
                return as_json(200, {"issuer": place, "jwks_uri": place + "/jwks", "authorization_endpoint": place})
            if request.path == "/.well-known/jwks.json":
                return Response(302, headers=[("Location", place + "/jwks")])
            return inner(request)
        target.server.handler = handler
        self.scan_target(target)
        self.assertEqual(0, other.connection_count)

    def test_a_spec_that_names_another_server_never_sends_anything_there(self):
        other, target = beacon(self), self.target()
        with open(target.spec(), encoding="utf-8") as file:
            document = json.load(file)
        document["servers"] = [{"url": f"http://127.0.0.1:{other.port}"}]
        document["paths"]["/api/me"]["get"]["servers"] = document["servers"]
        self.scan_target(target, "--spec", self.file("openapi.json", json.dumps(document)), code=(0, 2, 3))
        self.assertEqual(0, other.connection_count)

    def test_links_in_answers_and_tokens_are_not_followed(self):
        other, target = beacon(self), self.target(shape="RS256", jwks=False)
        place, inner = f"http://127.0.0.1:{other.port}/x", target.server.handler

        def handler(request):
            answer = inner(request)
            answer.headers += [("Link", f"<{place}>; rel=\"service-desc\""), ("Refresh", f"0;url={place}"),
                               ("Content-Location", place)]
            return answer
        target.server.handler = handler
        target.verifier.issuer = f"http://127.0.0.1:{other.port}/"
        token = target.mint(iss=target.verifier.issuer)
        self.scan(target.url, "--token", token)
        self.assertEqual(0, other.connection_count)

    def test_no_other_host_or_port_is_ever_connected_to(self):
        """The proxy that the environment names is the only door, and nothing comes through it."""
        other, target = beacon(self), self.target(flaw="alg-none")
        self.scan_target(target, environment={"http_proxy": f"http://127.0.0.1:{other.port}",
                                              "ALL_PROXY": f"http://127.0.0.1:{other.port}"})
        self.assertEqual(0, other.connection_count)
        hosts = {value for record in target.log for name, value in record.headers if name == "host"}
        self.assertLessEqual(hosts, {f"127.0.0.1:{target.server.port}"})

    def test_targets_beyond_loopback_and_private_addresses_get_no_forged_token_without_permission(self):
        """An address of the documentation range, resolved to loopback by the user, shows what would be sent."""
        target = self.target(flaw="alg-none")
        run = self.scan(f"http://api.example:{target.server.port}/api/me", "--token", target.token,
                        "--resolve", f"api.example:{target.server.port}:127.0.0.1", code=(0, 2, 3))
        if run.code == 0 and run.report["target"]["active"] == "passive":
            self.assertLessEqual(tokens_seen(target), {"Bearer " + target.token})


    def test_an_address_of_this_machine_in_another_spelling_is_a_loopback_target(self):
        """Numbers that resolvers read as 127.0.0.1, and the address that stands for this host."""
        for host in ("127.1", "2130706433", "0.0.0.0"):
            with self.subTest(host):
                target = self.target(flaw="alg-none")
                run = self.scan(target.url.replace("127.0.0.1", host), "--token", target.token)
                self.assertEqual("loopback", run.report["target"]["authorization"])
                self.assertIn("jwt-alg-none", run.found())
                self.assertEqual({"low"}, {one["severity"] for one in run.findings if one["check"] == "http-plain"})


class OwnOperation(Case):
    """What the command line says of the URL's own operation is read as curl reads it."""

    def sent(self, *arguments):
        target = self.target()
        self.scan_target(target, *arguments, code=(0, 3))
        record = next(one for one in target.log if one.target == "/api/me" and one.method != "GET")
        return record.method, dict(record.headers).get("content-type")

    def test_data_make_a_post_of_json_or_of_a_form(self):
        for data, kind in (('{"a":"b=c"}', "application/json"), ("a=1&b=2", "application/x-www-form-urlencoded"),
                           ("@" + self.file("body.json", '{"a":1}'), "application/json"),
                           ("@" + self.file("body.txt", "a=1"), "application/x-www-form-urlencoded")):
            with self.subTest(data):
                self.assertEqual(("POST", kind), self.sent("--data", data, "--allow-writes"))
        self.assertEqual(("PUT", "text/xml"), self.sent("--data", "a=1", "--method", "put", "--header", "Content-Type: text/xml",
                                                        "--allow-writes"))

    def test_a_body_that_cannot_be_read_is_wrong_usage(self):
        target = self.target()
        run = self.scan_target(target, "--data", "@/nowhere/body", "--allow-writes", code=2)
        self.assertIn("--data: cannot open /nowhere/body", run.stderr)

    def test_a_method_in_small_letters_is_the_method(self):
        target = self.target(flaw="alg-none")
        self.assertIn("jwt-alg-none", self.scan_target(target, "--method", "get").found())


class Manners(Case):
    def test_every_request_names_the_tool(self):
        target = self.target()
        self.scan_target(target)
        agents = {value for record in target.log for name, value in record.headers if name == "user-agent"}
        self.assertEqual(1, len(agents))
        self.assertRegex(agents.pop(), r"^batten/\d")
        self.assertFalse([record for record in target.log if not any(name == "user-agent" for name, _ in record.headers)])

    def test_a_passive_scan_sends_no_token_but_the_good_one(self):
        target = self.target(flaw="alg-none")
        run = self.scan_target(target, "--active", "passive")
        self.assertLessEqual(tokens_seen(target), {"Bearer " + target.token})
        self.assertIn("jwt-alg-none", run.not_tested())
        self.assertEqual("passive", run.report["target"]["active"])

    def test_without_permission_to_write_only_reading_methods_are_used(self):
        target = self.target()
        spec = target.spec("GET /api/me", "POST /api/orders", "DELETE /api/orders", "PUT /api/me")
        self.scan_target(target, "--spec", spec)
        # the safe methods of RFC 9110 section 9.2.1
        self.assertLessEqual({record.method for record in target.log}, {"GET", "HEAD", "OPTIONS", "TRACE"})

    def test_operations_that_look_like_logout_are_left_out_and_listed(self):
        target = self.target()
        spec = target.spec("GET /api/me", "GET /api/logout", "GET /api/sign-out", "DELETE /api/account", "POST /api/logout")
        run = self.scan_target(target, "--spec", spec, "--allow-writes")
        self.assertFalse([record.target for record in target.log if record.method == "DELETE" or
                          record.target.startswith(("/api/logout", "/api/sign-out"))])
        places = " ".join(entry.get("where", "") for entry in run.report["not_tested"])
        self.assertIn("/api/sign-out", places)

    def test_excluded_operations_are_not_asked_and_included_ones_alone_are(self):
        for option, pattern in (("--exclude", "GET /api/admin"), ("--include", "GET /api/me"), ("--exclude", "get /api/admin")):
            with self.subTest(option):
                target = self.target()
                self.scan_target(target, "--spec", target.spec("GET /api/me", "GET /api/admin"), option, pattern)
                self.assertFalse([one for one in target.log if one.target.startswith("/api/admin") and one.status != 404])

    def test_the_logout_is_sent_last_and_once(self):
        target = self.target()
        self.scan_target(target, needs=("logout",))
        marks = [index for index, record in enumerate(target.log) if record.target == "/api/logout"]
        self.assertEqual(1, len(marks))
        self.assertLessEqual(len(target.log) - marks[0], 8, "requests after the logout")

    def test_one_token_of_many_operations_is_logged_out_once_after_all_of_them(self):
        for flaw in (None, "revoked-accepted"):
            with self.subTest(flaw):
                target = self.target(flaw=flaw) if flaw else self.target()
                spec = target.spec("GET /api/me", "GET /api/me/again")
                run = self.scan_target(target, "--spec", spec, needs=("logout",))
                marks = [index for index, record in enumerate(target.log) if record.target == "/api/logout"]
                self.assertEqual(1, len(marks))
                self.assertLessEqual(len(target.log) - marks[0], 8, "requests after the logout")
                self.assert_tested(run, "jwt-revoked-accepted", "jwt-alg-none", "jwt-signature-ignored")
                found = {one["where"]["url"].rpartition("/")[2] for one in run.findings
                         if one["check"] == "jwt-revoked-accepted"}
                self.assertEqual({"me", "again"} if flaw else set(), found)

    def test_standard_error_is_silent_when_it_is_no_terminal(self):
        run = self.scan_target(self.target())
        self.assertEqual("", run.stderr)

    def test_output_that_is_lost_ends_with_4_and_a_reader_that_has_enough_does_not(self):
        source = os.path.join(ROOT, "tests", "audit", "ruby")
        for words in (["checks"], ["audit", source, "--format", "json"], ["audit", source], ["--version"]):
            with self.subTest(words), open("/dev/full", "wb") as full:
                done = subprocess.run([BATTEN, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual((4, "batten: cannot write to stdout: No space left on device\n"), (done.returncode, done.stderr))
            closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", BATTEN, *words], capture_output=True, text=True, check=False)
            self.assertEqual((4, "batten: cannot write to stdout: Bad file descriptor\n"), (closed.returncode, closed.stderr))
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([BATTEN, *words], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
            os.close(writer)
            self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_the_token_may_come_from_a_file_a_variable_or_a_command(self):
        target = self.target(flaw="alg-none")
        path = self.file("token", target.token + "\n")
        for value in ("@" + path, "env:GOOD_TOKEN", "cmd:/bin/cat " + path):
            with self.subTest(value):
                run = self.scan(target.url, "--token", value, environment={"GOOD_TOKEN": target.token})
                self.assert_found(run, "jwt-alg-none", "critical")
                self.assertNotIn(target.token.rpartition(".")[2], run.stdout)

    def test_the_reproducing_command_is_understood_by_curl_and_shows_the_finding(self):
        if not shutil.which("curl"):
            self.skipTest("curl is not installed")
        target = self.target(flaw="alg-none")
        run = self.scan_target(target)
        (finding,) = [one for one in run.findings if one["check"] == "jwt-alg-none"]
        words = shlex.split(finding["reproduce"])
        self.assertEqual("curl", words[0])
        done = subprocess.run([*words, "-s", "-o", "/dev/null", "-w", "%{http_code}"], capture_output=True, timeout=20,
                              check=False, env={**os.environ, "TOKEN": target.token})
        self.assertEqual(b"200", done.stdout[-3:], finding["reproduce"])


class Interrupt(Case):
    """Ctrl-C: an end long before the scan's own (40 seconds and more at these rates), and a report of what was done that no gate takes for a pass."""

    def interrupted(self, *arguments, after, number=signal.SIGINT, limit=20):
        """`after` tells, given the process, whether it has come so far."""
        with tempfile.TemporaryFile() as out:
            child = subprocess.Popen([BATTEN, "scan", *arguments, "--format", "json"], cwd=self.directory, stdout=out,
                                     stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                     env=clean_environment(self.directory))
            self.addCleanup(child.kill)
            self.assertTrue(eventually(lambda: after(child)), "the scan did not come so far")
            child.send_signal(number)
            started = time.monotonic()
            code = child.wait(30)
            self.assertLess(time.monotonic() - started, limit)
            out.seek(0)
            run = Run(list(arguments), code, out.read().decode(), "", 0, 0)
        self.assertEqual(3, code)
        self.check_report(run)
        self.assertIs(True, run.report["partial"])
        self.assertEqual([], [one for one in run.findings if one["severity"] == "critical"])
        return run

    def test_a_scan_that_is_interrupted_ends_at_once_with_a_partial_report(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                target = self.target()
                run = self.interrupted(*target.scan_arguments(), "--rate", "3", "--threshold", "0", number=number,
                                       after=lambda _, target=target: target.count > 25)
                self.assertLess(target.count, 80)
                self.assertTrue([one for one in run.report["not_tested"] if "stopped" in one["reason"]])

    def test_a_target_that_never_answers_does_not_hold_it_up(self):
        with Hostile("silent") as server:
            self.interrupted(server.url, "--token", server.token, "--timeout", "60", after=lambda _: server.requests)

    def test_arithmetic_on_keys_does_not_hold_it_up(self):
        target, helpers = self.target(shape="RS256", jwks=False), []

        def calculates(child):
            helpers[:] = children_of(child.pid)
            return target.count > 8 and any(processor_seconds(pid) > 0.2 for pid in helpers)
        self.interrupted(*target.scan_arguments(), "--as", "other=" + target.mint(sub="user-8"), after=calculates)
        self.assertFalse([pid for pid in helpers if os.path.exists(f"/proc/{pid}")], "the arithmetic goes on without its scan")


def eventually(true, seconds=60):
    """Whether it comes to be true in this time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Repetition(Case):
    def recorded(self, flaw="", shape="", needs=None):
        """A live recorded run and two replays, which must not reach the target."""
        path = os.path.join(self.directory, "recording")
        with Target(shape=shape, flaw=flaw) as target:
            self.commands.append(target.command_line())
            arguments = target.scan_arguments(needs)
            live = self.scan(*arguments, "--record", path)
            before = target.count
            first = self.scan(*arguments, "--replay", path)
            second = self.scan(*arguments, "--replay", path)
            self.assertEqual(before, target.count, "a replay sent requests")
        return live, first, second

    def test_a_replay_gives_the_live_findings_and_the_same_bytes_each_time(self):
        for flaw, shape in (("alg-none", ""), ("", ""), ("kid-injection", ""), ("secret-weak", ""), ("key-confusion:pem", ""),
                            ("signature-ignored", "volatile+ok-status"), ("claim-path-semantics", ""), ("exp-missing", "")):
            with self.subTest(flaw=flaw, shape=shape):
                live, first, second = self.recorded(flaw, shape)
                self.assertEqual(first.stdout, second.stdout)
                self.assertEqual(live.report["findings"], first.report["findings"])
                self.assertEqual(essence(live.report), essence(first.report))
                self.assertEqual(live.code, first.code)

    def test_a_fetch_seen_by_the_canary_is_seen_again_in_a_replay(self):
        live, first, second = self.recorded("jku-fetched:accepted")
        self.assertIn("jwt-jku-fetched", first.found("high"))
        self.assertEqual(live.report["findings"], first.report["findings"])
        self.assertEqual(first.stdout, second.stdout)

    def test_a_replay_works_when_the_target_is_gone(self):
        path = os.path.join(self.directory, "recording")
        with Target(flaw="alg-none") as target:
            arguments = target.scan_arguments()
            live = self.scan(*arguments, "--record", path)
        replay = self.scan(*arguments, "--replay", path)
        self.assertEqual(essence(live.report), essence(replay.report))

    def test_two_live_runs_agree(self):
        for shape, flaw in (("", ""), ("", "alg-none"), ("volatile+RS256", "key-confusion:pem"), ("ok-status+volatile", "alg-none")):
            with self.subTest(shape=shape, flaw=flaw):
                target = self.target(shape=shape, flaw=flaw)
                first, second = self.scan_target(target), self.scan_target(target)
                self.assertEqual(essence(first.report), essence(second.report))
                self.assertEqual(first.report["requests"], second.report["requests"])

    def test_fingerprints_do_not_depend_on_the_port(self):
        prints = [{one["check"]: one["fingerprint"] for one in self.scan_target(self.target(flaw="alg-none")).findings}
                  for _ in range(2)]
        self.assertEqual(*prints)

    def test_concurrency_does_not_change_the_findings(self):
        target = self.target(flaw="alg-none")
        runs = [self.scan_target(target, "--concurrency", count) for count in (1, 16)]
        self.assertEqual(*[essence(run.report) for run in runs])


class Reports(Case):
    def test_the_policy_demands_the_kind_of_token_that_the_good_one_names(self):
        """Then an ID token of the same issuer is refused by it; a token of no kind is asked for none."""
        for claims, wanted in (({"typ": "Bearer"}, 'claims: {typ: "Bearer"}'), ({"token_use": "access"}, 'claims: {token_use: "access"}'), ({}, None)):
            with self.subTest(claims=claims):
                target = self.target(flaw="alg-none")
                target.token = target.mint(**claims)
                run = self.scan_target(target)
                policy = next(one for one in run.findings if one["check"] == "jwt-alg-none")["fix"]["policy"]
                self.assertEqual(wanted is not None, "claims:" in policy, policy)
                self.assertIn(wanted or "required: [sub]", policy)

    def test_a_finding_carries_what_the_contract_promises(self):
        run = self.scan_target(self.target(flaw="alg-none"))
        (finding,) = [one for one in run.findings if one["check"] == "jwt-alg-none"]
        self.assertEqual("authentication", finding["category"])
        self.assertEqual(("operation", "GET"), (finding["where"]["kind"], finding["where"]["method"]))
        self.assertTrue(finding["where"]["url"].endswith("/api/me"))
        self.assertTrue(finding["fix"]["text"])
        self.assertIn("algorithms", finding["fix"]["policy"])
        self.assertIn(327, finding["references"]["cwe"])
        self.assertTrue(any("8725" in one for one in finding["references"]["rfc"]))
        shown = [one for one in finding["evidence"] if one.get("request")]
        self.assertTrue(any("GET /api/me" in one["request"] and "200" in one["response"] for one in shown))
        self.assertTrue(any("401" in one["response"] for one in shown), "the evidence shows no refused control")

    def test_the_fields_of_a_report_come_in_the_order_of_the_contract(self):
        report = self.scan_target(self.target(flaw="alg-none")).report
        order = ["schema", "tool", "kind", "target", "started", "finished", "requests", "score", "grade", "categories",
                 "findings", "not_tested"]
        self.assertEqual(order, [name for name in report if name in order])
        fields = ["id", "check", "category", "severity", "confidence", "title", "description", "where", "evidence",
                  "reproduce", "fix", "references", "fingerprint"]
        self.assertEqual(fields, [name for name in report["findings"][0] if name in fields])

    def test_the_grade_follows_from_the_score(self):
        for flaw in ("", "alg-none", "in-query:token", "exp-ignored"):
            with self.subTest(flaw):
                report = self.scan_target(self.target(flaw=flaw)).report
                grades = [(90, "A"), (80, "B"), (70, "C"), (60, "D"), (0, "F")]
                self.assertEqual(next(grade for least, grade in grades if report["score"] >= least), report["grade"])

    def test_a_strict_target_has_full_marks_in_authentication(self):
        report = self.scan_target(self.target()).report
        self.assertEqual(100, report["categories"]["authentication"]["score"])
        self.assertGreaterEqual(report["categories"]["authentication"]["checks"], 15)

    def test_permission_is_recorded(self):
        target = self.target()
        self.assertEqual("loopback", self.scan_target(target).report["target"]["authorization"])


if __name__ == "__main__":
    unittest.main()
