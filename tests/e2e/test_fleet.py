"""A fleet on loopback: real nats-servers, the real binary as server and workers, stand-in hosts that note every request."""
import datetime
import ipaddress
import os
import sqlite3
import subprocess
import threading
import time
import unittest

import support  # noqa: F401  (finds the targets)
from natsd import TOKEN as GOOD, Hosts, Late, Nats, Wire, queued
from support import BATTEN
from watcher import History, Watcher


class Worker:
    def __init__(self, nats, key, *options):
        clean = {name: value for name, value in os.environ.items() if name != "T"}
        self.process = subprocess.Popen([BATTEN, "watch", "work", "--nats", nats, "--fleet-key", key, *options],
                                        stderr=subprocess.PIPE, text=True, env=clean)
        self.said = []
        self._reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self._reader.start()

    def end(self, kill=False):
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        code = self.process.wait(timeout=60)
        self._reader.join()
        self.process.stderr.close()
        return code


def ended(db):
    with sqlite3.connect(db) as history:
        return history.execute("SELECT count(*) FROM runs WHERE state <> 0").fetchone()[0]


class Case(unittest.TestCase):
    def setUp(self):
        self.history = History()
        self.addCleanup(self.history.folder.cleanup)
        self.key = self.make_key("fleet.key")

    def batten(self, *arguments, code=0):
        run = subprocess.run([BATTEN, *arguments], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(code, run.returncode, run.stderr + run.stdout)
        return run.stderr + run.stdout

    def make_key(self, name):
        path = os.path.join(self.history.folder.name, name)
        self.batten("watch", "keygen", path)
        return path

    def add(self, url, name, *options, history=None):
        run = (history or self.history).run("watch", "add", url, "--name", name, "--token", "env:T", "--active", "passive", *options)
        self.assertEqual(0, run.returncode, run.stderr)

    def serve(self, nats, *options):
        watcher = Watcher(self.history.db, "--nats", nats.url, "--fleet-key", self.key, "--lease", "2", *options, T=GOOD)
        self.addCleanup(self.stop, watcher)
        return watcher

    def stop(self, watcher):
        if not watcher.process.stderr.closed:
            watcher.stop()

    def work(self, nats, *options):
        worker = Worker(nats.url, self.key, *options)
        self.addCleanup(lambda: worker.process.stderr.closed or worker.end(kill=True))
        return worker

    def runs(self):
        with sqlite3.connect(self.history.db) as db:
            return db.execute("SELECT name, state, job FROM runs JOIN targets ON targets.id = target ORDER BY runs.id").fetchall()

    def make_due(self, name):
        with sqlite3.connect(self.history.db, timeout=30) as db:
            db.execute("UPDATE targets SET next = 1 WHERE name = ?", (name,))

    def await_true(self, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, "waited in vain")
            time.sleep(0.02)

    def await_good(self, count):
        self.await_true(lambda: sum(state == 1 for _, state, _ in self.runs()) >= count)


class Fleet(Case):
    def test_two_workers_scan_once_each_and_nats_sees_no_secret(self):
        with Nats() as nats, Hosts() as hosts:
            names = [f"t{i}" for i in range(8)]
            for i, name in enumerate(names):
                self.add(hosts.url(i // 2, f"/{name}"), name)  # two on each host
            wire = Wire(nats.port)
            wire.subscribe("batten.>")
            server = self.serve(nats)
            workers = [self.work(nats), self.work(nats)]
            self.await_good(len(names))
            self.assertEqual([(name, 1) for name in names], sorted((name, state) for name, state, _ in self.runs()))
            for paths in hosts.spans().values():
                spans = sorted(span for path, span in paths.items() if path.strip("/") in names)
                self.assertEqual(2, len(spans))
                self.assertLess(spans[0][1], spans[1][0], "two scans at once on one host")
            messages = [wire.next() for _ in range(2 * len(names))]
            for place in [nats.stored()] + ["".join(one[:3]).encode() + one[3] for one in messages]:
                for secret in (GOOD, GOOD.split(".")[1], "127.1.0.1", "/t1"):
                    self.assertNotIn(secret.encode(), place)
            self.assertEqual([0, 0], [worker.end() for worker in workers])
            self.assertEqual(len(names), sum("scanned" in line for worker in workers for line in worker.said))
            # What was kept already is not kept again, what is of no job is said.
            before = self.runs()
            subject, _, _, body = next(one for one in messages if ".result." in one[0])
            wire.ask(subject, body, Nats_Msg_Id="result." + before[0][2])
            wire.ask(subject.rpartition(".")[0] + ".9-9", body, Nats_Msg_Id="result.9-9")
            self.await_true(lambda: any("does not have" in line for line in server.said))
            self.assertEqual(before, self.runs())
            wire.close()
            self.assertEqual(0, server.stop())

    def test_scans_in_a_row_keep_the_rate_of_their_host_together_by_a_fleet_and_without(self):
        with Nats() as nats, Hosts() as by_fleet, Hosts() as alone:
            own = History()
            self.addCleanup(own.folder.cleanup)
            for history, hosts in ((self.history, by_fleet), (own, alone)):
                for i in range(3):
                    self.add(hosts.url(0, f"/t{i}"), f"t{i}", "--rate", "10", "--max-requests", "15", history=history)
            self.serve(nats)
            for _ in range(2):
                self.work(nats)
            self.addCleanup(self.stop, Watcher(own.db, T=GOOD))
            for history, hosts in ((self.history, by_fleet), (own, alone)):
                self.await_true(lambda history=history: ended(history.db) == 3)
                self.assertGreaterEqual(len(hosts.seen), 36)
                self.assertLessEqual(hosts.busiest(), 11)

    def test_what_a_killed_worker_began_another_ends_and_its_scan_ends_with_it(self):
        with Nats() as nats, Hosts(delay=0.15) as hosts:
            self.add(hosts.url(0), "slow", "--concurrency", "1")
            self.serve(nats, "--lease", "4")
            first = self.work(nats)
            self.await_true(lambda: len(hosts.seen) >= 5)
            first.end(kill=True)
            killed = time.monotonic() + 0.1  # what was on its way
            second = self.work(nats)
            self.await_good(1)
            later = min(when for when, _, _ in hosts.seen if when > killed)
            self.assertGreater(later - killed, 1, "the killed worker's scan went on")  # the lease's last third at least
            self.assertEqual(1, len(self.runs()))
            self.assertEqual(0, second.end())

    def test_a_stopped_worker_gives_back_what_it_has_and_a_user_of_nats_with_few_rights_will_do(self):
        rights = ('authorization { users: [{ user: "u", password: "p", permissions: { publish: ["$JS.API.>", "$JS.ACK.>", "batten.>"], '
                  'subscribe: ["_INBOX.>"] } }] }')
        with Nats(extra=rights) as nats, Hosts(delay=0.15) as hosts:
            self.assertIn("cannot be reached", self.batten("watch", "work", "--nats", nats.url, "--fleet-key", self.key, code=3))
            nats.url = nats.url.replace("//", "//u:p@")
            self.add(hosts.url(0), "slow", "--concurrency", "1")
            self.serve(nats, "--lease", "600")
            first = self.work(nats)
            self.await_true(lambda: len(hosts.seen) >= 5)
            self.assertEqual(0, first.end())
            self.work(nats)
            self.await_good(1)
            self.assertEqual(1, len(self.runs()))

    def test_a_worker_that_cannot_renew_its_lease_ends_its_scan(self):
        with Nats() as nats, Hosts(delay=0.5) as hosts:
            self.add(hosts.url(0), "slow", "--concurrency", "1")  # some 15 seconds, were it not ended
            self.serve(nats)
            worker = self.work(nats)
            self.await_true(lambda: len(hosts.seen) >= 3)
            nats.kill()
            self.await_true(lambda: time.monotonic() - hosts.seen[-1][0] > 1.5)
            self.assertLess(len(hosts.seen), 15, "the scan went on to its end")
            self.await_true(lambda: any("its lease could not be kept" in line for line in worker.said))
            hosts.delay = 0
            nats.start()
            self.await_good(1)
            self.assertEqual(1, len(self.runs()))

    def test_a_killed_server_and_a_killed_nats_lose_nothing(self):
        with Nats() as nats, Hosts() as hosts:
            for i in range(4):
                self.add(hosts.url(i), f"t{i}")
            server = self.serve(nats)
            self.await_true(lambda: len(self.runs()) == 4)
            server.process.kill()
            server.stop()
            nats.kill()
            nats.start()
            worker = self.work(nats)
            self.await_true(lambda: len(worker.said) > 4)  # done, with nobody there to keep it
            self.assertEqual([0] * 4, [state for _, state, _ in self.runs()])
            again = self.serve(nats)
            self.await_good(4)
            self.assertEqual(4, len(self.runs()))
            # A job of which the queue knows nothing is handed out again.
            nats.kill()
            subprocess.run(["rm", "-r", os.path.join(nats.folder.name, "js")], check=True)
            self.make_due("t0")
            again.process.kill()
            again.stop()
            nats.start()
            self.serve(nats)
            self.await_good(5)

    def test_another_key_neither_joins_nor_takes_and_a_broken_job_is_dropped_once(self):
        other = self.make_key("other.key")
        with Nats() as nats, Hosts() as hosts:
            self.assertIn("no batten watch serve with this fleet key",
                          self.batten("watch", "work", "--nats", nats.url, "--fleet-key", self.key, code=2))
            self.add(hosts.url(0), "a")
            self.serve(nats, "--lease", "2")
            self.await_true(lambda: len(self.runs()) == 1)
            self.assertIn("no batten watch serve with this fleet key",
                          self.batten("watch", "work", "--nats", nats.url, "--fleet-key", other, code=2))
            wire = Wire(nats.port)
            names = wire.ask("$JS.API.STREAM.NAMES")[3].decode()
            fleet = names.partition("BATTEN_")[2][:16]
            wire.ask(f"batten.{fleet}.job.0123", b"\x01" + b"x" * 60, Nats_Msg_Id="job.7-7")
            worker = self.work(nats)
            self.await_good(1)
            self.await_true(lambda: any("7-7 cannot be opened" in line for line in worker.said))
            self.await_true(lambda: queued(nats.port) == 0)  # nothing comes again
            self.assertEqual(1, sum("cannot be opened" in line for line in worker.said))
            wire.close()

    def test_what_is_larger_than_nats_takes_is_a_broken_run_that_says_what_to_raise_and_comes_once(self):
        def why():
            return self.history.run("watch", "history", "a").stdout
        with Nats(extra="max_payload: 3500") as nats, Hosts() as hosts:
            self.add(hosts.url(0), "a", "--exclude", "GET /" + os.urandom(2000).hex())
            server = self.serve(nats)
            self.await_true(lambda: ended(self.history.db) == 1)  # nobody could take it
            self.assertIn("its options are larger than NATS takes: raise max_payload in nats-server's configuration", why())
            server.stop()
            self.assertEqual(0, self.history.run("watch", "remove", "a").returncode)
            self.add(hosts.url(0), "a")
            self.serve(nats)
            worker = self.work(nats)
            self.await_true(lambda: ended(self.history.db) == 1)
            self.assertRegex(why(), r"its report is larger than NATS takes \(\d+ bytes packed\): raise max_payload in nats-server's configuration")
            self.await_true(lambda: queued(nats.port) == 0)  # nothing comes again
            self.assertEqual([("a", 3)], [run[:2] for run in self.runs()])
            self.assertEqual(1, sum("scanned" in line for line in worker.said))
            nats.kill()
            nats.configure(extra="")  # as it says
            nats.start()
            self.make_due("a")
            self.await_good(1)
            self.assertEqual([("a", 3), ("a", 1)], [run[:2] for run in self.runs()])

    def test_a_nats_server_that_is_slow_to_greet_is_asked_again(self):
        with Nats() as nats, Late(nats.port, silent=1) as late:
            self.assertIn("no batten watch serve", self.batten("watch", "work", "--nats", late.url, "--fleet-key", self.key, code=2))
            self.assertEqual(2, late.came)

    def test_a_token_that_cannot_be_had_is_a_broken_run(self):
        with Nats() as nats, Hosts() as hosts:
            run = self.history.run("watch", "add", hosts.url(0), "--name", "a", "--token", "env:NOT_THERE")
            self.assertEqual(0, run.returncode, run.stderr)
            self.serve(nats)
            self.await_true(lambda: [(name, state) for name, state, _ in self.runs()] == [("a", 3)])
            self.assertIn("NOT_THERE", self.history.run("watch", "history", "a").stdout)


class Errors(Case):
    def test_what_is_missing_or_wrong_is_named(self):
        with Nats(jetstream=False) as plain:
            serve = ["watch", "serve", "--db", self.history.db, "--listen", "127.0.0.1:0", "--fleet-key", self.key]
            self.assertIn("cannot be reached", self.batten(*serve, "--nats", "nats://user:hidden@127.0.0.1:1", code=3))
            self.assertNotIn("hidden", self.batten(*serve, "--nats", "nats://user:hidden@127.0.0.1:1", code=3))
            self.assertIn("has no JetStream", self.batten(*serve, "--nats", plain.url, code=2))
            self.assertIn("has no JetStream", self.batten("watch", "work", "--nats", plain.url, "--fleet-key", self.key, code=2))
            self.assertIn("nats://HOST:PORT", self.batten(*serve, "--nats", "http://127.0.0.1", code=2))
            self.assertIn("go with --nats", self.batten(*serve, code=2))
            self.assertIn("--fleet-key FILE", self.batten("watch", "work", "--nats", plain.url, code=2))
            self.assertIn("--nats URL", self.batten("watch", "work", code=2))
            self.assertIn("is there already", self.batten("watch", "keygen", self.key, code=2))
            os.chmod(self.key, 0o640)
            self.assertIn("chmod 600", self.batten("watch", "work", "--nats", plain.url, "--fleet-key", self.key, code=2))
            os.chmod(self.key, 0o600)
            with open(self.key, "w", encoding="ascii") as file:
                file.write("short\n")
            self.assertIn("no fleet key", self.batten("watch", "work", "--nats", plain.url, "--fleet-key", self.key, code=2))

    def test_nats_over_tls_is_checked_by_name_and_authority(self):
        for name, code, said in (("127.0.0.1", 2, "no batten watch serve"), ("127.0.0.9", 3, "cannot be reached")):
            folder = self.history.folder.name
            write_certificate(folder, name)
            tls = f'tls {{ cert_file: "{folder}/cert.pem", key_file: "{folder}/cert.key" }}'
            with Nats(extra=tls) as nats:
                url = nats.url.replace("nats://", "tls://")
                work = ["watch", "work", "--fleet-key", self.key, "--nats", url]
                self.assertIn(said, self.batten(*work, "--nats-ca", f"{folder}/cert.pem", code=code))
                self.assertIn("cannot be reached", self.batten(*work, code=3))


def write_certificate(folder, address):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nats")])
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                   .sign(key, hashes.SHA256()))
    with open(os.path.join(folder, "cert.pem"), "wb") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
    with open(os.path.join(folder, "cert.key"), "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


if __name__ == "__main__":
    unittest.main()
