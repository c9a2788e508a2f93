"""What the module does before a location is chosen, and early enough for limits: two readings, the client's headers in the
rewrite phase, variables that decide when they are asked for, forms, hosts and letter case."""
import json

from http2 import ask
from rig import Echo, Nginx, free_port, raw, request, serve

ROUTES = """routes:
  - {path: /health, public: true}
  - {path: /admin/**, scopes: [admin]}
  - {path: /things/**, methods: [DELETE], scopes: [admin]}
  - {path: /hosted/**, hosts: [admin.example], scopes: [admin]}
  - {path: /**, scopes: [read:data]}
"""
TRICKS = ("/api/users/1%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fhealth", "/api/users/1/..%2f..%2f..%2fhealth", "/x/../health", "/x/%2e%2e/health",
          "/x;/../health", "/x//../health", "/x\\..\\health", "/x%5c..%5chealth", "/x%252f..%252fhealth", "/he%61lth", "/he%2561lth",
          "/x%00/../health", "/%c0%ae%c0%ae/health", "//health", "/x%0a/../health", "/health%3f", "/health%ff", "/health#x", "/health%2f..%2fx")

METADATA = "https://api.example/.well-known/oauth-protected-resource"
SAME_TO_NGINX = ("/he%61lth", "/he%2561lth", "/x%252f..%252fhealth", "/health#x")  # or refused by the policy alone


def servers(n, ports, echo):
    app = f"proxy_pass http://127.0.0.1:{echo};"
    policy = "batten_policy p/early.yaml;"
    blocks = {
        "places": f"{policy} batten on; location / {{ {app} }} location /health {{ batten off; {app} }}",
        "rewriting": f"""{policy} batten on; set $first $http_x_batten_subject; set $early $batten_sub;
          if ($http_x_batten_subject = root) {{ set $seen yes; }}
          location / {{ set $sub $http_x_batten_subject; if ($batten_sub = "") {{ set $nobody yes; }} {app}
            proxy_set_header X-First $first; proxy_set_header X-Sub $sub; proxy_set_header X-Seen $seen;
            proxy_set_header X-Early $early; proxy_set_header X-Nobody $nobody; }}""",
        "limited": f"{policy} batten on; limit_req zone=subject; location / {{ {app} }} location /conn {{ limit_conn conns 1; {app} }}",
        "before": f"{policy} batten on; batten_phase preaccess; limit_req zone=everybody; location / {{ {app} }}",
        "either": f"{policy} batten on; satisfy any; deny all; location / {{ {app} }} location /in {{ allow all; {app} }}",
        "open": f"batten_policy off; location / {{ {app} }}",
        "dark": f"{policy} location / {{ proxy_set_header X-Sub $batten_sub; {app} }}",
        "allowing": f"batten_policy p/allow.yaml; batten on; location / {{ {app} }}",
        "allowing-places": f"batten_policy p/allow.yaml; batten on; location / {{ {app} }} location /off {{ batten off; {app} }}",
        "watching": f"batten_policy p/watch.yaml; batten on; location / {{ {app} }} location /health {{ batten off; {app} }}",
        "paged": f"{policy} batten on; error_page 403 = @page; location / {{ {app} }} location @page {{ batten off; {app} }}",
        "insensitive": f"batten_policy p/insensitive.yaml; batten on; location / {{ {app} }}",
        "sensitive": f"batten_policy p/sensitive.yaml; batten on; location / {{ {app} }}",
        "asking": f"batten_policy p/asking.yaml; batten on; location / {{ {app} }} location /scoped {{ batten_scope admin; {app} }}",
        "no-forms": f"batten_policy p/none.yaml; batten on; location / {{ {app} }}",
    }
    plain, two = ports
    n.http = f"""underscores_in_headers on; ignore_invalid_headers off; merge_slashes off; batten_policy p/early.yaml;
      limit_req_zone $batten_sub zone=subject:1m rate=1r/m; limit_conn_zone $batten_sub zone=conns:1m;
      limit_req_zone $server_name zone=everybody:1m rate=1r/m;
      """ + "\n".join(f"server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{two} http2; server_name {name} {name}.; {block} }}"
                      for name, block in blocks.items())


