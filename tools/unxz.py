#!/usr/bin/python3
"""unxz.py IN.xz OUT: unpacks, with nothing but Python, what third_party keeps small."""
import lzma
import shutil
import sys

with lzma.open(sys.argv[1]) as packed, open(sys.argv[2], "wb") as out:
    shutil.copyfileobj(packed, out)
