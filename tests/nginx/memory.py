#!/usr/bin/python3
"""tests/nginx/memory.py [MILLIONS]: resident memory of nginx's worker with the module, and of guard serve, after each million of
requests, nine in ten with good tokens, more of them in turn than the cache holds. Flat says that nothing of a request stays.
Takes minutes; needs wrk."""
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rig import RELEASE, Key, Nginx, free_port, listens, wait_for  # noqa: E402

TOKENS = 60000  # of some 300 bytes: more than a cache of 8 MiB holds
POLICY = """version: 1
issuers:
  - {issuer: shop, algorithms: [HS256], audiences: [api], keys: {file: key.jwk}}
forward: {X-User-Email: email}
"""
LUA = """
local lines, i = {}, 0
for line in io.lines("%s") do lines[#lines + 1] = line end
function request()
  i = i + 1
  return wrk.format("GET", "/w", {["Host"] = "localhost", ["X-Original-Method"] = "GET", ["X-Original-URI"] = "/w", ["X-Original-Host"] = "localhost",
    ["Authorization"] = "Bearer " .. lines[i %% #lines + 1]})
end
function done(summary) io.write("\\n" .. summary.requests .. "\\n") end
"""


def resident(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
    return total


def load(port, script, seconds):
    done = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}/w"], capture_output=True, text=True,
                          check=True)
    count, refused = int(done.stdout.strip().rpartition("\n")[2]), re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    if not refused or not 0.09 < int(refused.group(1)) / count < 0.11:
        raise RuntimeError("not a tenth was refused: " + done.stdout)
    return count


def watch(name, pids, port, script, millions):
    sent, shown = 0, 0
    while sent < millions * 1e6:
        sent += load(port, script, 10)
        if sent >= shown * 1e6:
            print(f"{name}: {sent / 1e6:5.1f} M requests, {resident(pids):7} KiB", flush=True)
            shown = int(sent / 1e6) + 1


def main():
    millions, port, at = int(sys.argv[1]) if len(sys.argv) > 1 else 10, free_port(), free_port()
    key = Key("HS256", "k")
    with Nginx("", workers=1) as n:
        n.file("key.jwk", json.dumps(key.jwk()), 0o600)
        policy = n.file("p.yaml", POLICY)
        n.file("www/w", "here\n")
        made = [key.token(jti=str(i), email=f"{i}@example.org", exp=4000000000 if i % 10 else 1000000000) for i in range(TOKENS)]
        script = n.file("load.lua", LUA % n.file("tokens", "".join(t + "\n" for t in made)))
        n.http = f"server {{ listen 127.0.0.1:{port}; root {n.path}/www; batten_policy p.yaml; batten on; error_log /dev/null; }}"
        n.start(port)
        daemon = subprocess.Popen([RELEASE, "guard", "serve", "--policy", policy, "--listen", f"127.0.0.1:{at}", "--metrics", "off",
                                   "--threads", "1"], stdout=subprocess.DEVNULL)
        try:
            wait_for(lambda: listens(at), 10)
            watch("module", n.worker_pids(), port, script, millions)
            watch("guard serve", [daemon.pid], at, script, millions)
        finally:
            daemon.terminate()
            daemon.wait()


main()
