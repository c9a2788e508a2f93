"""NATS servers for tests and measurements, a client of a few lines that sees what passes, and hosts that are scanned."""
import asyncio
import collections
import json
import os
import random
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time


def free_port():
    """Below those that the kernel gives to outgoing connections: nobody takes it before its server does, or while that is down."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Nats:
    """One nats-server with JetStream on loopback, or one of a cluster: `routes` are the others' cluster ports."""

    def __init__(self, jetstream=True, extra="", name="", cluster=0, routes=()):
        self.folder = tempfile.TemporaryDirectory()
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.fixed = f'listen: "127.0.0.1:{self.port}"\n'
        if jetstream:
            self.fixed += f'jetstream {{ store_dir: "{self.folder.name}/js" }}\n'
        if cluster:
            self.fixed += f'server_name: "{name}"\ncluster {{ name: "fleet", listen: "127.0.0.1:{cluster}", routes: [' + \
                          ", ".join(f'"nats://127.0.0.1:{one}"' for one in routes) + "] }\n"
        self.config = os.path.join(self.folder.name, "nats.conf")
        self.configure(extra)
        self.start()

    def configure(self, extra):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(self.fixed + extra + "\n")

    def start(self):
        self.process = subprocess.Popen(["nats-server", "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("nats-server does not listen")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stored(self):
        """Every byte that it has on disk."""
        out = b""
        for folder, _, names in os.walk(self.folder.name):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    out += file.read()
        return out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()


def cluster(size=3):
    ports = [free_port() for _ in range(size)]
    return [Nats(name=f"n{i}", cluster=ports[i], routes=ports) for i in range(size)]


class Late:
    """Takes connections for a server that is not ready: keeps the first `silent` waiting, passes on those that come later."""

    def __init__(self, port, silent):
        self.to, self.silent, self.came = port, silent, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"nats://127.0.0.1:{self.socket.getsockname()[1]}"
        self.kept = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            self.kept.append(near)
            if self.came > self.silent:
                far = socket.create_connection(("127.0.0.1", self.to))
                self.kept.append(far)
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass_on(one, other):
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        for one in [self.socket, *self.kept]:
            one.close()


class Wire:
    """Speaks the client protocol of NATS: subscribes, publishes with headers, asks."""

    def __init__(self, port, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.file = self.socket.makefile("rb")
        self.file.readline()  # INFO
        self.send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n')
        self.inbox = f"_INBOX.{os.urandom(8).hex()}"
        self.subscriptions = self.asked = 0
        self.subscribe(self.inbox + ".*")

    def send(self, data):
        self.socket.sendall(data)

    def subscribe(self, subject):
        self.subscriptions += 1
        self.send(f"SUB {subject} {self.subscriptions}\r\n".encode())
        self.flush()

    def flush(self):
        self.send(b"PING\r\n")
        while self.file.readline() != b"PONG\r\n":
            pass

    def publish(self, subject, data, reply="", **headers):
        if headers:
            head = "NATS/1.0\r\n" + "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()) + "\r\n"
            data = head.encode() + data
            self.send(f"HPUB {subject} {reply} {len(head)} {len(data)}\r\n".encode() + data + b"\r\n")
        else:
            self.send(f"PUB {subject} {reply} {len(data)}\r\n".encode() + data + b"\r\n")

    def next(self):
        """The next message: subject, reply, headers, body."""
        while line := self.file.readline():
            words = line.split()
            if words[0] == b"PING":
                self.send(b"PONG\r\n")
            if words[0] not in (b"MSG", b"HMSG"):
                continue
            total = int(words[-1])
            head = int(words[-2]) if words[0] == b"HMSG" else 0
            data = self.file.read(total + 2)[:-2]
            reply = words[3].decode() if len(words) == (6 if head else 5) else ""
            return words[1].decode(), reply, data[:head].decode(), data[head:]
        raise EOFError

    def ask(self, subject, data=b"", **headers):
        self.asked += 1
        mine = f"{self.inbox}.{self.asked}"
        self.publish(subject, data, mine, **headers)
        while True:
            message = self.next()
            if message[0] == mine:
                return message

    def close(self):
        self.file.close()
        self.socket.close()


def fleet_stream(port):
    """The name of a fleet's stream, or nothing; a cluster that has no leader yet does not answer."""
    wire = Wire(port, timeout=1)
    try:
        found = re.search(r"BATTEN_\w+", wire.ask("$JS.API.STREAM.NAMES")[3].decode())
        return found.group() if found else ""
    except TimeoutError:
        return ""
    finally:
        wire.close()


def queued(port):
    """How many messages of a fleet are to come to its workers or its server, for the first time or again: what was taken and is
    not acknowledged would come again when its lease ends."""
    stream, wire = fleet_stream(port), Wire(port)
    try:
        count = 0
        for consumer in ("workers", "server"):
            state = json.loads(wire.ask(f"$JS.API.CONSUMER.INFO.{stream}.{consumer}")[3])
            count += state["num_pending"] + state["num_ack_pending"]
        return count
    finally:
        wire.close()


TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVkLWJ5LXRoZS1zdGFuZC1pbg"


TIMESTAMPS = 35  # SO_TIMESTAMPNS of Linux, which the socket module does not name


class Hosts:
    """Every address of 127/8 on one port: an API that wants TOKEN, and that notes when each request came to which host and
    path: by the kernel's clock, so that it does not matter how busy this process is. `delay` makes scans long."""

    def __init__(self, delay=0.0):
        self.delay, self.seen = delay, []  # (monotonic seconds, host, path)
        self._offset = time.time() - time.monotonic()
        self._loop, self._tasks = asyncio.new_event_loop(), set()
        self.socket = socket.create_server(("0.0.0.0", 0), backlog=512)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)  # what is accepted inherits it
        self.port = self.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._listen(),), daemon=True)
        self._thread.start()

    async def _listen(self):
        self._end = asyncio.Event()
        accepting = asyncio.create_task(self._accept())
        await self._end.wait()
        for task in [accepting, *self._tasks]:
            task.cancel()
        await asyncio.gather(accepting, *self._tasks, return_exceptions=True)

    async def _accept(self):
        while True:
            connection, _ = await self._loop.sock_accept(self.socket)
            task = asyncio.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _receive(self, connection):
        """Some bytes and when they came."""
        ready = self._loop.create_future()
        self._loop.add_reader(connection, lambda: ready.done() or ready.set_result(None))
        try:
            await ready
        finally:
            self._loop.remove_reader(connection)
        data, told, _, _ = connection.recvmsg(1 << 16, 256)
        stamp = [struct.unpack("qq", value[:16]) for level, kind, value in told if (level, kind) == (socket.SOL_SOCKET, TIMESTAMPS)]
        return data, stamp[0][0] + stamp[0][1] / 1e9 - self._offset if data else 0

    async def _serve(self, connection):
        host, pending = connection.getsockname()[0], b""
        try:
            while True:
                while b"\r\n\r\n" not in pending:
                    data, when = await self._receive(connection)
                    if not data:
                        return
                    pending += data
                head, _, pending = pending.partition(b"\r\n\r\n")
                await self._answer(connection, head.decode("latin-1"), when, host)
        except ConnectionError:
            pass
        finally:
            connection.close()

    async def _answer(self, connection, head, when, host):
        method, path, _ = head.split(" ", 2)
        self.seen.append((when, host, path))
        if self.delay:
            await asyncio.sleep(self.delay)
        good = TOKEN in head
        body = b'{"id":1,"name":"a"}' if good else b'{"error":"unauthorized"}'
        said = f"HTTP/1.1 {'200 OK' if good else '401 Unauthorized'}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        await self._loop.sock_sendall(connection, said.encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else body))

    def url(self, number, path="/a"):
        return f"http://127.{1 + number // 250}.0.{1 + number % 250}:{self.port}{path}"

    def spans(self):
        """First and last request of each (host, path), by host."""
        out = collections.defaultdict(dict)
        for when, host, path in list(self.seen):
            first, _ = out[host].get(path, (when, when))
            out[host][path] = (first, when)
        return out

    def busiest(self):
        """The most requests that came to one host within any second, its two ends counted."""
        by_host = collections.defaultdict(list)
        for when, host, _ in list(self.seen):
            by_host[host].append(when)
        most = 0
        for times in by_host.values():
            times.sort()
            first = 0
            for last, when in enumerate(times):
                while when - times[first] > 1:
                    first += 1
                most = max(most, last - first + 1)
        return most

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()
        self.socket.close()
