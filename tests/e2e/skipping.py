"""A clock that scanner and target share: it jumps over the scanner's waits and heeds no load. See skipping.c."""
import functools
import mmap
import os
import struct
import subprocess
import tempfile

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "skipping.c")
BEGIN = 1000 * 10**9  # nanoseconds
_folder = tempfile.TemporaryDirectory(prefix="skipping-")


@functools.lru_cache
def library():
    """Compiled once a process."""
    path = os.path.join(_folder.name, f"skipping-{os.getpid()}.so")
    subprocess.run(["cc", "-std=gnu17", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", SOURCE, "-o", path], check=True)
    return path


class SkippingClock:
    def __init__(self, directory):
        self.path = os.path.join(directory, "clock")
        with open(self.path, "w+b") as file:
            file.write(struct.pack("q", BEGIN))
            file.flush()
            self._map = mmap.mmap(file.fileno(), 8)

    def _nanoseconds(self):
        return struct.unpack("q", self._map[:8])[0]

    def now(self):
        return self._nanoseconds() / 1e9

    @property
    def passed(self):
        """Seconds of its time, which nobody waited for."""
        return (self._nanoseconds() - BEGIN) / 1e9

    @property
    def environment(self):
        """For the scanner. AddressSanitizer wants to be the first library, or to be told."""
        asan = os.environ.get("ASAN_OPTIONS", "quarantine_size_mb=16")
        return {"LD_PRELOAD": library(), "SKIPPING_CLOCK": self.path, "ASAN_OPTIONS": asan + ":verify_asan_link_order=0"}
