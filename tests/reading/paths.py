"""Some thousands of spellings of a few paths: what a server, a framework or a proxy is known to read as one of them."""
import itertools
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "nginx"))

from variants import variants  # noqa: E402

TARGETS = ("/admin/users", "/api/users/1", "/admin")
OPEN = "/health"  # what needs no token
SLASHES = ("/", "%2f", "%2F", "%252f", "\\", "%5c", "%255c", "//", "/./", "/%2e/", ";/", "/;x=1/", "%00/", "%c0%af", "%e0%80%af", "%ef%bc%8f",
           "/%20/", "%0a/", "/.;/")
PARENTS = ("..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..;", "..;x=1", "..%00", "%c0%ae%c0%ae", "...", "..%20", "%2e%2e%3b", "..%5c..")
TAILS = ("", "/", "//", ".json", ".html", ".", "%2e", ";", ";x=1", "%3b", "?", "?x=/../health", "%3f", "%3fx", "%23", "#", "#x", "%00", "%00.html",
         "%20", "%09", "%0a", "%0d%0a", "/.", "/..", "/%2e", "/%2e%2e", "%2f", "%5c", "\\", "%2f..", "%ff", "%", "%2", "%zz", "%u002f", "%25",
         "%252f", "~", "+", "&a", "@", ":80", "*", "!", "%e2%80%8b", "%c2%a0", ",json", "%2ejson", "/index.html", "/;/", "/..;/", "/*")


def from_open(target):
    """From what is open to what is not, and back: where gateway and application part."""
    for slash, parent in itertools.product(SLASHES, PARENTS):
        yield f"{OPEN}{slash}{parent}{target}"
        yield f"{OPEN}{slash}{parent}{slash}{target[1:]}"
        up = slash.join([parent] * target.count("/"))  # to the root and not beyond it, which servers refuse
        yield f"{target}{slash}{up}{slash}{OPEN[1:]}"
        yield f"{target}{slash}{up}{OPEN}"


def spelled(target):
    """One letter or all of them written otherwise."""
    for i, c in enumerate(target):
        if c != "/":
            for form in (f"%{ord(c):02x}", f"%{ord(c):02X}", f"%25{ord(c):02x}", f"%u00{ord(c):02x}", c.upper(), f"%{ord(c.upper()):02x}"):
                yield target[:i] + form + target[i + 1:]
    yield "".join(c if c == "/" else f"%{ord(c):02x}" for c in target)
    yield from (target.upper(), target.title(), target.swapcase())


def joined(target):
    """Other things between the segments, before the first and behind the last."""
    segments = target[1:].split("/")
    for slash in SLASHES:
        yield "/" + slash.join(segments)
        yield slash + "/".join(segments)
        yield "/x" + slash + ".." + target
        yield f"{OPEN}{slash}{target[1:]}"
    for tail in TAILS:
        yield target + tail
        yield target.upper() + tail
        yield OPEN + tail + target
        yield OPEN + tail


def spellings():
    found = [OPEN, OPEN.upper(), *TARGETS, *variants("/api/users"), *variants("/admin/users")]
    for target in TARGETS[:2]:
        found += from_open(target)
    for target in TARGETS:
        found += [*spelled(target), *joined(target)]
    return [path for path in dict.fromkeys(found) if " " not in path]
