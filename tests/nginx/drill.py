#!/usr/bin/python3
"""tests/nginx/drill.py [SECONDS]: everything changes under wrk, before nginx with the module and nginx with auth_request to
guard serve: a key rotates and a token is revoked every second, nginx and the daemon reload every five, and a worker is killed
every fifteen (in a short run once). Counted: good requests that were refused and bad ones that were accepted, of which there
must be none. Where the killed worker's connections end there is no answer: those requests are counted apart."""
import base64
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rig import RELEASE, Key, Nginx, b64, free_port, listens, request, wait_for  # noqa: E402

OVERLAP, TICK, RELOAD_EVERY, KILL_EVERY = 4, 1, 5, 15
POLICY = """version: 1
issuers:
  - {issuer: rotating, algorithms: [HS256], audiences: [api], leeway: 0s, keys: {file: rotating.jwk}}
  - {issuer: steady, algorithms: [HS256], audiences: [api], leeway: 0s, keys: {file: steady.jwk}}
  - {issuer: once, algorithms: [HS256], audiences: [api], leeway: 0s, keys: {file: once.jwk}, replay: true}
revocation: {file: revoked.list}
"""
ASK = """auth_request /ask; location = /ask { internal; proxy_pass http://daemon; proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_set_header X-Original-Method $request_method;
  proxy_set_header X-Original-URI $request_uri; proxy_set_header X-Original-Host $host; proxy_set_header X-Original-Scheme $scheme;
  proxy_set_header X-Original-Client-Cert ""; }"""
# The tokens are read again every 64 requests: what they are changes under the load.
LUA = """
local lines, asked, threads = {}, 0, {}
right, wrong, said = 0, 0, ""
function setup(thread) threads[#threads + 1] = thread end
function request()
  if asked %% 64 == 0 then
    lines = {}
    for line in io.lines("%s") do lines[#lines + 1] = line end
  end
  asked = asked + 1
  return wrk.format("GET", "/w", {["Host"] = "localhost", ["Authorization"] = "Bearer " .. lines[asked %% #lines + 1]})
end
function response(status)
  if status == %d then right = right + 1 return end
  wrong = wrong + 1
  if #said < 200 then said = said .. status .. " " end
end
function done(summary)
  local e, right, wrong, said = summary.errors, 0, 0, ""
  for _, t in ipairs(threads) do right, wrong, said = right + t:get("right"), wrong + t:get("wrong"), said .. t:get("said") end
  io.write(string.format('\\n{"right":%%d,"wrong":%%d,"said":"%%s","lost":%%d}\\n', right, wrong, said, e.connect + e.read + e.write + e.timeout))
end
"""


class Tokens:
    """Which tokens are good by now and which are bad, in two files for wrk."""

    def __init__(self, nginx):
        self.n, self.policy = nginx, nginx.file("p.yaml", POLICY)
        self.steady, self.once = Key("HS256", "s"), Key("HS256", "o")
        self.published = []  # (when, key), the newest last
        self.live, self.dropped, self.revoked = collections.deque(), None, []
        self.rotations = self.revocations = 0
        nginx.file("rotating.jwk", json.dumps(Key("HS256", "k0").jwk()), 0o600)
        nginx.file("steady.jwk", json.dumps(self.steady.jwk()), 0o600)
        nginx.file("revoked.list", "")
        nginx.file("once.jwk", json.dumps(self.once.jwk()), 0o600)

    def guard(self, *arguments):
        subprocess.run([RELEASE, "guard", *arguments, "--policy", self.policy], check=True, stdout=subprocess.DEVNULL)

    def rotate(self):
        self.rotations += 1
        kid = f"k{self.rotations}"
        self.guard("keys", "rotate", "--issuer", "rotating", "--kid", kid, "--overlap", f"{OVERLAP}s")
        with open(self.n.path + "/rotating.jwk", encoding="utf-8") as f:
            found = next(k for k in json.load(f)["keys"] if k["kid"] == kid)
        key = Key("HS256", kid)
        key.secret = base64.urlsafe_b64decode(found["k"] + "==")
        self.published.append((time.time(), key))

    def revoke(self):
        """The oldest good one is used no longer, and revoked a tick later."""
        if self.dropped:
            self.guard("revoke", "--jti", self.dropped[0])
            self.revocations += 1
            self.revoked.append((time.time(), self.dropped[1]))
        jti = f"j{self.rotations}"
        self.live.append((jti, self.steady.token(iss="steady", jti=jti)))
        self.dropped = self.live.popleft() if len(self.live) > 3 else None

    def tick(self):
        self.rotate()
        self.revoke()
        self.write()

    def write(self):
        now = time.time()
        known = [key for when, key in self.published if when <= now - 1]
        good = [token for _, token in self.live]
        good += [known[-1].token(iss="rotating", jti=os.urandom(6).hex(), exp=int(now) + 60) for _ in range(3)] if known else []
        self.n.file("good.txt", "".join(t + "\n" for t in good))
        self.n.file("bad.txt", "".join(t + "\n" for t in self.bad(now)))

    def bad(self, now):
        newest, stranger = self.published[-1][1], Key("HS256", self.published[-1][1].kid)
        fine = self.steady.token(iss="steady")
        over = [self.published[i][1] for i in range(len(self.published) - 1) if self.published[i + 1][0] + OVERLAP + 1 <= now]
        found = [key.token(iss="rotating") for key in over[-5:]]
        found += [token for when, token in self.revoked if when <= now - 1][-20:]
        found += [stranger.token(iss="rotating"), newest.token(iss="steady"), self.steady.token(iss="steady", exp=int(now) - 1),
                  self.steady.token(iss="steady", aud="other"), self.steady.token({"alg": "none"}, iss="steady"), fine[:-3], "rubbish",
                  fine.rpartition(".")[0] + "." + b64(b"\0" * 32)]
        return found


