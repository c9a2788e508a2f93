"""What people hand over as keys, policies and tokens: each kind is taken where that is harmless, or named with what to do."""
import base64
import datetime
import json
import os
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from support import Case, execute

POLICY = """version: 1
issuers:
  - issuer: https://issuer.example
    algorithms: [{algorithms}]
    audiences: [app]
    keys: {{{keys}}}
{more}"""
KEY, OTHER, CA = (rsa.generate_private_key(65537, 2048) for _ in range(3))
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PUBLIC = KEY.public_key().public_bytes(PEM, SPKI).decode()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(key=KEY, **members):
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), "alg": "RS256", **members}


def certificate(key=KEY, signer=None, name="signer", issuer=None, ca=False):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    now = datetime.datetime(2026, 1, 1)
    return (x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer or name))
            .public_key(key.public_key()).serial_number(1).not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=7300))
            .add_extension(x509.BasicConstraints(ca, None), True).sign(signer or key, hashes.SHA256())
            .public_bytes(PEM).decode())


def private(encoding=PEM, form=serialization.PrivateFormat.PKCS8):
    return KEY.private_bytes(encoding, form, serialization.NoEncryption())


def mint(key=KEY, header=None, **claims):
    head = {"alg": "RS256", "typ": "JWT", **(header or {})}
    body = {"iss": "https://issuer.example", "aud": "app", "sub": "u", "exp": int(time.time()) + 600, **claims}
    signed = b64(json.dumps(head).encode()) + "." + b64(json.dumps(body).encode())
    return signed + "." + b64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))


BOM = "\ufeff"
SET = json.dumps({"keys": [jwk(kid="a")]})
LEAF = certificate(KEY, CA, "leaf", "ca")
CHAIN = LEAF + certificate(CA, ca=True, name="ca")
DISCOVERY = json.dumps({"issuer": "https://issuer.example", "jwks_uri": "https://issuer.example/keys",
                        "response_types_supported": ["code"]})
FIREBASE = json.dumps({"a": certificate(), "b": certificate(OTHER, name="other")})

# Kind, content, kid of the token: taken, with the warning that names what was done, if any.
TAKEN = [
    ("a byte-order mark before a JWKS", BOM + SET, "a", None),
    ("a byte-order mark before PEM", BOM + PUBLIC, None, None),
    ("PEM with written ends of line", PUBLIC.replace("\n", "\\n"), None, None),
    ("PEM with written CR LF", PUBLIC.replace("\n", "\\r\\n"), None, None),
    ("PEM with written ends of line, in quotes", json.dumps(PUBLIC), None, None),
    ("PEM with written ends of line, the last missing", '"' + PUBLIC.strip().replace("\n", "\\n") + '"', None, None),
    ("PEM whose lines became blanks", PUBLIC.strip().replace("\n", " "), None, None),
    ("PEM with CR LF", PUBLIC.replace("\n", "\r\n"), None, None),
    ("PEM with text around it", "public key of the issuer\n" + PUBLIC + "\nend\n", None, None),
    ("PEM with no newline at its end", PUBLIC.strip(), None, None),
    ("a JWKS with newlines around it", "\n\n" + SET + "\n\n", "a", None),
    ("Firebase's map of certificates", FIREBASE, "a", None),
    ("a map of public keys", json.dumps({"a": PUBLIC}), "a", None),
    ("a certificate chain", CHAIN, None, "certificate chain"),
    ("a key file without kid, a token with one", PUBLIC, "zz", None),
]

