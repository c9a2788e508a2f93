"""PyJWT at its strictest settings: cases on standard input, {"PyJWT": [verdict, ...]} on standard output."""
import base64
import json
import sys

import jwt

ISSUER, AUDIENCE = "https://issuer.example", "api"
OPTIONS = {"require": ["iss", "aud", "sub", "exp", "iat"], "verify_signature": True, "verify_exp": True, "verify_nbf": True,
           "verify_iat": True, "verify_aud": True, "verify_iss": True}


def material(key):
    return base64.urlsafe_b64decode(key["secret"] + "==") if "secret" in key else key["pem"]


def accepts(token, key, alg):
    try:
        jwt.decode(token, key, algorithms=[alg], issuer=ISSUER, audience=AUDIENCE, options=OPTIONS, leeway=0)
        return True
    except Exception:  # whatever it raises, the token does not pass
        return False


if __name__ == "__main__":
    with open(sys.argv[1], encoding="ascii") as file:
        keys = {alg: material(key) for alg, key in json.load(file).items()}
    cases = [json.loads(line) for line in sys.stdin]
    json.dump({"PyJWT": [accepts(case["token"], keys[case["alg"]], case["alg"]) for case in cases]}, sys.stdout)
