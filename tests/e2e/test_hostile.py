"""Servers that attack the scanner: it ends in time, within its memory, with a valid report and the right exit code."""
import socket
import unittest

from support import Case, load_in_parallel as load_tests, sanitized, sentence  # noqa: F401

from hostile import HOSTILE, UNUSABLE, Hostile, closed_port
from httpd import Response, Server

SECONDS = 90


class HostileCase(Case):
    def attack(self, url, token, *arguments, code):
        run = self.scan(url, "--token", token, "--timeout", "1", *arguments, code=code, timeout=SECONDS)
        self.assertLess(run.peak_kib / 1024, 600 if sanitized() else 200, "MiB at the peak")
        self.assertFalse([char for char in run.stdout if ord(char) < 32 and char != "\n" and char != "\t"],
                         "control characters in the report")
        return run

    def hostile(self, mode, **options):
        self.commands.append(f"python3 tests/targets/target.py --hostile {mode}")
        return self.enterContext(Hostile(mode, **options))

    def assert_partial(self, run):
        self.assertIs(True, run.report.get("partial"), "the report is not marked partial")


class Unreachable(HostileCase):
    def test_a_closed_port_ends_with_3_and_a_partial_report(self):
        with Hostile("silent") as server:
            run = self.attack(closed_port(), server.token, code=3)
        self.assert_partial(run)
        self.assertEqual([], run.findings)
        self.assertLess(run.seconds, 15)

    def test_an_incomplete_scan_never_passes_a_gate(self):
        with Hostile("silent") as server:
            for gate in (["--threshold", "0"], ["--fail-on", "critical"], ["--threshold", "F"]):
                with self.subTest(gate):
                    self.attack(closed_port(), server.token, *gate, code=3)

    def test_a_host_that_does_not_resolve_ends_with_3_or_is_refused_as_usage(self):
        with Hostile("silent") as server:
            self.attack("http://host.invalid/api/me", server.token, "--i-am-authorized", code=(2, 3))

    def test_a_plain_server_asked_by_tls_ends_with_3(self):
        with Hostile("invalid-utf8") as server:
            run = self.attack(server.url.replace("http:", "https:"), server.token, code=3)
        self.assert_partial(run)

    def test_a_server_that_dies_during_the_scan_gives_no_token_finding(self):
        server = self.hostile("closed-at-once", only_forged=True)
        decent, state = server._decent_answer, {"left": 15}

        def dying(head):
            state["left"] -= 1
            return decent(head) if state["left"] >= 0 else None
        server._decent_answer = dying
        run = self.attack(server.url, server.token, code=(0, 3))
        self.assert_no_token_findings(run)


class Attacks(HostileCase):
    """Made below."""


def survives(mode):
    def test(self):
        beacon = self.enterContext(Server(lambda request: Response(200, "{}", "application/json")))
        server = self.hostile(mode, elsewhere=f"http://127.0.0.1:{beacon.port}/api/me")
        run = self.attack(server.url, server.token, code=3 if mode in UNUSABLE else (0, 3))
        self.assert_no_token_findings(run)
        if run.code == 3:
            self.assert_partial(run)
        self.assertEqual(0, beacon.connection_count, "a redirect was followed to another port")
    return test


def survives_forged(mode):
    def test(self):
        server = self.hostile(mode, only_forged=True)
        run = self.attack(server.url, server.token, code=(0, 3))
        self.assert_no_token_findings(run)
    return test


for mode_ in HOSTILE:
    end = "ends with 3" if mode_ in UNUSABLE else "ends with 0 or 3"
    setattr(Attacks, sentence(f"{mode_} from every answer {end} within time and memory"), survives(mode_))
    setattr(Attacks, sentence(f"{mode_} for forged headers alone is no finding"), survives_forged(mode_))


class Connections(HostileCase):
    def test_a_server_that_refuses_connections_after_the_baselines_ends_the_scan_in_time(self):
        server = self.hostile("invalid-utf8", only_forged=True)
        decent, state = server._decent_answer, {"left": 12}

        def closing(head):
            state["left"] -= 1
            if state["left"] == 0:
                server._listener.shutdown(socket.SHUT_RDWR)
            return decent(head) if state["left"] > 0 else None
        server._decent_answer = closing
        run = self.attack(server.url, server.token, code=(0, 3))
        self.assert_no_token_findings(run)


if __name__ == "__main__":
    unittest.main()
