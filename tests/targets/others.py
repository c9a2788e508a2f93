"""Further rows for families.py, as other people write their APIs: ids in the middle of a path, in the query, of
another's account; answers in envelopes; names, pages and traces of other frameworks.
"""
import json
from urllib.parse import urlsplit

from families import ROWS, Row, mine
from httpd import Response
from styles import as_html, as_json
from verifier import fetch

OTHER = ("--as", lambda target: "other=" + target.mint(sub="user-8"))
IDS = {"10017": "user-7", "10023": "user-8"}
LISTED = {"responses": {"200": {"description": "done"}}}


def variable(name, value=None, where="path"):
    return {"name": name, "in": where, "required": True, "schema": {"type": "string"}, **({"example": value} if value else {})}


def owned(path, answer, owner, listing=None):
    """`path` of a request gives an id, or None; `owner` whose it is; weak: nobody asks."""
    def serve(target, request, weak):
        if listing and request.path == listing:
            return target._authorized(request, lambda claims: as_json(200, rows_of(claims)))
        name = path(request)
        if name is None:
            return None

        def one(claims):
            allowed = owner(name) and (weak or owner(name) == claims["sub"])
            return answer(request, name) if allowed else target.style.missing()
        return target._authorized(request, one)

    def rows_of(claims):
        return {"meta": {"count": 1}, "result": {"orders": [{"order": one} for one, who in IDS.items() if who == claims["sub"]]}}
    return serve


def between(before, after):
    def path(request):
        fits = request.path.startswith(before) and request.path.endswith(after) and request.path.count("/") == (before + after).count("/")
        return request.path[len(before):len(request.path) - len(after)] if fits else None
    return path


def text(request, name):
    return Response(200, f"%PDF-1.4 of {name}", "application/pdf", [("Cache-Control", "no-store")])


def plain(request, name):
    return as_json(200, {"total": 12})


def written(request, name):
    """Takes the note in; what is no note is refused."""
    if request.method != "PUT":
        return Response(405)
    if request.first("content-type", "").partition(";")[0] != "application/json":
        return Response(415)
    try:
        given = json.loads(request.body)
        return as_json(200, {"note": given["note"]}) if isinstance(given["note"], str) else Response(400)
    except (ValueError, KeyError, TypeError):
        return Response(400)


def account(name):
    return name if name in ("user-7", "user-8") else None


def queried(request):
    return dict(request.query).get("order_id") if request.path == "/api/order" else None


def catalogue(target, request, weak):
    """Strict: what both may see, listed to both; an id that is by chance the number of something of one alone."""
    if weak:
        return owned(between("/api/orders/", ""), plain, IDS.get, listing="/api/orders")(target, request, True)
    if request.path == "/api/orders":
        return target._authorized(request, lambda claims: as_json(200, [{"order": one} for one in IDS]))
    if request.path == "/api/me":
        return target._authorized(request, lambda claims: as_json(200, {"id": claims["sub"], "visits": 10017 if claims["sub"] == "user-7" else 3}))
    name = between("/api/orders/", "")(request)
    return None if name is None else target._authorized(request, lambda claims: plain(request, name) if name in IDS else target.style.missing())


def authored(target, request, weak):
    """Listed nowhere. Weak: the answer names the owner. Strict: it is for all, and names who wrote it."""
    name = between("/api/notes/", "")(request)
    if name is None:
        return None
    answer = {"text": "hello", "owner" if weak else "author": IDS.get(name)}
    return target._authorized(request, lambda claims: as_json(200, answer) if name in IDS else target.style.missing())


def numbered(target, request, weak):
    """Ids are small numbers. Weak: the answer says whose it is. Strict: it is for all, and counts and names what has that number."""
    name = between("/api/notes/", "")(request)
    if name is None:
        return None
    answer = {"user": {"id": 1, "name": "ann"}} if weak else {"quantity": 1, "author_id": 1, "page": {"id": 1}}
    return target._authorized(request, lambda claims: as_json(200, answer) if name == "3" else target.style.missing())


def pictured(target, request, weak):
    if request.path != "/api/avatar":
        return None
    if request.method != "POST" or request.first("content-type", "") != "application/json":
        return Response(405 if request.method != "POST" else 415)
    try:
        address = json.loads(request.body)["picture"]
        if weak and urlsplit(address).hostname == "127.0.0.1":
            fetch(address)
    except OSError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError):
        return Response(400)
    return target._authorized(request, lambda claims: as_json(200, {"stored": True}))


def announced(target, request, weak):
    if request.path != "/api/admin/announcements":
        return None
    if request.method != "POST":
        return Response(405)

    def post(claims):
        if not (weak or "admin:read" in claims["scopes"]):
            return target.style.forbidden()
        return as_json(201, {"text": "hello"}) if written_text(request) else Response(400)
    return target._authorized(request, post)


def written_text(request):
    try:
        return request.first("content-type", "") == "application/json" and isinstance(json.loads(request.body)["text"], str)
    except (ValueError, KeyError, TypeError):
        return False


