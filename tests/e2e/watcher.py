"""A running `batten watch serve` and its history, for tests of the dashboard over HTTP and in a browser."""
import os
import re
import subprocess
import tempfile
import threading

from support import BATTEN

TOKEN = "0123456789abcdef0123"


class History:
    """A history file of its own, and the commands that work on it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.db = os.path.join(self.folder.name, "watch.db")

    def run(self, *arguments, **environment):
        return subprocess.run([BATTEN, *arguments, "--db", self.db], capture_output=True, text=True, check=False,
                              env={**os.environ, **environment}, timeout=120)


class Watcher:
    def __init__(self, db, *options, **environment):
        self.process = subprocess.Popen([BATTEN, "watch", "serve", "--listen", "127.0.0.1:0", "--db", db, "--token", TOKEN,
                                         *options], stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})
        self.port = int(re.search(r":(\d+)/", self.process.stderr.readline()).group(1))
        self.origin = f"http://127.0.0.1:{self.port}"
        self.said = []
        self._reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self._reader.start()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        self._reader.join()
        self.process.stderr.close()
        return code
