"""What is revoked, in SQLite and in a list that vanishes, before nginx with the module."""
import contextlib
import os
import re
import sqlite3
import subprocess
import time

from rig import RELEASE, Nginx, free_port, request, wait_for

PATIENCE = 200  # seconds; valgrind is slow


def database(check, policy, keys_into, key, every_worker, wrapper):
    """What is revoked in SQLite, written by somebody else while nginx runs."""
    port = free_port()
    with Nginx("", workers=2, wrapper=wrapper) as n:
        n.file("p.yaml", policy.replace("{file: revoked.list}", "{sqlite: state/revoked.db}"))
        keys_into(n, ".")
        n.file("www/w", "here\n")
        n.http = f"server {{ listen 127.0.0.1:{port} reuseport; root {n.path}/www; batten_policy p.yaml; batten on; }}"
        os.mkdir(n.path + "/state")
        code, said = n.test()
        check("a database that is missing fails the configuration test", code != 0 and "revoked.db" in said and "no such file" in said, said)
        with contextlib.closing(sqlite3.connect(n.path + "/state/revoked.db")) as writer:
            subprocess.run([RELEASE, "guard", "revoke", "--policy", n.path + "/p.yaml", "--create"], check=True)
            writer.execute("PRAGMA journal_mode=wal")
            n.start(port)
            for kind, value, claims in (("jti", "gone-1", {"jti": "gone-1"}), ("sub", "gone", {"sub": "gone"})):
                bad, good = key.token(**claims), key.token(jti="gone-2")
                check(f"SQLite: a token is good before ({kind})", every_worker(port, bad, 200, 1))
                writer.execute("INSERT INTO revoked (kind, value) VALUES (?, ?)", (kind, value))
                writer.commit()
                check(f"SQLite: revoked by {kind}, it is refused by all within a second", every_worker(port, bad, 401, 1))
                check("SQLite: others are not", every_worker(port, good, 200, 1))
        os.rename(n.path + "/state/revoked.db", n.path + "/state/away.db")
        check("a database that vanished is told of", wait_for(lambda: "what is revoked cannot be read" in n.log(), PATIENCE), n.log())
        old = n.worker_pids()
        n.reload()
        check("no reload forgets it", wait_for(lambda: n.log().count("[emerg]") > 0, PATIENCE) and n.worker_pids() == old, n.log())
        check("what it revoked stays revoked", every_worker(port, bad, 401, 1) and every_worker(port, good, 200, 1))
        os.rename(n.path + "/state/away.db", n.path + "/state/revoked.db")
        n.reload()
        check("once it is back a reload takes it", wait_for(lambda: n.worker_pids() and not n.worker_pids() & old, PATIENCE) and
              every_worker(port, bad, 401, 1) and every_worker(port, good, 200, 1), n.log())
        check("no worker fell over", "exited on signal" not in n.log(), n.log())


def vanished_list(check, policy, keys_into, key, _every_worker, wrapper):
    """The reload is refused, and what runs goes on."""
    port = free_port()
    with Nginx("", workers=1, wrapper=wrapper) as n:
        n.file("p.yaml", policy)
        keys_into(n, ".")
        n.file("revoked.list", "jti gone-1\n")
        n.file("www/w", "here\n")
        n.http = f"server {{ listen 127.0.0.1:{port}; root {n.path}/www; batten_policy p.yaml; batten on; }}"
        n.start(port)
        check("a list is in force", request(port, "/w", key.token(jti="gone-1")).status == 401)
        old = n.worker_pids()
        os.unlink(n.path + "/revoked.list")
        n.reload()
        check("a list that vanished refuses the reload with its place", wait_for(lambda: "the revocation list of" in n.log(), PATIENCE), n.log())
        check("and stays in force", n.worker_pids() == old and request(port, "/w", key.token(jti="gone-1")).status == 401 and
              request(port, "/w", key.token(jti="gone-2")).status == 200, n.log())


# How a list may be damaged; each names its line, and says nothing of the token that was revoked.
DAMAGES = {"another word": b"jtl gone-1\n", "bytes of another kind": b"\x7fELF\x02\x01\n\x00\xff\xfe\n", "a date that is none": b"jti gone-3 until soon\n",
           "a quote without its end": b'jti "gone-3\n', "half a line": b"# list\njti\n", "a further word": b"jti gone-3 issuer a b\n"}


