"""Getting in: wherever an API expects its token, said by an option, by what was pasted, or found."""
import json
import time
import unittest
from urllib.parse import parse_qsl, urlsplit

from support import Case, load_in_parallel as load_tests  # noqa: F401

from httpd import Response, Server
from keys import Key

KEY = Key("HS256")
TOKEN = KEY.token({"sub": "alice", "exp": int(time.time()) + 7200})


def cookies(request):
    return dict(pair.strip().split("=", 1) for pair in request.first("cookie").split(";") if "=" in pair)


# place as --token-in takes it -> what the request carries there
PLACES = {
    "header:Authorization:raw": lambda request: request.first("authorization"),
    "header:Authorization:Token": lambda request: scheme(request, "authorization", "Token"),
    "header:Authorization:JWT": lambda request: scheme(request, "authorization", "JWT"),
    "header:X-Access-Token": lambda request: request.first("x-access-token"),
    "header:X-Auth-Token": lambda request: request.first("x-auth-token"),
    "cookie:token": lambda request: cookies(request).get("token", ""),
    "cookie:access_token": lambda request: cookies(request).get("access_token", ""),
    "query:access_token": lambda request: dict(parse_qsl(urlsplit(request.target).query)).get("access_token", ""),
}
# and those that nobody would guess
SPELLED = {
    "header:X-Session:Bearer": lambda request: scheme(request, "x-session", "Bearer"),
    "header:Authorization:Custom": lambda request: scheme(request, "authorization", "Custom"),
}


def scheme(request, header, word):
    first, _, rest = request.first(header).partition(" ")
    return rest if first == word else ""


class Places(Case):
    def api(self, carried, flawed=False):
        def answer(request):
            if request.path != "/api/me":
                return Response(404, '{"error": "nothing here"}', "application/json")
            given = carried(request)
            good = given == TOKEN or (flawed and given.rpartition(".")[0] == TOKEN.rpartition(".")[0])
            return Response(200 if good else 401, json.dumps({"user": "alice"} if good else {"error": "no"}),
                            "application/json")
        server = self.enterContext(Server(answer))
        return f"http://127.0.0.1:{server.port}/api/me"

    def test_each_place_that_is_named_is_scanned_weak_and_strict(self):
        for place, carried in {**PLACES, **SPELLED}.items():
            with self.subTest(place):
                weak = self.scan(self.api(carried, flawed=True), "--token", TOKEN, "--token-in", place)
                self.assertIn("jwt-signature-ignored", weak.found("critical"))
                strict = self.scan(self.api(carried), "--token", TOKEN, "--token-in", place)
                self.assertEqual([], strict.found("high"))

    def test_a_usual_place_is_found_where_the_bearer_header_is_refused_and_is_said(self):
        for place, carried in PLACES.items():
            with self.subTest(place):
                run = self.scan(self.api(carried, flawed=True), "--token", TOKEN)
                self.assertIn("jwt-signature-ignored", run.found("critical"))
                self.assertTrue([note for note in run.report["notes"] if f"works as --token-in {place}," in note])

    def test_a_place_that_is_none_of_the_usual_ones_is_told_to_be_missing(self):
        run = self.scan(self.api(SPELLED["header:X-Session:Bearer"]), "--token", TOKEN, code=3)
        self.assertIn("--token-in", run.report["partial_reason"])

    def test_a_pasted_authorization_header_brings_token_and_scheme(self):
        for word, place in (("", "header:Authorization:raw"), ("Token ", "header:Authorization:Token"),
                            ("Custom ", "header:Authorization:Custom")):
            with self.subTest(word):
                carried = {**PLACES, **SPELLED}[place]
                run = self.scan(self.api(carried, flawed=True), "--header", f"Authorization: {word}{TOKEN}")
                self.assertIn("jwt-signature-ignored", run.found("critical"))

    def test_the_scheme_alone_can_be_named(self):
        url = self.api(PLACES["header:Authorization:Token"], flawed=True)
        self.assertIn("jwt-signature-ignored", self.scan(url, "--token", TOKEN, "--token-scheme", "Token").found("critical"))
        wrong = self.batten("scan", url, "--token", TOKEN, "--token-in", "cookie:a", "--token-scheme", "Token")
        self.assertEqual(2, wrong.code)
        self.assertIn("headers alone", wrong.stderr)

    def test_a_recording_of_a_found_place_judges_the_same(self):
        kept = self.directory + "/kept"
        live = self.scan(self.api(PLACES["header:Authorization:raw"], flawed=True), "--token", TOKEN, "--record", kept)
        again = self.scan(live.report["target"]["url"], "--replay", kept)
        self.assertEqual([one["fingerprint"] for one in live.findings], [one["fingerprint"] for one in again.findings])


if __name__ == "__main__":
    unittest.main()