def sorted_by(trace, content_type):
    """Weak: a parameter that is given twice is a list, and nobody looks."""
    def serve(target, request, weak):
        values = [value for name, value in request.query if name == "sort"]
        if len(values) < 2:
            return mine(target, request, as_json(200, {"orders": ["o-1"]}))
        return mine(target, request, Response(500, trace, content_type) if weak else as_json(400, {"error": "sort"}))
    return serve


def searched(target, request, weak):
    """Weak: a quote ends the text of the query. Strict: it is bound, and what is no list of one is refused."""
    values = [value for name, value in request.query if name == "q"]
    if weak and len(values) == 1 and "'" in values[0]:
        return mine(target, request, as_json(500, {"error": "near \"<\": syntax error", "code": 1}))
    return mine(target, request, as_json(200, {"hits": []}) if len(values) == 1 else as_json(400, {"error": "syntax error: give q once"}))


def page(path, body, content_type="text/html"):
    def serve(target, request, weak):
        if request.path != path:
            return None
        return Response(200, body, content_type) if weak else as_html(404, "Not Found", "")
    return serve


def wrapped_rows(target, request, weak):
    if request.path != "/api/orders":
        return None
    wanted = int(dict(request.query).get("per_page", "20"))
    count = min(wanted, 4000 if weak else 50)  # weak: more than is kept of an answer
    return target._authorized(request, lambda claims: as_json(200, {"data": {"page": 1, "items": [{"name": f"order number {n}"} for n in range(count)]}}))


def wrapped_profile(target, request, weak):
    """In an envelope, with the time beside it."""
    if request.path != "/api/profile":
        return None
    kept = target.__dict__.setdefault("kept", {"name": "Kim", "role": "member"})

    def update(claims):
        if request.method == "PATCH":
            if request.first("content-type", "") != "application/json":
                return Response(415)
            try:
                given = json.loads(request.body)
            except ValueError:
                return Response(400)
            if not isinstance(given, dict) or not isinstance(given.get("name", ""), str):
                return Response(400)
            kept.update({name: given[name] for name in ("name", *(("role",) if weak else ())) if name in given})
        return as_json(200, {"status": "ok", "data": dict(kept), "meta": {"took": 3}})
    return target._authorized(request, update) if request.method in ("GET", "PATCH") else Response(405)


def mirror(target, request, weak):
    if request.path != "/api/firmware":
        return None
    address = dict(request.query).get("mirror", "")
    if weak and urlsplit(address).hostname == "127.0.0.1":
        try:
            fetch(address)
        except (OSError, ValueError):
            pass
    return target._authorized(request, lambda claims: as_json(200, {"version": "4.1"}))


def body(weak_value, strict_value):
    return lambda target, request, weak: mine(target, request, as_json(200, weak_value if weak else strict_value))


SPRING = json.dumps({"status": 500, "trace": "java.lang.NumberFormatException: For input string\n"
                     "\tat java.base/java.lang.Integer.parseInt(Integer.java:652)\n\tat com.orders.Page.of(Page.java:31)\n"})
SINATRA = ("<html><head><title>IndexError at &#x2F;api&#x2F;me</title></head><body><ul><li class=\"frame-info app\">\n"
           "<code>&#x2F;srv&#x2F;api&#x2F;app.rb</code> in\n   <code><strong>fetch</strong></code></li></ul></body></html>")
EXPRESS = ("<!DOCTYPE html><html><body><pre>TypeError: req.query.sort.toLowerCase is not a function<br> &nbsp; &nbsp;at "
           "file:///srv/api/orders.mjs:34:80<br> &nbsp; &nbsp;at Layer.handleRequest (/srv/api/node_modules/router/lib/layer.js:152:17)</pre></body></html>")
SWAGGER_UI = "<!DOCTYPE html><html><body><div id=\"swagger-ui\"></div></body></html>"
EXPVAR = '{"cmdline": ["/srv/api"], "memstats": {"Alloc": 1}}'
NOTE = {"parameters": [variable("id", "10017")], **LISTED, "requestBody": {"content": {"application/json": {"schema": {
    "type": "object", "properties": {"note": {"type": "string", "example": "ring twice"}}}}}}}
ANNOUNCEMENT = {"responses": {"201": {"description": "done"}}, "requestBody": {"content": {"application/json": {"schema": {
    "type": "object", "properties": {"text": {"type": "string", "example": "hello"}}}}}}}
PICTURE = {**LISTED, "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
    "picture": {"type": "string", "format": "uri", "example": "https://pictures.example/a.png"}}}}}}}
STRING = {"type": "string"}
WRAPPED = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string", "example": "Kim"}}}}}},
           "responses": {"200": {"description": "done", "content": {"application/json": {"schema": {"type": "object", "properties": {
               "status": STRING, "meta": {"type": "object"},
               "data": {"type": "object", "properties": {"name": STRING, "role": STRING}}}}}}}}}

