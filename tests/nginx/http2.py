"""One exchange over HTTP/2 (RFC 9113), frame by frame: fields as they are given, also those that a client must not send."""
import socket
import struct

HEADERS, DATA, RST_STREAM, GOAWAY = 1, 0, 3, 7
END_STREAM, END_HEADERS = 1, 4
INDEXED = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}  # RFC 7541 appendix A


def number(n):
    """RFC 7541 section 5.1, with a prefix of seven bits that are all of the first octet's."""
    if n < 127:
        return bytes([n])
    out, n = [127], n - 127
    while n >= 128:
        out.append(n % 128 + 128)
        n //= 128
    return bytes([*out, n])


def block(fields):
    """RFC 7541 section 6.2.2: each a literal without indexing, with a new name."""
    return b"".join(b"\0" + b"".join(number(len(t)) + t for t in (name.encode("latin-1"), value.encode("latin-1"))) for name, value in fields)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def status_of(fields):
    """nginx writes :status first, from the static table or as three plain digits."""
    return INDEXED[fields[0] & 127] if fields[0] & 128 else int(fields[2:5])


def frames(reader):
    while len(head := reader.read(9)) == 9:
        length, = struct.unpack(">I", b"\0" + head[:3])
        yield head[3], head[4], reader.read(length)


def exchange(port, fields, tls=None):
    """Status and body of the answer; status 0 when the stream or the connection was ended instead."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        s = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        if tls and s.selected_alpn_protocol() != "h2":
            raise RuntimeError("the server does not choose HTTP/2")
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(HEADERS, END_STREAM | END_HEADERS, 1, block(fields)))
        status, body = 0, b""
        try:
            for kind, flags, payload in frames(s.makefile("rb")):
                if kind == HEADERS:
                    status = status_of(payload)
                body += payload if kind == DATA else b""
                if kind in (RST_STREAM, GOAWAY):
                    return (0, b"")
                if kind in (HEADERS, DATA) and flags & END_STREAM:
                    break
        except ConnectionError:
            return (0, b"")
        return status, body


def ask(port, path, token=None, method="GET", fields=(), tls=None, authority="localhost"):
    pseudo = [(":method", method), (":scheme", "https" if tls else "http"), (":path", path), (":authority", authority)]
    bearer = [("authorization", f"Bearer {token}")] if token else []
    return exchange(port, [*pseudo, *bearer, *fields], tls)
