"""How a target words its answers: success, refusal, and what is not there. One class a style."""
import html
import itertools
import json
import random
import secrets
import time

from httpd import Response

NO_STORE = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]


def as_json(status, value, headers=()):
    return Response(status, json.dumps(value, separators=(",", ":")), "application/json", [*NO_STORE, *headers])


def as_html(status, title, text, headers=()):
    page = f"<!doctype html><html lang=\"en\"><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>"
    return Response(status, page, "text/html; charset=utf-8", [*NO_STORE, *headers])


class Rest:
    """Plain REST: 401 with WWW-Authenticate and a JSON error."""

    def __init__(self, volatile=False):
        self.volatile, self.counter = volatile, itertools.count(random.randrange(1000, 9000))

    def changing(self):
        """Members that differ at every answer; `second` differs only from one second to the next."""
        if not self.volatile:
            return {}
        notices = [{"id": secrets.token_hex(4), "at": time.time()} for _ in range(random.randrange(4))]
        return {"request_id": secrets.token_hex(8), "served_at": time.time(), "second": int(time.time()),
                "served": next(self.counter), "notices": notices}

    def good(self, facts):
        return as_json(200, {**facts, **self.changing()})

    def refused(self, sent, detail=""):
        challenge = 'Bearer realm="api"' + (', error="invalid_token"' if sent else "")
        message = detail or ("invalid token" if sent else "authentication required")
        return as_json(401, {"error": "unauthorized", "message": message, **self.tag()},
                       [("WWW-Authenticate", challenge)])

    def forbidden(self):
        return as_json(403, {"error": "forbidden", "message": "not allowed"})

    def missing(self):
        return as_json(404, {"error": "not_found", "message": "no such thing"})

    def broken(self):
        return as_json(500, {"error": "internal", "message": "internal error"})

    def tag(self):
        return {"request_id": secrets.token_hex(8)} if self.volatile else {}


class OkError(Rest):
    """Always 200, with an error object."""

    def refused(self, sent, detail=""):
        return as_json(200, {"error": {"code": 401, "message": detail or "invalid token"}, **self.tag()})

    def forbidden(self):
        return as_json(200, {"error": {"code": 403, "message": "not allowed"}})


class OkStatus(Rest):
    """Always 200, always the same members: one value alone tells success from refusal."""

    def good(self, facts):
        return as_json(200, {"status": "ok", "service": "orders", **self.changing()})

    def refused(self, sent, detail=""):
        return as_json(200, {"status": "error", "service": "orders", **self.changing()})

    def forbidden(self):
        return as_json(200, {"status": "denied", "service": "orders"})


class Redirect(Rest):
    """302 to the login page."""

    def refused(self, sent, detail=""):
        return Response(302, detail, "text/plain", [*NO_STORE, ("Location", "/login")])


class Plain403(Rest):
    """403 in plain text."""

    def refused(self, sent, detail=""):
        return Response(403, detail or "Forbidden\n", "text/plain", NO_STORE)


class Hidden404(Rest):
    """What one may not see is not there."""

    def refused(self, sent, detail=""):
        return self.missing() if not detail else as_json(404, {"error": "not_found", "message": detail})


class Html(Rest):
    """Pages; 401 for the unauthorised."""
    refusal_status = 401

    def good(self, facts):
        rows = {**facts, **self.changing()}
        items = "".join(f"<li>{name}: {html.escape(str(value))}</li>" for name, value in rows.items())
        return as_html(200, "Your orders", f"<ul>{items}</ul><p>Nothing else is due.</p>")

    def refused(self, sent, detail=""):
        headers = [("WWW-Authenticate", 'Bearer realm="api"')] if self.refusal_status == 401 else []
        form = "<form action=\"/login\" method=\"post\"><input name=\"user\"></form>"
        return as_html(self.refusal_status, "Please sign in", f"<p>{html.escape(detail)}</p>{form}", headers)


class Html200(Html):
    """Pages; the sign-in page comes with 200."""
    refusal_status = 200


class Xml(Rest):
    """XML, refusals too."""

    def good(self, facts):
        rows = {**facts, **self.changing()}
        items = "".join(f"<{name}>{html.escape(str(value))}</{name}>" for name, value in rows.items())
        return Response(200, f"<?xml version=\"1.0\"?><orders>{items}</orders>", "application/xml", NO_STORE)

    def refused(self, sent, detail=""):
        text = html.escape(detail or "invalid token")
        return Response(401, f"<?xml version=\"1.0\"?><error><message>{text}</message></error>", "application/xml",
                        [*NO_STORE, ("WWW-Authenticate", 'Bearer realm="api"')])


class NoContent(Rest):
    """Success has no body: its status alone tells it from a refusal."""

    def good(self, facts):
        return Response(204, headers=NO_STORE)


# Told apart in test_shapes from those that every algorithm is tried with.
FORMS = {"xml": Xml, "no-content": NoContent}
STYLES = {"rest": Rest, "ok-error": OkError, "ok-status": OkStatus, "redirect": Redirect, "plain-403": Plain403,
          "hidden-404": Hidden404, "html": Html, "html-200": Html200}