# Kind, content, what the message must hold.
REFUSED = [
    ("an empty file", b"", ["empty"]),
    ("white space alone", b" \n\n", ["white space"]),
    ("a discovery document", DISCOVERY.encode(), ["discovery document", "jwks_url: https://issuer.example/keys"]),
    ("an HTML page", b"<!DOCTYPE html>\n<html><title>Login</title></html>", ["HTML", "jwks_uri"]),
    ("an HTML page after blank lines", b"\n\n  <HTML>\n</HTML>", ["HTML"]),
    ("an error in JSON", b'{"error": "not_found"}', ["error message"]),
    ("other JSON", b'{"a": 1}', ["neither a JWK"]),
    ("a JWK without kty", json.dumps({k: v for k, v in jwk().items() if k != "kty"}).encode(), ["kty"]),
    ("a bare list of JWKs", json.dumps([jwk()]).encode(), ['{"keys": [...]}']),
    ("UTF-16", SET.encode("utf-16"), ["UTF-16"]),
    ("a private key", private(), ["private key", "openssl pkey -in FILE -pubout"]),
    ("a PKCS#1 private key", private(form=serialization.PrivateFormat.TraditionalOpenSSL), ["private key", "-pubout"]),
    ("an OpenSSH private key", private(form=serialization.PrivateFormat.OpenSSH), ["OpenSSH", "ssh-keygen -e -m PKCS8"]),
    ("a private JWK", json.dumps(jwk(d=number(KEY.private_numbers().d))).encode(), ["private"]),
    ("a public key in DER", KEY.public_key().public_bytes(DER, SPKI), ["DER", "openssl pkey -pubin -inform DER"]),
    ("a PKCS#1 public key in DER", KEY.public_key().public_bytes(DER, serialization.PublicFormat.PKCS1), ["DER"]),
    ("a certificate in DER", x509.load_pem_x509_certificate(LEAF.encode()).public_bytes(DER), ["DER", "openssl x509"]),
    ("a private key in DER", private(DER), ["private key in DER", "-pubout"]),
    ("an OpenSSH public key", KEY.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH),
     ["OpenSSH public key", "ssh-keygen -e -m PKCS8"]),
    ("the base64 of a key alone", "".join(PUBLIC.split("\n")[1:-2]).encode(), ["base64", "BEGIN PUBLIC KEY"]),
    ("damaged PEM", PUBLIC.replace("MII", "!!!").encode(), ["damaged"]),
    ("a certificate request", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", ["certificate request"]),
    ("a PGP key", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n-----END PGP PUBLIC KEY BLOCK-----\n", ["PGP"]),
    ("a token", mint().encode(), ["token"]),
    ("a policy", POLICY.encode(), ["policy"]),
    ("a Java keystore", b"\xfe\xed\xfe\xed" + bytes(100), ["keystore", "keytool"]),
    ("a service account's file", json.dumps({"private_key": private().decode(), "client_email": "a@b"}).encode(), ["service account"]),
    ("a password", b"correct horse battery staple", [".secret"]),
]

SECRET = bytes(range(32))

# Kind, secret, what the warning must hold; none where it is meant as it stands.
SECRETS = [
    ("hex", SECRET.hex().encode(), "in hex"),
    ("hex and a newline", SECRET.hex().encode() + b"\n", "in hex"),
    ("base64", base64.b64encode(bytes(range(100, 132))), "base64"),
    ("base64url without padding", b64(bytes(range(200, 232)) + b"\xff\xfe\xfd").encode(), "base64"),
    ("a newline at the end", bytes(range(128, 160)) + b"\n", "newline"),
    ("a byte-order mark", b"\xef\xbb\xbf" + SECRET, "byte-order mark"),
    ("bytes", SECRET, None),
    ("words", b"correct horse battery staple, correct horse", None),
]


class KeyInputs(Case):
    def put(self, name, content):
        path = os.path.join(self.directory, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def policy(self, keys, algorithms="RS256", more=""):
        return self.put("policy.yaml", POLICY.format(keys=keys, algorithms=algorithms, more=more))

    def batten(self, *arguments, environment=None):
        run = execute(list(arguments), self.directory, environment=environment)
        self.commands.append(run.command)
        self.assertIn(run.code, (0, 1, 2), run.stderr)
        return run

    def verify(self, token, **more):
        return self.batten("token", "verify", "--policy", "policy.yaml", token, **more)

    def test_what_is_harmless_is_taken(self):
        for kind, content, kid, warning in TAKEN:
            with self.subTest(kind):
                self.put("key.txt", content)
                self.policy("file: key.txt")
                run = self.verify(mint(header={"kid": kid} if kid else None))
                self.assertEqual(0, run.code, run.stdout + run.stderr)
                self.assertEqual(1, self.verify(mint(CA, header={"kid": kid} if kid else None)).code)
                if warning:
                    self.assertIn(warning, run.stderr)
                else:
                    self.assertEqual("", run.stderr)

    def test_the_environment_is_read_like_a_file(self):
        for kind, content, kid, _ in TAKEN:
            with self.subTest(kind):
                self.policy("env: TEST_KEY")
                run = self.verify(mint(header={"kid": kid} if kid else None), environment={"TEST_KEY": content})
                self.assertEqual(0, run.code, run.stdout + run.stderr)

    def test_what_is_no_key_is_named_with_what_to_do(self):
        for kind, content, words in REFUSED:
            with self.subTest(kind):
                self.put("key.txt", content)
                self.policy("file: key.txt")
                run = self.batten("guard", "check", "policy.yaml")
                self.assertEqual(2, run.code, run.stdout)
                self.assertRegex(run.stderr, r"policy\.yaml:6:\d+: .*key\.txt: ")
                for word in words:
                    self.assertIn(word, run.stderr)

    def test_a_secret_that_reads_like_another_is_told_of(self):
        for kind, content, warning in SECRETS:
            with self.subTest(kind):
                self.put("key.secret", content)
                self.policy("file: key.secret", "HS256")
                run = self.batten("guard", "check", "policy.yaml")
                self.assertEqual(0, run.code, run.stderr)
                if warning:
                    self.assertIn(warning, run.stderr)
                else:
                    self.assertEqual("", run.stderr)

    def test_a_policy_with_a_byte_order_mark_is_read_and_utf16_is_named(self):
        self.put("key.txt", PUBLIC)
        text = POLICY.format(keys="file: key.txt", algorithms="RS256", more="")
        self.put("policy.yaml", BOM + text)
        self.assertEqual(0, self.batten("guard", "check", "policy.yaml").code)
        self.put("policy.yaml", text.encode("utf-16"))
        run = self.batten("guard", "check", "policy.yaml")
        self.assertEqual(2, run.code)
        self.assertIn("UTF-16", run.stderr)

    def test_a_refused_token_says_what_to_do(self):
        self.put("key.txt", PUBLIC)
        self.put("two.txt", certificate() + certificate(OTHER, name="other"))
        cases = [
            ("x5t", "key.txt", mint(header={"x5t": "AA"}), "", ["header-key", "tolerate_header: [x5t]"]),
            ("expired", "key.txt", mint(exp=1796000000), "", ["expired", "2026-11-30T", "the clock here says 20"]),
            ("just expired", "key.txt", mint(exp=int(time.time()) - 20), "", ["expired", "leeway: 30s"]),
            ("a clock ahead", "key.txt", mint(iat=int(time.time()) + 20), "", ["issued-in-future", "leeway: 30s"]),
            ("a slash", "key.txt", mint(iss="https://issuer.example/"), "", ["iss-unknown", "a slash at its end", "https://issuer.example"]),
            ("capitals", "key.txt", mint(iss="https://Issuer.example"), "", ["capital letters"]),
            ("no scheme", "key.txt", mint(iss="issuer.example"), "", ["https://issuer.example"]),
            ("another issuer", "key.txt", mint(iss="https://other.example"), "", ["iss-unknown"]),
            ("keys without kid", "two.txt", mint(header={"kid": "a"}), "", ["kid-ambiguous", "none of them bears a kid", "try_all"]),
        ]
        for kind, key, token, more, words in cases:
            with self.subTest(kind):
                self.policy(f"file: {key}", more=more)
                run = self.verify(token)
                self.assertEqual(1, run.code, run.stdout + run.stderr)
                for word in words:
                    self.assertIn(word, run.stdout)

    def test_what_the_messages_say_to_do_works(self):
        self.policy("file: fixed.pem")
        der, ssh = self.put("key.der", KEY.public_key().public_bytes(DER, SPKI)), self.put(
            "key.pub", KEY.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH))
        secret = self.put("key.pem", private())
        for command in (["openssl", "pkey", "-pubin", "-inform", "DER", "-in", der], ["ssh-keygen", "-e", "-m", "PKCS8", "-f", ssh],
                        ["openssl", "pkey", "-in", secret, "-pubout"]):
            with self.subTest(command):
                self.put("fixed.pem", subprocess.run(command, check=True, capture_output=True).stdout)
                self.assertEqual(0, self.verify(mint()).code)
        self.policy("file: key.txt", more="    tolerate_header: [x5t]\n")
        self.put("key.txt", PUBLIC)
        self.assertEqual(0, self.verify(mint(header={"x5t": "AA"})).code)
