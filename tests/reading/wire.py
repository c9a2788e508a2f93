"""Many requests on few connections, written byte by byte: HTTP/1.1 in a pipeline, HTTP/2 in parallel streams."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "nginx"))

from http2 import DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, RST_STREAM, block, frame, status_of  # noqa: E402

BATCH = 24


def line(reader):
    text = reader.readline(65536)
    if not text.endswith(b"\n"):
        raise ConnectionError
    return text.rstrip(b"\r\n")


def answer(reader):
    """Status and body of one answer."""
    status = int(line(reader).split(b" ", 2)[1])
    fields = {}
    while text := line(reader):
        name, _, value = text.partition(b":")
        fields[name.lower()] = value.strip()
    if fields.get(b"transfer-encoding") == b"chunked":
        body = b""
        while size := int(line(reader), 16):
            body += reader.read(size)
            line(reader)
        line(reader)
    else:
        body = reader.read(int(fields.get(b"content-length", 0)))
    return status, body, fields.get(b"connection") == b"close"


def pipeline(port, requests):
    """(status, body) of each, (0, b"") where the connection was ended instead."""
    done = []
    while len(done) < len(requests):
        batch = requests[len(done):len(done) + BATCH]
        before = len(done)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
            reader = s.makefile("rb")
            try:
                s.sendall(b"".join(batch))
                for _ in batch:
                    status, body, last = answer(reader)
                    done.append((status, body))
                    if last:
                        break
            except (ConnectionError, ValueError, IndexError):
                if len(done) == before:
                    done.append((0, b""))
    return done


def request(method, path, host, token=None, fields=(), body=b"", version="1.1"):
    head = [f"{method} {path} HTTP/{version}", f"Host: {host}"] if host is not None else [f"{method} {path} HTTP/{version}"]
    head += [f"Authorization: Bearer {token}"] if token else []
    head += [f"{name}: {value}" for name, value in fields]
    head += [f"Content-Length: {len(body)}"] if method == "POST" or body else []
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body


def streams(port, paths, host, token=None):
    """The same over HTTP/2, GET alone; the status only where the server writes it plainly, as nginx does."""
    done = []
    bearer = [("authorization", f"Bearer {token}")] if token else []
    for at in range(0, len(paths), BATCH):
        done += one_connection(port, [[(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", host), *bearer]
                                      for path in paths[at:at + BATCH]])
    return done


def plain_status(payload):
    try:
        return status_of(payload)
    except (ValueError, KeyError):
        return None


def one_connection(port, requests):
    found = {2 * i + 1: [0, b""] for i in range(len(requests))}
    left = set(found)
    data = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
    for stream, fields in zip(found, requests):
        data += frame(HEADERS, END_STREAM | END_HEADERS, stream, block(fields))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
        s.sendall(data)
        reader = s.makefile("rb")
        try:
            while left and len(head := reader.read(9)) == 9:
                length, = struct.unpack(">I", b"\0" + head[:3])
                kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:9])[0]
                payload = reader.read(length)
                if kind == GOAWAY:
                    break
                if kind == HEADERS and stream in found:
                    found[stream][0] = plain_status(payload)
                if kind == DATA:
                    found[stream][1] += payload
                if kind == RST_STREAM or (kind in (HEADERS, DATA) and flags & END_STREAM):
                    left.discard(stream)
        except ConnectionError:
            pass
    return [tuple(found[2 * i + 1]) for i in range(len(requests))]
