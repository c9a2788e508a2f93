"""The ways into a scan: a description given or found, a collection, an archive; whose token goes where."""
import json
import unittest

from support import Case, load_in_parallel as load_tests  # noqa: F401

from collection import DESCRIPTION, ITEM, Collection


class Ways(Case):
    def api(self, **options):
        return self.enterContext(Collection(**options))

    def left_out(self, run):
        return {row["where"]: row["reason"] for row in run.report["not_tested"] if row["check"] == "*"}

    def test_a_description_gives_operations_and_lists_give_the_values_of_their_paths(self):
        api = self.api()
        run = self.scan(api.origin, "--spec", self.file("api.json", json.dumps(DESCRIPTION)), "--token", api.token)
        self.assertEqual(4, run.report["target"]["operations"])
        self.assertIn("/users/" + ITEM, api.asked())
        self.assertNotIn("/users/1", api.asked())
        self.assertIn("--allow-writes", self.left_out(run)["DELETE /users/{userId}"])
        self.assertLessEqual({method for method, _, _ in api.log}, {"GET", "HEAD", "OPTIONS"})
        self.assert_no_token_findings(run)

    def test_a_token_named_like_a_security_scheme_goes_where_that_scheme_says(self):
        api = self.api()
        spec = self.file("api.json", json.dumps(DESCRIPTION))
        run = self.scan(api.origin, "--spec", spec, "--token", api.token, "--as", "key=" + api.service)
        sent = [headers for _, path, headers in api.log if path == "/service"]
        self.assertIn(api.service, {headers.get("X-Service") for headers in sent})
        self.assertNotIn("Bearer " + api.token, {headers.get("Authorization") for headers in sent})
        self.assertEqual(["default", "key"], run.report["target"]["identities"])

    def test_a_description_at_a_usual_place_is_found_and_a_declared_public_operation_is_no_finding(self):
        for place in ("/openapi.json", "/api-docs/v1/swagger.yaml", "/api/swagger_doc", "/v3/api-docs"):
            with self.subTest(place):
                api = self.api(shows=place)
                run = self.scan(api.origin + "/users", "--token", api.token)
                self.assertEqual(4, run.report["target"]["operations"])
                self.assertIn("/users/" + ITEM, api.asked())
                self.assertNotIn("open-endpoint", run.found())

    def test_a_server_that_answers_every_path_shows_no_description(self):
        api = self.api(catch_all=True)
        run = self.scan(api.origin + "/users", "--token", api.token)
        self.assertEqual(1, run.report["target"]["operations"])

    def test_a_description_on_the_target_is_read_by_its_url(self):
        api = self.api(shows="/docs/described")
        run = self.scan(api.origin, "--spec", api.origin + "/docs/described", "--token", api.token)
        self.assertEqual(4, run.report["target"]["operations"])
        elsewhere = self.batten("scan", api.origin, "--spec", "http://192.0.2.1/openapi.json")
        self.assertEqual(2, elsewhere.code)
        self.assertIn("not on the target's origin", elsewhere.stderr)

    def test_a_collection_gives_operations_with_inherited_credentials(self):
        api = self.api()
        collection = {"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
                      "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
                      "variable": [{"key": "base", "value": api.origin}, {"key": "token", "value": api.token}],
                      "item": [{"item": [{"request": {"method": "GET", "url": {
                          "raw": "{{base}}/users/:id", "variable": [{"key": "id", "value": ITEM}]}}}]},
                               {"request": {"method": "GET", "url": "https://elsewhere.example/users"}},
                               {"request": {"method": "PUT", "url": "{{base}}/users"}}]}
        run = self.scan(api.origin, "--postman", self.file("c.json", json.dumps(collection)))
        self.assertEqual(1, run.report["target"]["operations"])
        self.assertIn("--allow-writes", self.left_out(run)["PUT /users"])
        self.assertIn("/users/" + ITEM, api.asked())
        self.assert_tested(run, "jwt-alg-none", "jwt-signature-ignored")

    def test_what_is_described_and_recorded_is_one_operation_sent_as_recorded(self):
        api = self.api()
        entries = [{"request": {"method": "GET", "url": api.origin + path, "headers": [
            {"name": "Authorization", "value": "Bearer " + api.token}]}} for path in ("/users", "/users/" + ITEM, "/other")]
        run = self.scan(api.origin, "--spec", self.file("api.json", json.dumps(DESCRIPTION)),
                        "--har", self.file("a.har", json.dumps({"log": {"entries": entries}})))
        self.assertEqual(5, run.report["target"]["operations"])  # four described, two of them recorded, and one more
        self.assertIn("/users/" + ITEM, api.asked())
        self.assertNotIn("/users/1", api.asked())
        joined = [row for row in run.report["not_tested"] if row["where"].startswith("GET /users")]
        self.assertEqual([], [row["check"] for row in joined if "--token" in row["reason"] or "--spec" in row["reason"]])

    def test_broken_descriptions_are_usage_errors_that_name_their_place(self):
        cases = {"paths: [\n": "api.yaml:", "openapi: 3.0.0\npaths:\n  /a: {get: {parameters: [{$ref: '#/x'}]}}\n": "api.yaml:3:",
                 "openapi: 3.0.0\npaths:\n  /a: {$ref: ../../../etc/passwd}\n": "api.yaml:3:", "a: 1\n": "api.yaml:1:1: no API description"}
        for text, place in cases.items():
            with self.subTest(text):
                run = self.batten("scan", "http://127.0.0.1:9/", "--spec", self.file("api.yaml", text))
                self.assertEqual(2, run.code)
                self.assertIn(place, run.stderr)

    def test_a_replay_of_a_described_scan_gives_the_same_report(self):
        api = self.api(shows="/openapi.json")
        live = self.scan(api.origin + "/users", "--token", api.token, "--record", self.directory + "/rec")
        again = self.scan("--replay", self.directory + "/rec", rate=None)
        self.assertEqual(live.report, again.report)


if __name__ == "__main__":
    unittest.main()
