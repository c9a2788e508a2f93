"""What is wrong with a real server's TLS is found; a server that is right is silent."""
import datetime
import ipaddress
import os
import socket
import ssl
import threading
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from support import Case, load_in_parallel as load_tests  # noqa: F401

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n%s\r\n{\"user\": \"u\"}"
HSTS = b"Strict-Transport-Security: max-age=63072000\r\n"


def certificate(name="127.0.0.1", days=30, key=None):
    """A self-signed certificate and its key, PEM."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    try:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    except ValueError:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
    made = (x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=60))
            .not_valid_after(now + datetime.timedelta(days=days)).add_extension(names, False)
            .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    return (made.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class Tls:
    """An HTTPS server on loopback: the same answer to everything."""

    def __init__(self, case, pair, headers=HSTS, setup=None):
        self.answer = ANSWER % headers
        self.ca = case.file("ca.pem", pair[0])
        case.file("key.pem", pair[1])
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(self.ca, os.path.join(case.directory, "key.pem"))
        if setup:
            setup(self.context)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.socket.getsockname()[1]}/api/me"
        threading.Thread(target=self.serve, daemon=True).start()
        case.addCleanup(self.socket.close)

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        connection.settimeout(10)
        try:
            with self.context.wrap_socket(connection, server_side=True) as stream:
                stream.recv(65536)
                stream.sendall(self.answer)
        except (OSError, ValueError):
            connection.close()


class Encryption(Case):
    def found_by(self, server, *arguments, code=0):
        run = self.scan(server.url, *arguments, "--active", "passive", code=code)
        return {one["check"]: one for one in run.findings if one["category"] == "encryption"}, run

    def test_a_server_that_is_right_has_no_encryption_finding(self):
        def modern(context):
            context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        server = Tls(self, certificate(), setup=modern)
        found, run = self.found_by(server, "--cacert", server.ca)
        self.assertEqual({}, found)
        self.assert_tested(run, "tls-version", "tls-cipher", "tls-certificate", "hsts", "http-plain")

    def test_an_expired_certificate_is_found_and_the_scan_does_not_go_on(self):
        server = Tls(self, certificate(days=-1))
        found, run = self.found_by(server, "--cacert", server.ca, code=3)
        self.assertIn("expired", found["tls-certificate"]["description"])
        self.assertEqual("medium", found["tls-certificate"]["severity"])
        self.assertIs(True, run.report["partial"])

    def test_with_insecure_the_scan_goes_on_and_the_certificate_is_still_found(self):
        server = Tls(self, certificate(days=-1))
        found, run = self.found_by(server, "--insecure")
        self.assertIn("expired", found["tls-certificate"]["description"])
        self.assertNotIn("hsts", found)

    def test_a_certificate_for_another_name_is_found(self):
        server = Tls(self, certificate("other.example"))
        found, _ = self.found_by(server, "--cacert", server.ca, code=3)
        self.assertIn("does not name this host", found["tls-certificate"]["description"])

    def test_a_certificate_that_nobody_vouches_for_is_found(self):
        found, _ = self.found_by(Tls(self, certificate()), code=3)
        self.assertIn("not trusted", found["tls-certificate"]["description"])

    def test_a_weak_key_is_found(self):
        server = Tls(self, certificate(key=rsa.generate_private_key(65537, 1024)))
        found, _ = self.found_by(server, "--cacert", server.ca, "--insecure")
        self.assertIn("1024 bits", found["tls-certificate"]["description"])

    def test_old_versions_are_found_by_name(self):
        def old(context):
            context.minimum_version = ssl.TLSVersion.TLSv1
        server = Tls(self, certificate(), setup=old)
        found, _ = self.found_by(server, "--cacert", server.ca)
        self.assertIn("TLSv1.0, TLSv1.1", found["tls-version"]["description"])
        self.assertEqual("medium", found["tls-version"]["severity"])

    def test_ciphers_without_encryption_are_found(self):
        def null(context):
            context.set_ciphers("eNULL:ECDHE+AESGCM:@SECLEVEL=0")
        server = Tls(self, certificate(), setup=null)
        found, _ = self.found_by(server, "--cacert", server.ca)
        self.assertIn("NULL", found["tls-cipher"]["description"])

    def test_a_missing_hsts_header_is_found_and_a_short_one_too(self):
        for headers in (b"", b"Strict-Transport-Security: max-age=300\r\n"):
            with self.subTest(headers):
                server = Tls(self, certificate(), headers)
                found, _ = self.found_by(server, "--cacert", server.ca)
                self.assertEqual("low", found["hsts"]["severity"])

    def test_a_redirect_into_the_clear_is_found(self):
        server = Tls(self, certificate(), HSTS + b"Location: http://127.0.0.1/elsewhere\r\n")
        found, _ = self.found_by(server, "--cacert", server.ca)
        self.assertEqual("medium", found["redirect-downgrade"]["severity"])

    def test_a_recording_tells_the_same_of_tls(self):
        server, recording = Tls(self, certificate("other.example")), os.path.join(self.directory, "recording")
        found, _ = self.found_by(server, "--insecure", "--record", recording)
        run = self.scan("--replay", recording, code=(0, 3))
        again = [one["description"] for one in run.findings if one["check"] == "tls-certificate"]
        self.assertEqual([found["tls-certificate"]["description"]], again)


if __name__ == "__main__":
    unittest.main()
