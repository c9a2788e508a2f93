"""One key of its own for each algorithm, made afresh, as JWK, PEM and signer; and a stranger's beside it."""
import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CURVES = {"ES256": (ec.SECP256R1(), "P-256", 32), "ES384": (ec.SECP384R1(), "P-384", 48), "ES512": (ec.SECP521R1(), "P-521", 66)}
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return text(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def made(alg):
    if alg.startswith("HS"):
        return os.urandom(64)
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(CURVES[alg][0])


def sign(alg, key, data, salt=None):
    digest = HASHES.get(alg[2:])
    if alg.startswith("HS"):
        return hmac.new(key, data, "sha" + alg[2:]).digest()
    if alg.startswith("RS"):
        return key.sign(data, padding.PKCS1v15(), digest)
    if alg.startswith("PS"):
        size = hashlib.new("sha" + alg[2:]).digest_size if salt is None else salt
        return key.sign(data, padding.PSS(padding.MGF1(digest), size), digest)
    if alg == "EdDSA":
        return key.sign(data)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
    size = CURVES[alg][2]
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


class Keys:
    def __init__(self):
        self.rsa, rsa_stranger = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.own = {alg: self.rsa if alg[0] in "RP" else made(alg) for alg in ALGORITHMS}
        self.strangers = {alg: rsa_stranger if alg[0] in "RP" else made(alg) for alg in ALGORITHMS}

    def signer(self, alg, salt=None):
        return lambda data: sign(alg, self.own[alg], data, salt)

    def stranger(self, alg):
        return lambda data: sign(alg, self.strangers[alg], data)

    def jwk(self, alg, kid, key=None):
        key = key or self.own[alg]
        more = {"kid": kid, "alg": alg, "use": "sig"}
        if alg.startswith("HS"):
            return {"kty": "oct", "k": text(key), **more}
        if alg[0] in "RP":
            n = key.public_key().public_numbers()
            return {"kty": "RSA", "n": number(n.n), "e": number(n.e), **more}
        if alg == "EdDSA":
            raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {"kty": "OKP", "crv": "Ed25519", "x": text(raw), **more}
        _, name, size = CURVES[alg]
        n = key.public_key().public_numbers()
        return {"kty": "EC", "crv": name, "x": number(n.x, size), "y": number(n.y, size), **more}

    def pem(self, alg):
        return self.own[alg].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def public_forms(self, alg):
        """The ways in which a public key is written, each tried as a secret (CVE-2015-9235 and its kin)."""
        public = self.own[alg].public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return [self.pem(alg), self.pem(alg).rstrip(b"\n"), der, base64.b64encode(der)]

    def for_peer(self, alg):
        return {"secret": text(self.own[alg])} if alg.startswith("HS") else {"pem": self.pem(alg).decode()}
