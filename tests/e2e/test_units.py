"""The systemd units: systemd takes them and finds them confined, and what they start starts."""
import os
import re
import shlex
import socket
import subprocess
import tempfile
import time
import unittest

from support import BATTEN

UNITS = os.path.join(os.path.dirname(BATTEN), "data", "systemd")
EXPOSURE_MAX = 20  # of 100, as systemd-analyze counts; what listens on a network cannot have 0
POLICY = "version: 1\nissuers:\n  - {issuer: a, algorithms: [HS256], audiences: [api], keys: {file: a.jwk}}\n"
JWK = '{"kty":"oct","kid":"a","alg":"HS256","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}'


def unit(name):
    with open(os.path.join(UNITS, f"batten-{name}.service"), encoding="utf-8") as f:
        return re.sub(r"(?m)^Documentation=.*$", "", re.sub(r"(?<==)\S+/bin/batten", BATTEN, f.read()))


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, 0o600)
    return path


class Units(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_systemd_takes_them_and_finds_them_confined(self):
        for name in ("guard", "watch"):
            path = write(self.folder, f"batten-{name}.service", unit(name))
            for words in (["verify"], ["security", "--offline=true", f"--threshold={EXPOSURE_MAX}"]):
                done = subprocess.run(["systemd-analyze", *words, path], capture_output=True, text=True, check=False)
                self.assertEqual((0, ""), (done.returncode, done.stderr), done.stdout)

    def starts(self, name, *more):
        """The unit's command, with the folders that systemd gives it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = re.search(r"(?m)^ExecStart=(.*)$", unit(name)).group(1).replace("/etc/batten/", self.folder + "/")
        for folder in ("STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"):
            command = command.replace("${" + folder + "}", self.folder)
        process = subprocess.Popen([*shlex.split(command), "--listen", f"127.0.0.1:{port}", *more], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        for _ in range(200):
            with socket.socket() as s:
                if process.poll() is not None or s.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        running = process.poll() is None
        process.terminate()
        said = process.communicate()[0]
        self.assertTrue(running, said)

    def test_the_guard_starts(self):
        write(self.folder, "policy.yaml", POLICY)
        write(self.folder, "a.jwk", JWK)
        self.starts("guard", "--metrics", "off")

    def test_the_watch_starts(self):
        write(self.folder, "token", "a token of the dashboard\n")
        self.starts("watch")


if __name__ == "__main__":
    unittest.main()