def damaged_list(check, policy, keys_into, key, every_worker, wrapper):
    """The last good list goes on, whatever the file becomes, and so does every answer while a long one is read."""
    port = free_port()
    with Nginx("", workers=2, wrapper=wrapper) as n:
        n.file("p.yaml", policy)
        keys_into(n, ".")
        n.file("revoked.list", "jti gone-1\n")
        n.file("www/w", "here\n")
        n.http = f"server {{ listen 127.0.0.1:{port} reuseport; root {n.path}/www; batten_policy p.yaml; batten on; }}"
        n.start(port)
        bad, good = key.token(jti="gone-1"), key.token(jti="gone-2")
        for turn, (name, content) in enumerate(DAMAGES.items()):
            n.file("revoked.list", content)
            check(f"a damaged list ({name}) is told of by its line", wait_for(
                lambda: n.log().count("cannot be read whole: what it revoked before stays revoked") == 2 * (turn + 1), PATIENCE) and  # noqa: B023
                "revoked.list:" in n.log(), n.log())
            check(f"and what it revoked stays revoked ({name})", every_worker(port, bad, 401, 1) and every_worker(port, good, 200, 1))
            n.file("revoked.list", f"jti gone-1\njti mended-{turn}\n")
            check(f"a list that was mended is taken ({name})", every_worker(port, key.token(jti=f"mended-{turn}"), 401, 1))
        n.file("revoked.list", DAMAGES["another word"])
        old = n.worker_pids()
        n.reload()
        check("no reload takes a damaged list", wait_for(lambda: "[emerg]" in n.log(), PATIENCE) and n.worker_pids() == old and
              every_worker(port, bad, 401, 1), n.log())
        long = "".join(f"jti {i:032x} until 4102444800\n" for i in range(300000)) + "jti gone-1\njti gone-9\n"
        n.file("revoked.list", long)
        slowest, last, seen = 0.0, key.token(jti="gone-9"), False
        for _ in range(20000):
            began = time.monotonic()
            seen = request(port, "/w", last).status == 401
            slowest = max(slowest, time.monotonic() - began)
            if seen:
                break
        with open(f"/proc/{min(n.worker_pids())}/status", encoding="ascii") as file:
            memory = next(line.split()[1] for line in file if line.startswith("VmRSS"))
        print(f"300,000 entries read beside the requests: slowest answer {slowest * 1000:.0f} ms, a worker's memory {int(memory) // 1024} MiB")
        check("a long list is taken while requests are answered", seen and every_worker(port, bad, 401, 1), n.log())
        check("and holds up none of them for long", wrapper or slowest < 2, slowest)


def flooded_log(check, policy, keys_into, key, _every_worker, wrapper):
    """Of one refusal so many lines a second and the rest counted; what a client wrote ends no line."""
    port, flood = free_port(), 400
    with Nginx("", workers=1, wrapper=wrapper) as n:
        n.file("p.yaml", policy)
        keys_into(n, ".")
        n.file("revoked.list", "")
        n.file("www/w", "here\n")
        n.http = f"server {{ listen 127.0.0.1:{port}; root {n.path}/www; batten_policy p.yaml; batten on; }}"
        n.start(port)
        began = time.monotonic()
        for _ in range(flood):
            request(port, "/w", key.token(aud="other"))
        seconds = int(time.monotonic() - began) + 1
        request(port, "/w")

        def told():
            return n.log().count("refused: aud-mismatch"), sum(map(int, re.findall(r"left out (\d+) further lines of aud-mismatch", n.log())))
        check("every refusal of a flood is written or counted", wait_for(lambda: sum(told()) == flood, PATIENCE), told())
        check("a flood is cut to fifty lines a second", told()[0] <= 50 * (seconds + 1), (told(), seconds))
        check("and hides no other refusal", "refused: token-missing" in n.log(), n.log())
        request(port, "/é".encode().decode("latin-1") + "\xff\x85")
        check("UTF-8 stands in the log as it came, and other bytes as their numbers",
              wait_for(lambda: 'GET /é\\xFF\\x85"' in n.log(), PATIENCE), n.log()[-300:])