def early(check, policy, keys_into, key):
    echo = serve(Echo).server_address[1]
    ports = free_port(), free_port()
    with Nginx("") as n:
        servers(n, ports, echo)
        keys_into(n)
        n.file("p/early.yaml", policy + ROUTES)
        n.file("p/allow.yaml", policy + ROUTES + "paths: {allow: [encoded-slash, empty-segment]}\n")
        n.file("p/watch.yaml", policy + ROUTES + "mode: observe\n")
        n.file("p/sensitive.yaml", policy + ROUTES + "paths: {case: sensitive}\n")
        n.file("p/insensitive.yaml", policy + ROUTES + "paths: {case: insensitive}\n")
        n.file("p/asking.yaml", policy + ROUTES.replace("routes:\n", "routes:\n  - {path: /feed, optional: true}\n")
               + f"preflight: true\nresource_metadata: {METADATA}\n")
        n.file("p/none.yaml", policy + ROUTES + "method_override: none\n")
        n.start(ports[0])
        at = ports[0]
        places(check, at, ports[1])
        headers(check, at, key)
        limits(check, at, key, n)
        either(check, at, key)
        allowed(check, at, key)
        forms(check, at, key)
        hosts(check, at, key)
        routed(check, at, key)
        asking(check, at, key)
        check("the configuration says that an allowed kind does not count beside places", "does not count in a server" in n.log(), n.log())
        check("the log names the kinds", all(f"path-ambiguous: {kind}," in n.log() for kind in (
            "encoded-slash", "dot-segment", "semicolon", "empty-segment", "backslash", "encoded-percent", "needless-escape")), n.log())
        check("no worker fell over", "exited on signal" not in n.log() and "[alert]" not in n.log(), n.log())


def places(check, port, port2):
    check("a location without batten is open", request(port, "/health", host="places").status == 200)
    for trick in TRICKS:
        a = request(port, trick, host="places")
        check(f"{trick} is refused before a location is chosen", a.status in (400, 403), (a.status, a.body))
        status, body = ask(port2, trick, authority="places")
        check(f"{trick} over HTTP/2 too", status in (0, 400, 403), (status, body))
        if trick not in SAME_TO_NGINX:
            a = request(port, trick, host="paged")
            check(f"{trick} is brought to no application by an error page as it came",
                  a.status in (400, 403) or json.loads(a.body)["path"] != trick, (a.status, a.body))
    check("but in observe mode", request(port, "/x%2fhealth", host="watching").status == 200)
    check("a server without a policy is not looked at", request(port, "/x%2f..%2fy", host="open").status == 200)
    for good in ("/health?x=/../..;//", "/health?a%2fb"):
        check(f"{good} passes", request(port, good, host="places").status == 200)


def headers(check, port, key):
    smuggled = [("X-Batten-Subject", "root"), ("X_Batten_Subject", "root")]
    a = request(port, "/x", key.token(sub="ann"), headers=smuggled, host="rewriting")
    check("the rewrite phase sees nothing of the client's", [a.seen(n) for n in ("X-First", "X-Sub", "X-Seen")] == [[], [], []], a.body)
    check("and the verified subject", a.seen("X-Early") == ["ann"] and a.seen("X-Nobody") == [], a.body)
    a = request(port, "/health", headers=smuggled, host="rewriting")
    check("on a public route there is none", a.seen("X-Early") == [] and a.seen("X-Nobody") == ["yes"], a.body)
    a = request(port, "/x", headers=smuggled, host="rewriting")
    check("a refusal stays one when it was asked for early", a.status == 401, a.status)


def limits(check, port, key, n):
    ann, bob = key.token(sub="ann"), key.token(sub="bob")
    statuses = [request(port, "/x", t, host="limited").status for t in (ann, ann, ann, bob, bob)]
    check("limit_req counts by subject", statuses == [200, 503, 503, 200, 503], statuses)
    statuses = [request(port, "/x", t, host="limited").status for t in (None, None, key.token(aud="x", sub="ann"))]
    check("who is refused is counted for nobody", statuses == [401, 401, 401], statuses)
    check("limit_conn by subject lets one at a time pass", request(port, "/conn", key.token(sub="cat"), host="limited").status == 200)
    statuses = [request(port, "/x", t, host="before").status for t in (None, None, ann, ann)]
    check("with batten_phase preaccess a refusal takes no part in the limit", statuses == [401, 401, 200, 503], statuses)
    check("nothing was told yet", "a variable of batten" not in n.log(), n.log())
    for _ in range(6):
        a = request(port, "/x", host="dark")
        check("a variable where batten is off is empty", a.status == 200 and a.seen("X-Sub") == [], a.body)
    told = n.log().count("a variable of batten was asked for where batten is off")
    check("and is told once in a worker", 1 <= told <= n.workers, (told, n.log()))


