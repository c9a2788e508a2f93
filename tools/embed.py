#!/usr/bin/env python3
"""embed.py INPUT OUTPUT.c NAME: writes the bytes of a file as a C array NAME_bytes with its length NAME_len."""
import sys

source, output, name = sys.argv[1:4]
data = open(source, "rb").read()
rows = [data[i : i + 64] for i in range(0, len(data), 64)] or [b"\0"]
with open(output, "w") as out:
    out.write("#include <stddef.h>\n")
    out.write(f"extern const unsigned char {name}_bytes[];\nextern const size_t {name}_len;\n")
    out.write(f"const unsigned char {name}_bytes[] = {{\n")
    for row in rows:
        out.write(",".join(str(byte) for byte in row) + ",\n")
    out.write(f"}};\nconst size_t {name}_len = {len(data)};\n")