OTHERS = {
    "bola:account": Row("bola-cross-identity", "high", owned(between("/api/users/", "/orders"), plain, account), arguments=OTHER,
                        spec={"GET /api/users/{user}/orders": {"parameters": [variable("user", "user-7")], **LISTED}}),
    "bola:part": Row("bola-cross-identity", "high", owned(between("/api/orders/", "/invoice"), text, IDS.get, listing="/api/orders"),
                     path="/api/orders/10017/invoice", arguments=OTHER),
    "bola:query": Row("bola-cross-identity", "high", owned(queried, plain, IDS.get, listing="/api/me"), path="/api/order?order_id=10017",
                      spec={"GET /api/order": {"parameters": [variable("order_id", "10017", "query")], **LISTED},
                            "GET /api/me": LISTED}, arguments=OTHER),
    "bola:slash": Row("bola-cross-identity", "high", owned(between("/api/orders/", "/"), plain, IDS.get, listing="/api/orders/"),
                      path="/api/orders/10017/", arguments=OTHER),
    "bola:write": Row("bola-cross-identity", "high", owned(between("/api/orders/", "/note"), written, IDS.get, listing="/api/orders"),
                      spec={"PUT /api/orders/{id}/note": NOTE, "GET /api/orders": LISTED}, arguments=(*OTHER, "--allow-writes")),
    "bola:shared": Row("bola-cross-identity", "high", catalogue, arguments=OTHER,
                       spec={"GET /api/orders/{id}": {"parameters": [variable("id", "10017")], **LISTED},
                             "GET /api/orders": LISTED, "GET /api/me": LISTED}),
    "bola:author": Row("bola-cross-identity", "high", authored, path="/api/notes/10017", arguments=OTHER, undecided=True),
    "bola:number": Row("bola-cross-identity", "high", numbered, path="/api/notes/3", token={"user_id": 1}, undecided=True,
                       arguments=("--as", lambda target: "other=" + target.mint(sub="user-8", user_id=2))),
    "bola:first": Row("bola-cross-identity", "high", owned(between("/api/users/", ""), plain, {"1": "user-7", "2": "user-8"}.get), path="/api/users/1",
                      token={"user_id": 1}, arguments=("--as", lambda target: "other=" + target.mint(sub="user-8", user_id=2))),
    "url-parameter-fetched:body": Row("url-parameter-fetched", "high", pictured, spec={"POST /api/avatar": PICTURE}, also=("url-parameter-surface",),
                                      arguments=("--allow-writes",)),
    "bfla-admin-path:write": Row("bfla-admin-path", "high", announced, spec={"POST /api/admin/announcements": ANNOUNCEMENT},
                                 arguments=("--allow-writes",)),
    "error-stack:twice": Row("error-stack", "medium", sorted_by(EXPRESS, "text/html"), path="/api/orders?sort=name"),
    "error-stack:sql": Row("error-stack", "medium", searched, path="/api/orders?q=tea"),
    "error-stack:spring": Row("error-stack", "medium", sorted_by(SPRING, "application/json"), path="/api/orders?sort=name"),
    "error-stack:sinatra": Row("error-stack", "medium", sorted_by(SINATRA, "text/html"), path="/api/orders?sort=name"),
    "docs-exposed:api-docs": Row("docs-exposed", "low", page("/api-docs/", SWAGGER_UI)),
    "debug-endpoint:expvar": Row("debug-endpoint", "medium", page("/debug/vars", EXPVAR, "application/json")),
    "pagination-unbounded:wrapped": Row("pagination-unbounded", "medium", wrapped_rows, path="/api/orders?per_page=20", spec={
        "GET /api/orders": {"parameters": [{"name": "per_page", "in": "query", "schema": {"type": "integer"}, "example": 20}], **LISTED}}),
    "mass-assignment:wrapped": Row("mass-assignment", "high", wrapped_profile, arguments=("--allow-writes",),
                                   spec={"PATCH /api/profile": WRAPPED, "GET /api/profile": LISTED}),
    "url-parameter-fetched:example": Row("url-parameter-fetched", "high", mirror, spec={"GET /api/firmware": {
        "parameters": [{**variable("mirror", "https://mirror.example/fw", "query"), "required": False}], **LISTED}}, also=("url-parameter-surface",)),
    "property-sensitive:second-factor": Row("property-sensitive", "medium", body({"user": "u", "totpSecret": "JBSWY3DPEHPK3PXP"},
                                                                                 {"user": "u", "totpEnabled": True})),
    "property-sensitive:reset": Row("property-sensitive", "medium", body({"user": "u", "passwordResetToken": "8c5d0b1e"},
                                                                         {"user": "u", "passwordResetRequired": True})),
    "property-sensitive:werkzeug": Row("property-sensitive", "high", body({"user": "u", "check": "pbkdf2:sha256:600000$Yc3bFh0k$9f86d081884c7d65"},
                                                                          {"user": "u", "check": "pbkdf2:sha256 is how it is made"})),
    "pii:tax-id": Row("pii-in-response", "medium", body({"ownerTaxId": "536-22-1847"}, {"ownerTaxId": "***-**-1847", "part": "536-22-1847"})),
}
ROWS.update(OTHERS)