def either(check, port, key):
    statuses = [request(port, path, t, host="either").status for path, t in
                (("/x", None), ("/x", key.token()), ("/in", None), ("/x", key.token(aud="x")))]
    check("satisfy any opens to a token or to an address", statuses == [401, 200, 200, 401], statuses)


def allowed(check, port, key):
    reader, admin = key.token(), key.token(scopes=["admin", "read:data"])
    for path, token, want in (("/a%2fb", reader, 200), ("/a//b", reader, 200), ("//a", reader, 403), ("/a%2f..%2fb", reader, 403),
                              ("/admin%2fx", reader, 403), ("/admin%2fx", admin, 403), ("/%61dmin/x", reader, 403), ("/a;b", reader, 403),
                              ("/health%2f", None, 401), ("/a%252fb", admin, 403), ("/x%2f%2fadmin%2fy", reader, 200)):
        check(f"with encoded-slash allowed {path} is {want}", request(port, path, token, host="allowing").status == want)
    check("beside locations that decide it is not", request(port, "/a%2fb", reader, host="allowing-places").status == 403)


def post(port, path, token, content_type, body, host, extra=()):
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Connection: close", f"Content-Length: {len(body)}", *extra]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"Content-Type: {content_type}"] if content_type is not None else []
    return raw(port, ("\r\n".join(lines) + "\r\n\r\n" + body).encode()).status


def forms(check, port, key):
    reader, admin = key.token(), key.token(scopes=["admin", "read:data"])
    form = "application/x-www-form-urlencoded"
    for kind in (form, form.upper(), form + "; charset=utf-8", "multipart/form-data; boundary=x", "multipart/mixed; boundary=x",
                 "multipart/related; boundary=x", "", None, "application/json, " + form):
        check(f"a body of {kind!r} that may ask for another method is refused", post(port, "/things/1", reader, kind, "_method=delete", "rewriting") == 403)
        check("unless the application reads none", post(port, "/things/1", reader, kind, "_method=delete", "no-forms") == 200)
        check("or the route is alike for all", post(port, "/other/1", reader, kind, "_method=delete", "rewriting") == 200)
    check("who may do both may post a form", post(port, "/things/1", admin, form, "a=b", "rewriting") == 403)
    for kind, body in (("application/json", '{"_method": "delete"}'), ("text/plain", "x"), (None, "")):
        check(f"a body of {kind} passes", post(port, "/things/1", reader, kind, body, "rewriting") == 200)
    for name in ("X-HTTP-Method-Override", "X_HTTP_Method_Override", "x.http.method.override", "X-Http_Method-OVERRIDE", "X_Method_Override",
                 "X_HTTP_Method", "X_Original_URL"):
        check(f"{name} is refused", request(port, "/other", reader, "POST", headers=[(name, "DELETE")], host="rewriting").status in (400, 403))
    for query in ("_method=delete", "a=b&_method=DELETE", "%5fmethod=delete", "_%6Dethod=delete", "a;_method=put", "_method[]=delete",
                  ".method=delete", "_method=", "_METHOD=delete"):
        check(f"?{query} is refused", request(port, "/other?" + query, reader, "POST", host="rewriting").status == 403)
    for query in ("_method=post", "method=delete", "my_method=delete", "_methods=delete", "q=_method"):
        check(f"?{query} passes", request(port, "/other?" + query, reader, "POST", host="rewriting").status == 200)


