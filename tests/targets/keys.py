"""Keys of every algorithm that the targets use: made, written down, signed and checked with."""
import base64
import datetime
import functools
import hashlib
import hmac
import json
import secrets

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
FAMILIES = {"HS": ("HS256", "HS384", "HS512"), "RS": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")}
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
SPKI, PKCS1 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def mac(alg, secret, data):
    return hmac.new(secret, data, "sha" + alg[2:]).digest()


def signature_matches(alg, public, data, signature):
    """Whether a public-key signature holds; a HMAC algorithm or a key of another kind never does."""
    try:
        if alg[:2] in ("RS", "PS") and isinstance(public, rsa.RSAPublicKey):
            digest = HASHES[alg[2:]]()
            public.verify(signature, data, rsa_padding(alg, digest), digest)
        elif alg == "ES256" and isinstance(public, ec.EllipticCurvePublicKey):
            if len(signature) != 64:
                return False
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            if not (0 < r < ORDER_P256 and 0 < s < ORDER_P256):
                return False
            public.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        elif alg == "EdDSA" and isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, data)
        else:
            return False
    except (InvalidSignature, KeyError):
        return False
    return True


def rsa_padding(alg, digest):
    if alg.startswith("PS"):
        return padding.PSS(padding.MGF1(digest), digest.digest_size)
    return padding.PKCS1v15()


def public_from_jwk(jwk):
    """The verification key that a JWK describes: a public key, or bytes for a symmetric one."""
    whole = {name: int.from_bytes(unb64(jwk[name]), "big") for name in ("n", "e") if name in jwk}
    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(whole["e"], whole["n"]).public_key()
    if jwk["kty"] == "EC":
        x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in "xy")
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(unb64(jwk["x"]))
    return unb64(jwk["k"])


def thumbprint(jwk):
    """RFC 7638."""
    members = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "oct": ("k", "kty")}
    text = compact({name: jwk[name] for name in members[jwk["kty"]]})
    return b64(hashlib.sha256(text.encode()).digest())


class Key:
    """One signing key with its one algorithm."""

    def __init__(self, alg, kid="main", secret=None, bits=2048, exponent=65537):
        self.alg, self.kid, self.secret, self.private, self.public = alg, kid, None, None, None
        if alg.startswith("HS"):
            self.secret = secrets.token_bytes(64) if secret is None else secret
            return
        if alg[:2] in ("RS", "PS"):
            self.private = rsa.generate_private_key(exponent, bits)
        elif alg == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()
        self.public = self.private.public_key()

    def sign(self, data, alg=None):
        alg = alg or self.alg
        if alg.startswith("HS"):
            return mac(alg, self.secret, data)
        if alg[:2] in ("RS", "PS"):
            digest = HASHES[alg[2:]]()
            return self.private.sign(data, rsa_padding(alg, digest), digest)
        if alg == "ES256":
            r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.private.sign(data)

    def matches(self, data, signature, alg=None):
        alg = alg or self.alg
        if alg.startswith("HS"):
            return self.secret is not None and hmac.compare_digest(mac(alg, self.secret, data), signature)
        return signature_matches(alg, self.public, data, signature)

    def token(self, claims, header=None, alg=None, write=compact):
        """A signed token; `header` adds members or, with None as value, removes them. `write` makes JSON of a part."""
        members = {"alg": alg or self.alg, "typ": "at+jwt", "kid": self.kid, **(header or {})}
        members = {name: value for name, value in members.items() if value is not None}
        signed = b64(write(members).encode()) + "." + b64(write(claims).encode())
        return signed + "." + b64(self.sign(signed.encode(), alg))

    def jwk(self, private=False):
        head = {"kid": self.kid, "use": "sig", "alg": self.alg}
        if self.secret is not None:
            return {"kty": "oct", **head, "k": b64(self.secret)}
        if self.alg[:2] in ("RS", "PS"):
            return {"kty": "RSA", **head, **self._rsa_members(private)}
        if self.alg == "ES256":
            point = self.public.public_numbers()
            members = {"crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32)}
            secret = number(self.private.private_numbers().private_value, 32)
        else:
            raw = serialization.Encoding.Raw
            members = {"crv": "Ed25519", "x": b64(self.public.public_bytes(raw, serialization.PublicFormat.Raw))}
            secret = b64(self.private.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()))
        kty = "EC" if self.alg == "ES256" else "OKP"
        return {"kty": kty, **head, **members, **({"d": secret} if private else {})}

    def _rsa_members(self, private):
        own = self.private.private_numbers()
        members = {"n": own.public_numbers.n, "e": own.public_numbers.e}
        if private:
            members.update(d=own.d, p=own.p, q=own.q, dp=own.dmp1, dq=own.dmq1, qi=own.iqmp)
        return {name: number(value) for name, value in members.items()}

    def private_pem(self):
        return self.private.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    def public_form(self, form):
        """The bytes under which servers mistake a public key for a secret."""
        if form == "pem":
            return self.public.public_bytes(PEM, SPKI)
        if form == "pem-chomped":
            return self.public.public_bytes(PEM, SPKI).rstrip(b"\n")
        if form == "der":
            return self.public.public_bytes(DER, SPKI)
        if form == "pkcs1":
            return self.public.public_bytes(PEM, PKCS1)
        if form == "pkcs1-der":
            return self.public.public_bytes(DER, PKCS1)
        if form == "jwk":
            return compact(self.jwk()).encode()
        if form in ("pkcs1-line", "spki-line"):
            pem = self.public.public_bytes(PEM, PKCS1 if form == "pkcs1-line" else SPKI).decode().split("\n")
            return "\n".join((pem[0], "".join(pem[1:-2]), pem[-2])).encode()
        if form == "certificate":
            return self.certificate().public_bytes(PEM)
        raise ValueError(form)

    @functools.lru_cache(maxsize=None)
    def certificate(self):
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api.example")])
        now = datetime.datetime.utcnow()
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(name, name, self.public, x509.random_serial_number(), now - day, now + 90 * day)
        return builder.sign(self.private, None if self.alg == "EdDSA" else hashes.SHA256())


@functools.lru_cache(maxsize=None)
def shared_key(alg, kid="main", bits=2048, exponent=65537):
    """A key that all targets of this process may share: RSA keys take long to make."""
    return Key(alg, kid, bits=bits, exponent=exponent)
