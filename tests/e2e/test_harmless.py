"""What a scan must never send: an application with operations that destroy, send and pay counts what reaches them while
every check of the catalogue runs, with and without writes, with witnesses, discovery and guesses."""
import json
import os
import re
import time
import unittest

from support import Case, load_in_parallel as load_tests  # noqa: F401

from httpd import Response, Server
from keys import Key

# Named by path, operationId, summary or tag; each answers fine to anybody, so that a check would like it as a witness.
HARMFUL = {
    "/createdb": {},
    "/api/reset-all": {},
    "/db/seed": {},
    "/cacheflush": {},
    "/users/purge": {},
    "/api/backup/restore": {},
    "/admin/shutdown": {},
    "/sendmail": {},
    "/warmup": {"operationId": "resetAllData"},
    "/tidy": {"summary": "Endpoint to wipe the tables"},
    "/fixtures": {"summary": "Creates and populates the database with dummy data"},
    "/maintenance": {"tags": ["Destructive"]},
    # where checks guess, whatever is described: the gate alone keeps them off
    "/admin/users": {"summary": "Deletes all users"},
    "/metrics": {"operationId": "resetMetrics"},
    "/debug/vars": {"tags": ["reset"]},
    "/api/orders-old": {"summary": "Used to drop the orders"},
}
EXCLUDED = "/secret-list"
READS = ("/api/me", "/api/orders", "/api/orders/{id}", EXCLUDED)


def described(harmful):
    one = {"responses": {"200": {"description": "ok"}}}
    paths = {path: {"get": {**one, **more}, "post": {**one, **more}} for path, more in harmful.items()}
    paths.update({path: {"get": {**one, "security": [{"bearer": []}]}} for path in READS})
    paths["/api/orders/{id}"]["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"},
                                                "example": "order-alice"}]
    return {"openapi": "3.0.3", "info": {"title": "shop", "version": "1"}, "paths": paths,
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}}


class Shop:
    """Two identities with an order each; every harmful path counts who came."""

    def __init__(self, case, harmful=None):
        self.key, self.harmful = Key("HS256"), HARMFUL if harmful is None else harmful
        self.tokens = {name: self.key.token({"sub": name, "exp": int(time.time()) + 3600}) for name in ("alice", "bob")}
        self.server = case.enterContext(Server(self.answer))
        self.seen = []

    def answer(self, request):
        self.seen.append((request.method, request.path, [value for _, value in request.headers]))
        who = next((name for name, token in self.tokens.items() if request.first("authorization") == "Bearer " + token), None)
        fixed = {"/openapi.json": described(self.harmful)}
        if request.path in fixed:
            return Response(200, json.dumps(fixed[request.path]), "application/json")
        if request.path.rstrip("/") in self.harmful:
            return Response(200, '{"done": true}', "application/json")
        if not who:
            return Response(401, '{"error": "no token"}', "application/json")
        body = {"/api/me": {"user": who}, "/api/orders": [{"id": "order-" + who, "total": 3}], EXCLUDED: [{"id": "order-alice"}]}
        if request.path.startswith("/api/orders/order-"):
            return Response(200, json.dumps({"id": request.path[12:], "owner": request.path[18:]}), "application/json")
        if request.path in body:
            return Response(200, json.dumps(body[request.path]), "application/json")
        return Response(404, '{"error": "nothing here"}', "application/json")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}"

    def reached(self, paths):
        """Requests to any of these paths, however they were spelled or named in a header."""
        def names(text):
            return re.sub(r"/+", "/", text.split("?")[0].lower()).rstrip("/") in paths
        return [one[:2] for one in self.seen if names(one[1]) or any(names(value) for value in one[2])]


class Harmless(Case):
    def everything(self, shop, *more):
        """A scan with all that any check may ask for."""
        key = os.path.join(self.directory, "key.jwk")
        with open(key, "w", encoding="utf-8") as file:
            json.dump(shop.key.jwk(private=True), file)
        os.chmod(key, 0o600)
        return self.scan(shop.url + "/api/orders/order-alice", "--token", shop.tokens["alice"], "--as",
                         "bob=" + shop.tokens["bob"], "--signing-key", key, "--max-requests", "20000", *more, code=(0, 1, 3))

    def test_nothing_that_looks_harmful_is_reached_by_any_check_and_each_is_named(self):
        for writes in ((), ("--allow-writes",)):
            with self.subTest(writes):
                shop = Shop(self)
                run = self.everything(shop, *writes)
                self.assertEqual([], shop.reached(set(HARMFUL)))
                left = {row["where"]: row["reason"] for row in run.report["not_tested"] if row["check"] == "*"}
                for path in HARMFUL:
                    self.assertRegex(left.get("GET " + path, ""), "looks .*: name it with --include")

    def test_the_same_server_is_reached_where_the_names_say_nothing(self):
        shop = Shop(self, {"/status-of-db": {}, "/news": {"summary": "Lists what was created"}})
        self.everything(shop)
        self.assertTrue(shop.reached({"/status-of-db"}))
        self.assertTrue(shop.reached({"/news"}))

    def test_what_include_spells_out_is_scanned_and_a_wildcard_does_not_name_it(self):
        shop = Shop(self)
        self.everything(shop, "--include", "/**")
        self.assertEqual([], shop.reached(set(HARMFUL)))
        self.everything(shop, "--include", "/**", "--include", "GET /createdb")
        self.assertTrue(shop.reached({"/createdb"}))
        self.assertEqual([], shop.reached(set(HARMFUL) - {"/createdb"}))

    def test_exclude_holds_for_witnesses_discovery_and_every_other_request(self):
        shop = Shop(self, {})
        self.everything(shop)
        self.assertTrue(shop.reached({EXCLUDED}), "a witness when nothing is excluded")
        shop.seen.clear()
        run = self.everything(shop, "--exclude", "* " + EXCLUDED, "--exclude", "/openapi.yaml", "--exclude", "/.env")
        self.assertEqual([], shop.reached({EXCLUDED, "/openapi.yaml", "/.env"}))
        self.assertIn(("GET " + EXCLUDED, "left out by --exclude"),
                      [(row["where"], row["reason"]) for row in run.report["not_tested"]])

    def test_include_keeps_every_other_operation_out_of_every_check(self):
        shop = Shop(self)
        run = self.everything(shop, "--include", "GET /api/me")
        paths = {path for _, path, _ in shop.seen}
        self.assertIn("/api/me", paths)
        self.assertFalse(paths & {"/api/orders", "/api/orders/order-alice", EXCLUDED, "/admin/users", "/.env"})
        self.assertTrue(run.report["not_tested"])

    def test_a_recording_judges_the_same_without_the_target(self):
        shop, kept = Shop(self), os.path.join(self.directory, "kept.ndjson")
        live = self.everything(shop, "--record", kept, "--exclude", "* " + EXCLUDED)
        again = self.scan(shop.url + "/api/orders/order-alice", "--replay", kept, "--signing-key",
                          os.path.join(self.directory, "key.jwk"), code=(0, 1, 3))
        self.assertEqual(live.report["findings"], again.report["findings"])
        self.assertEqual(live.report["not_tested"], again.report["not_tested"])


if __name__ == "__main__":
    unittest.main()
