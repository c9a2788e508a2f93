"""The Model Context Protocol server, over both transports, against a weak target and its strict twin."""
import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time
import unittest

from support import BATTEN, ROOT
from target import Target

INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


class Stdio:
    """A client that speaks over the server's standard input and output."""

    def __init__(self, *arguments, cwd=None):
        self.process = subprocess.Popen([BATTEN, "mcp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, cwd=cwd)
        self.notices, self.next_id = [], 0
        self.request("initialize", INITIALIZE)
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def receive(self, wanted):
        while line := self.process.stdout.readline():
            message = json.loads(line)
            if message.get("id") == wanted:
                return message
            self.notices.append(message)
        raise AssertionError("the server ended: " + self.process.stderr.read())

    def request(self, method, params=None):
        self.next_id += 1
        self.send({"id": self.next_id, "method": method, "params": params or {}})
        return self.receive(self.next_id)

    def tool(self, name, meta=None, **arguments):
        params = {"name": name, "arguments": arguments, **({"_meta": meta} if meta else {})}
        return self.request("tools/call", params)["result"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process.stderr.close()


class Mcp(unittest.TestCase):
    def test_a_scan_finds_the_flaw_and_verify_fix_tells_open_from_fixed(self):
        with Stdio() as client, Target(flaw="alg-none") as weak, Target() as strict:
            scan = client.tool("scan_api", meta={"progressToken": "p"}, url=weak.url, token=weak.token)
            found = scan["structuredContent"]
            self.assertFalse(scan["isError"], scan)
            self.assertEqual("F", found["grade"])
            flaw = next(one for one in found["findings"] if one["check"] == "jwt-alg-none")
            self.assertTrue(any(n.get("method") == "notifications/progress" for n in client.notices))
            self.assertNotIn(weak.token, json.dumps(scan))
            again = client.tool("verify_fix", id=found["id"], finding=flaw["id"])["structuredContent"]
            self.assertEqual(["open"], [one["state"] for one in again["findings"]])
            mended = client.tool("verify_fix", id=found["id"], finding=flaw["id"], url=strict.url,
                                 token=strict.token)["structuredContent"]
            self.assertEqual(["fixed"], [one["state"] for one in mended["findings"]])
            called = client.tool("verify_fix", id=found["id"], finding="jwt-alg-none")["structuredContent"]
            self.assertEqual([(flaw["id"], "open")], [(one["finding"], one["state"]) for one in called["findings"]])
            sent = weak.count
            self.assertIn("get_scan", client.tool("verify_fix", id=found["id"], finding="f-99")["content"][0]["text"])
            self.assertEqual(sent, weak.count, "nothing is asked of the target for a finding that is none")
            explained = client.tool("explain_finding", id=found["id"], finding=flaw["id"])
            self.assertIn("curl", explained["structuredContent"]["reproduce"])
            policy = client.tool("suggest_policy", id=found["id"])["structuredContent"]["policy"]
            self.assertIn("issuers:", policy)
            whole = client.request("resources/read", {"uri": found["report"]})["result"]["contents"][0]
            self.assertEqual("batten-report/1", json.loads(whole["text"])["schema"])
            self.assertEqual(4, len(client.tool("list_scans")["structuredContent"]["scans"]))

    def test_a_bearer_token_in_headers_is_the_good_token(self):
        with Stdio() as client, Target(flaw="alg-none") as weak:
            scan = client.tool("scan_api", url=weak.url, headers={"Authorization": f"Bearer {weak.token}"})
            self.assertIn("jwt-alg-none", [one["check"] for one in scan["structuredContent"]["findings"]])

    def test_targets_without_consent_are_refused(self):
        with Stdio() as client:
            for url in ("http://169.254.169.254/", "http://metadata.google.internal/", "http://[fd00:ec2::254]/",
                        "http://192.0.2.1/", "ftp://127.0.0.1/", "nonsense"):
                result = client.tool("scan_api", url=url)
                self.assertTrue(result["isError"], url)

    def test_wrong_arguments_are_told_to_the_assistant(self):
        with Stdio() as client:
            for arguments, word in (({}, "url"), ({"url": 3}, "url is a string"), ({"url": "http://127.0.0.1:1/", "tokn": "x"},
                                                                                   "did you mean token")):
                result = client.tool("scan_api", **arguments)
                self.assertTrue(result["isError"])
                self.assertIn(word, result["content"][0]["text"])
            self.assertEqual(-32602, client.request("tools/call", {"name": "nothing"})["error"]["code"])
            self.assertEqual(-32601, client.request("nothing")["error"]["code"])
            self.assertEqual(-32002, client.request("resources/read", {"uri": "batten://reports/x"})["error"]["code"])

    def test_a_scan_can_be_cancelled(self):
        with Stdio() as client, Target(shape="rest", flaw="alg-none") as weak:
            client.send({"id": 900, "method": "tools/call", "params": {
                "name": "scan_api", "arguments": {"url": weak.url, "token": weak.token, "rate": 1}}})
            started = time.monotonic()
            client.send({"method": "notifications/cancelled", "params": {"requestId": 900}})
            client.request("ping")
            client.process.stdin.close()
            rest = client.process.stdout.read()
            self.assertLess(time.monotonic() - started, 20)
            self.assertNotIn('"id":900', rest)

    def test_projects_outside_the_roots_are_not_read(self):
        with tempfile.TemporaryDirectory() as inside, tempfile.TemporaryDirectory() as outside, \
                Stdio("--root", inside) as client:
            os.symlink(outside, os.path.join(inside, "link"))
            for path in (outside, os.path.join(inside, "link"), inside + "/..", inside + "x", "/nowhere"):
                result = client.tool("audit_project", path=path)
                self.assertTrue(result["isError"], path)
                self.assertRegex(result["content"][0]["text"], "outside the folders|no folder")

    def test_on_stdio_any_project_is_read_and_arguments_go_by_their_other_names(self):
        with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as project, Stdio(cwd=here) as client:
            with open(os.path.join(project, "Dockerfile"), "w", encoding="utf-8") as file:
                file.write("FROM a:1\nRUN curl https://x.example/i.sh | sh\n")
            self.assertTrue(client.tool("get_scan")["isError"], "there is none yet")
            audit = client.tool("audit_project", directory=project)["structuredContent"]
            self.assertIn("docker-curl-pipe", [one["check"] for one in audit["findings"]])
            self.assertEqual(audit["id"], client.tool("get_scan")["structuredContent"]["id"])
            told = client.tool("explain_finding", check="docker-curl-pipe", scan_id=audit["id"])
            self.assertEqual("docker-curl-pipe", told["structuredContent"]["check"])
            with open(os.path.join(project, "Dockerfile"), "w", encoding="utf-8") as file:
                file.write("FROM a:1\nUSER a\n")
            mended = client.tool("verify_fix", scan_id=audit["id"], finding_id="docker-curl-pipe")["structuredContent"]
            self.assertEqual(["fixed"], [one["state"] for one in mended["findings"]])
            twice = client.tool("explain_finding", check="docker-root", finding="docker-curl-pipe")
            self.assertIn("no argument check", twice["content"][0]["text"])

    def test_tools_prompts_and_resources_are_described(self):
        with Stdio() as client:
            tools = {one["name"]: one for one in client.request("tools/list")["result"]["tools"]}
            self.assertEqual({"scan_api", "get_scan", "list_scans", "audit_project", "explain_finding", "inspect_token",
                              "suggest_policy", "verify_fix"}, set(tools))
            for one in tools.values():
                self.assertEqual("object", one["inputSchema"]["type"])
                self.assertEqual("object", one["outputSchema"]["type"])
            prompt = client.request("prompts/get", {"name": "harden-rails-app", "arguments": {"url": "http://x%s/"}})
            self.assertIn("http://x%s/", prompt["result"]["messages"][0]["content"]["text"])
            uris = [one["uri"] for one in client.request("resources/list")["result"]["resources"]]
            self.assertIn("batten://checks/jwt-alg-none", uris)
            page = client.request("resources/read", {"uri": "batten://checks/jwt-alg-none"})["result"]["contents"][0]
            self.assertIn("# jwt-alg-none", page["text"])
            completed = client.request("completion/complete", {"ref": {"type": "ref/resource", "uri": "batten://checks/{check}"},
                                                               "argument": {"name": "check", "value": "jwt-alg"}})
            self.assertIn("jwt-alg-none", completed["result"]["completion"]["values"])

    def test_a_token_is_inspected(self):
        with Stdio() as client, Target() as target:
            told = client.tool("inspect_token", token=target.token)["structuredContent"]
            self.assertEqual("HS256", told["algorithm"])
            self.assertFalse(told["verified"])
            self.assertTrue(client.tool("inspect_token", token="x.y")["isError"])

    def test_hostile_lines_are_answered_and_bounded(self):
        with Stdio() as client:
            for line in ("[" * 100000, "nonsense", '{"jsonrpc":"1.0","id":1,"method":"ping"}', '"x"', "[]",
                         '{"jsonrpc":"2.0","id":{},"method":"ping"}', "x" * (5 * 1024 * 1024)):
                client.process.stdin.write(line + "\n")
                client.process.stdin.flush()
                self.assertIn("error", json.loads(client.process.stdout.readline()))
            self.assertIn("result", client.request("ping"))


class Http:
    def __init__(self, *arguments, listen="127.0.0.1:0"):
        self.host = listen.rpartition(":")[0].strip("[]")
        self.process = subprocess.Popen([BATTEN, "mcp", "--http", listen, *arguments], stderr=subprocess.PIPE, text=True)
        seen = ""
        while not (found := re.search(r"http://(?:127\.0\.0\.1|\[::1\]):(\d+)/mcp", seen)):
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError(seen)
            seen += line
        self.port = int(found.group(1))
        token = re.search(r"Bearer (\S+)", seen)
        self.token = token.group(1) if token else None
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def ask(self, message, session=None, method="POST", **headers):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                "Authorization": f"Bearer {self.token}"}
        if session:
            sent["Mcp-Session-Id"] = session
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        body = message if isinstance(message, str) else json.dumps({"jsonrpc": "2.0", **message})
        connection.request(method, "/mcp", body, {name: value for name, value in sent.items() if value})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)


class McpHttp(unittest.TestCase):
    def test_a_session_scans_with_progress_as_events(self):
        with Http() as server, Target(flaw="alg-none") as weak:
            status, headers, _ = server.ask({"id": 1, "method": "initialize", "params": INITIALIZE})
            session = headers["Mcp-Session-Id"]
            self.assertEqual(200, status)
            self.assertEqual(202, server.ask({"method": "notifications/initialized"}, session)[0])
            status, headers, text = server.ask({"id": 2, "method": "tools/call", "params": {
                "name": "scan_api", "arguments": {"url": weak.url, "token": weak.token},
                "_meta": {"progressToken": 7}}}, session, MCP_Protocol_Version="2025-11-25")
            self.assertEqual("text/event-stream", headers["Content-Type"])
            messages = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
            self.assertEqual("notifications/progress", messages[0]["method"])
            self.assertEqual("F", messages[-1]["result"]["structuredContent"]["grade"])
            self.assertEqual(204, server.ask("", session, method="DELETE")[0])
            self.assertEqual(404, server.ask({"id": 3, "method": "ping"}, session)[0])

    def test_only_who_may_ask_is_answered(self):
        with Http() as server:
            ping = {"id": 1, "method": "initialize", "params": INITIALIZE}
            self.assertEqual(401, server.ask(ping, Authorization="Bearer wrong")[0])
            self.assertEqual(401, server.ask(ping, Authorization=None)[0])
            self.assertEqual(403, server.ask(ping, Origin="http://evil.example")[0])
            self.assertEqual(403, server.ask(ping, Host="evil.example")[0])
            self.assertEqual(200, server.ask(ping, Origin=f"http://localhost:{server.port}")[0])
            self.assertEqual(400, server.ask({"id": 2, "method": "ping"})[0])
            self.assertEqual(404, server.ask({"id": 2, "method": "ping"}, "0" * 32)[0])
            self.assertEqual(400, server.ask("nonsense")[0])
            self.assertEqual(400, server.ask("[]")[0])
            self.assertEqual(400, server.ask(ping, MCP_Protocol_Version="1999-01-01")[0])
            self.assertEqual(405, server.ask("", method="GET")[0])
            self.assertEqual(413, server.ask("x" * (5 * 1024 * 1024))[0])

    def test_who_guesses_tokens_waits_and_who_knows_it_never_does(self):
        ping = {"id": 1, "method": "initialize", "params": INITIALIZE}
        with Http() as server:
            self.assertEqual([200] * 15, [server.ask(ping)[0] for _ in range(15)])
            self.assertEqual([401] * 10 + [429], [server.ask(ping, Authorization="Bearer wrong")[0] for _ in range(11)])
            status, headers, _ = server.ask(ping)
            self.assertEqual(429, status)
            self.assertIn(int(headers["Retry-After"]), range(1, 61))

    def test_an_open_server_needs_loopback(self):
        run = subprocess.run([BATTEN, "mcp", "--http", "0.0.0.0:0", "--no-token"], capture_output=True, text=True, check=False)
        self.assertEqual(2, run.returncode)
        self.assertIn("loopback", run.stderr)
        with Http("--no-token", listen="[::1]:0") as server:
            self.assertEqual(200, server.ask({"id": 1, "method": "initialize", "params": INITIALIZE}, Authorization=None)[0])

    def test_the_token_is_read_from_the_environment_or_a_file_and_is_long_enough(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("0123456789abcdef\n")
            file.flush()
            with Http("--token", f"@{file.name}") as server:
                server.token = "0123456789abcdef"
                self.assertEqual(200, server.ask({"id": 1, "method": "initialize", "params": INITIALIZE})[0])
        for token, word in (("env:BATTEN_NO_SUCH", "not set"), ("@/nonexistent", "cannot open"), ("short", "16 characters")):
            run = subprocess.run([BATTEN, "mcp", "--http", "127.0.0.1:0", "--token", token], capture_output=True, text=True, check=False)
            self.assertEqual(2, run.returncode)
            self.assertIn(word, run.stderr)


if __name__ == "__main__":
    unittest.main()