class Once(threading.Thread):
    """Tokens for one use, at once and later again, while all else goes on."""

    def __init__(self, tokens, ports):
        super().__init__()
        self.tokens, self.ports, self.stop, self.wrong, self.used = tokens, ports, threading.Event(), [], 0

    def run(self):
        spent = collections.deque()
        while not self.stop.is_set():
            for name, port in self.ports.items():
                token = self.tokens.once.token(iss="once", jti=os.urandom(8).hex())
                first, second = request(port, "/w", token).status, request(port, "/w", token).status
                self.used += first == 200
                if first not in (0, 200) or second not in ((0, 401) if first else (0, 200, 401)):
                    self.wrong.append((name, first, second))
                spent.append((time.time() + 2, name, port, token))
            while spent and spent[0][0] < time.time():
                _, name, port, token = spent.popleft()
                if request(port, "/w", token).status == 200:
                    self.wrong.append((name, "later", 200))
            self.stop.wait(0.02)


def wrk(tokens, kind, port, seconds):
    script = tokens.n.file(f"{kind}-{port}.lua", LUA % (f"{tokens.n.path}/{kind}.txt", 200 if kind == "good" else 401))
    return subprocess.Popen(["wrk", "-t1", "-c8", f"-d{seconds}s", "--timeout", "10s", "-s", script, f"http://127.0.0.1:{port}/w"],
                            stdout=subprocess.PIPE, text=True)


def change(tokens, daemon, running, seconds):
    """Until all loads have ended. Returns how often was reloaded and killed."""
    reloads = kills = ticks = 0
    while any(p.poll() is None for p in running):
        ticks += 1
        tokens.tick()
        if ticks % RELOAD_EVERY == 0:
            tokens.n.reload()
            daemon.send_signal(signal.SIGHUP)
            reloads += 1
        if ticks % KILL_EVERY == 8 or (seconds < KILL_EVERY and ticks == 3):
            os.kill(max(tokens.n.worker_pids()), signal.SIGKILL)
            kills += 1
        time.sleep(TICK)
    return reloads, kills


def drill(seconds):
    """Lines that tell what was counted, and what was wrong."""
    ports = {name: free_port() for name in ("module", "daemon")}
    at = free_port()
    with Nginx("", workers=2) as n, tempfile.TemporaryFile("w+") as log:
        tokens = Tokens(n)
        n.file("www/w", "here\n")
        n.http = f"""upstream daemon {{ server 127.0.0.1:{at}; keepalive 32; }}
          server {{ listen 127.0.0.1:{ports['module']}; root {n.path}/www; batten_policy p.yaml; batten on; }}
          server {{ listen 127.0.0.1:{ports['daemon']}; root {n.path}/www; {ASK} }}"""
        n.start(ports["module"])
        daemon = subprocess.Popen([RELEASE, "guard", "serve", "--policy", tokens.policy, "--listen", f"127.0.0.1:{at}", "--metrics", "off"],
                                  stdout=log, stderr=log)
        running, once = {}, Once(tokens, ports)
        try:
            wait_for(lambda: listens(at), 10)
            for _ in range(2):
                tokens.tick()
                time.sleep(TICK)
            once.start()
            running = {(kind, name): wrk(tokens, kind, port, seconds) for name, port in ports.items() for kind in ("good", "bad")}
            reloads, kills = change(tokens, daemon, running.values(), seconds)
            found = {key: json.loads(p.communicate()[0].strip().rpartition("\n")[2]) for key, p in running.items()}
        finally:
            once.stop.set()
            if once.ident:
                once.join()
            for p in (daemon, *running.values()):
                p.terminate()
                p.wait()
        return told(found, once, tokens, reloads, kills)


def told(found, once, tokens, reloads, kills):
    lines, wrong = [f"{tokens.rotations} rotations, {tokens.revocations} revocations, {reloads} reloads, {kills} workers killed"], []
    for name in ("module", "daemon"):
        good, bad = found["good", name], found["bad", name]
        lines.append(f"{name}: {good['right'] + good['wrong']} good requests answered, {good['wrong']} refused; {bad['right'] + bad['wrong']} bad ones "
                     f"answered, {bad['wrong']} otherwise than with 401; no answer to {good['lost'] + bad['lost']}")
        wrong += [f"{name}: {kind}: {one['said']}" for kind, one in (("good", good), ("bad", bad)) if one["wrong"]]
        wrong += [f"{name}: no load"] if not (good["right"] and bad["right"]) else []
    lines.append(f"{once.used} tokens for one use, {len(once.wrong)} of them otherwise than once")
    return lines, wrong + [str(w) for w in once.wrong[:10]]


if __name__ == "__main__":
    if not shutil.which("wrk"):
        sys.exit("the drill needs wrk: apt-get install wrk")
    said, problems = drill(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    print("\n".join(said + problems))
    sys.exit(1 if problems else 0)
