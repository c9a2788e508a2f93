"""pyjwt.py ALG DIR SECONDS: verifications a second."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "strictness"))
import jwt  # noqa: E402
from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: E402
from pyjwt import AUDIENCE, ISSUER, OPTIONS, material  # noqa: E402

ALG, DIR, SECONDS = sys.argv[1], sys.argv[2], float(sys.argv[3])
with open(os.path.join(DIR, "keys.json"), encoding="ascii") as file:
    KEY = material(json.load(file)[ALG])
KEY = load_pem_public_key(KEY.encode()) if isinstance(KEY, str) else KEY
with open(os.path.join(DIR, ALG + ".token"), encoding="ascii") as file:
    TOKEN = file.read()
clock = time.process_time if os.environ.get("CLOCK") == "cpu" else time.perf_counter
calls, start = 0, clock()
while clock() - start < SECONDS:
    jwt.decode(TOKEN, KEY, algorithms=[ALG], issuer=ISSUER, audience=AUDIENCE, options=OPTIONS)
    calls += 1
print(round(calls / (clock() - start)))