def hosts(check, port, key):
    reader, admin = key.token(), key.token(scopes=["admin"])
    for host in ("admin.example", "admin.example.", "admin.example:", "admin.example:80", "ADMIN.Example", "Admin.Example.:8080"):
        statuses = [request(port, "/hosted/x", t, host=host).status for t in (reader, admin)]
        check(f"{host} is the one host", statuses == [403, 200], statuses)
    check("another host has the wider route", request(port, "/hosted/x", reader, host="places").status == 200)
    for name, value in (("X-Forwarded-Host", "admin.example"), ("X-Forwarded-Host", "places, admin.example"), ("X_Forwarded_Host", "admin.example"),
                        ("X-Forwarded-Host", "admin.example, places"), ("X-Host", "admin.example"), ("Forwarded", 'for=x;host="admin.example"')):
        check(f"{name}: {value} is another host", request(port, "/hosted/x", reader, host="places", headers=[(name, value)]).status == 403)
    check("the same one is not", request(port, "/hosted/x", reader, host="places", headers=[("X-Forwarded-Host", "Places:80")]).status == 200)
    bare = f"GET /hosted/x HTTP/1.0\r\nAuthorization: Bearer {reader}\r\n\r\n".encode()
    check("no host at all is none", raw(port, bare).status == 403)
    a = request(port, "http://admin.example/hosted/x", reader, host="places")
    check("an absolute target with another host is refused", a.status in (400, 403), a.status)


def routed(check, port, key):
    reader, admin = key.token(), key.token(scopes=["admin", "read:data"])
    only_admin = key.token(scopes=["admin"])
    for path in ("/admin", "/admin/", "/admin.json", "/admin.json/", "/admin.", "/admin/x", "/admin/X"):
        statuses = [request(port, path, t, host="rewriting").status for t in (None, reader, admin, only_admin)]
        check(f"{path} asks for what /admin/** does", statuses == [401, 403, 200, 200], statuses)
    for path in ("/ADMIN", "/Admin/Users", "/ADMIN.json", "/%61dmin", "/%41dmin/x", "/%2561dmin/x"):
        statuses = [request(port, path, t, host="rewriting").status for t in (None, reader, only_admin)]
        check(f"{path}, of which two routes ask for different scopes, is refused", statuses == [403, 403, 403], statuses)
    for path in ("/ADMIN", "/Admin/Users", "/ADMIN.json", "/aDmin/"):
        statuses = [request(port, path, t, host="insensitive").status for t in (None, reader, only_admin)]
        check(f"{path} without letter case asks for what /admin/** does", statuses == [401, 403, 200], statuses)
        statuses = [request(port, path, t, host="sensitive").status for t in (None, reader, only_admin)]
        check(f"{path} with it does not", statuses == [401, 200, 403], statuses)
    for path in ("/100%25", "/a%20b", "/caf%C3%A9", "/a+b", "/a:b@c", "/a.b.json", "/50%25off", "/x/", "/adminx", "/%E2%9C%93", "/a,b'(c)!$&*~"):
        check(f"{path} has one reading", request(port, path, reader, host="rewriting").status == 200)


def asking(check, port, key):
    """Preflights, optional tokens, and what a refusal names."""
    asks, reader = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST")], key.token()
    for path in ("/x", "/scoped/x", "/admin/x"):
        statuses = [request(port, path, None, method, headers=fields, host="asking").status for method, fields in (("OPTIONS", asks), ("OPTIONS", asks[:1]), ("POST", asks))]
        check(f"a preflight of {path} needs no token, all else does", statuses == [200, 401, 401], statuses)
    a = request(port, "/feed", headers=[("X-Batten-Subject", "root")], host="asking")
    check("where a token is optional, none passes as nobody", a.status == 200 and a.seen("X-Batten-Subject") == [], a.body)
    statuses = [request(port, "/feed", token, host="asking").status for token in (reader, "x.y.z", key.token(aud="other"))]
    check("and a bad one is refused", statuses == [200, 401, 401], statuses)
    wanted = [f'Bearer resource_metadata="{METADATA}"', f'Bearer error="invalid_token", resource_metadata="{METADATA}"',
              f'Bearer error="insufficient_scope", scope="admin", resource_metadata="{METADATA}"']
    got = [request(port, path, token, host="asking").header("WWW-Authenticate") for path, token in (("/x", None), ("/x", "x.y.z"), ("/scoped/x", reader))]
    check("each challenge names the resource's metadata", got == wanted, got)
