"""False-positive traps: a strict API behind something that misleads a scanner. Each wraps the API's handler."""
import re
import threading
import time

from httpd import Response
from styles import as_html, as_json
from verifier import Refused, decode_segment, read_object

WELL_FORMED = re.compile(r"Bearer [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
BIG = 8192


def spa(target, inner):
    """The same page for every path and every token."""
    page = as_html(200, "Shop", "<div id=\"root\"></div><script src=\"/main.js\"></script>")
    return lambda request: page


def public(target, inner):
    """An operation that takes no notice of the token."""
    def handler(request):
        if request.path != target.path:
            return inner(request)
        return target.style.good({"offers": ["tea", "coffee"], "currency": "EUR"})
    return handler


def cache(seconds, silent):
    """A shared cache in front: a cached good answer goes to anybody; keyed by URL with its query."""
    def wrap(target, inner):
        kept, lock = {}, threading.Lock()

        def handler(request):
            with lock:
                at, answer = kept.get(request.target, (0, None))
                if answer and request.method == "GET" and time.monotonic() - at < seconds:
                    return answer if silent else marked(answer, "HIT", int(time.monotonic() - at))
                answer = inner(request)
                if answer.status == 200 and request.method == "GET" and target.accepts(request):
                    answer.headers = [pair for pair in answer.headers if pair[0] != "Cache-Control"]
                    kept[request.target] = time.monotonic(), answer
                return answer if silent else marked(answer, "MISS", 0)
        return handler
    return wrap


def marked(answer, state, age):
    return Response(answer.status, answer.body, None, [*answer.headers, ("X-Cache", state), ("Age", age)])


def gateway_strips(target, inner):
    """The gateway removes the header: nobody gets in, not even with the good token."""
    return lambda request: inner(request.without("authorization"))


def gateway_strips_malformed(target, inner):
    """The gateway removes Authorization headers that do not look like one bearer token."""
    def handler(request):
        values = request.all("authorization")
        fits = len(values) == 1 and WELL_FORMED.match(values[0])
        return inner(request if fits else request.without("authorization"))
    return handler


def too_many(retry_after=None):
    headers = [("Retry-After", str(retry_after))] if retry_after else []
    return as_json(429, {"error": "too_many_requests"}, headers)


def rate_window(limit, retry_after=None):
    """At most `limit` requests in each second of the clock; the rest get 429."""
    def wrap(target, inner):
        state = {"window": 0, "seen": 0}

        def handler(request):
            window = int(target.clock())
            if window != state["window"]:
                state.update(window=window, seen=0)
            state["seen"] += 1
            return too_many(retry_after) if state["seen"] > limit else inner(request)
        return handler
    return wrap


def rate_block(limit, seconds):
    """After `limit` requests everybody gets 403 for a while; then it starts again."""
    def wrap(target, inner):
        state = {"seen": 0, "until": 0.0}

        def handler(request):
            now = target.clock()
            if now < state["until"]:
                return Response(403, "Forbidden\n", "text/plain")
            state["seen"] += 1
            if state["seen"] >= limit:
                state.update(seen=0, until=now + seconds)
            return inner(request)
        return handler
    return wrap


def rate_forever(limit, status):
    """After `limit` requests nobody is ever served again."""
    def wrap(target, inner):
        state = {"seen": 0}

        def handler(request):
            state["seen"] += 1
            if state["seen"] <= limit:
                return inner(request)
            return too_many() if status == 429 else Response(status, "Forbidden\n", "text/plain")
        return handler
    return wrap


def flaky(target, inner):
    """A balancer with a sick member: every seventh request gets 502."""
    state = {"seen": 0}

    def handler(request):
        state["seen"] += 1
        return Response(502, "Bad Gateway\n", "text/plain") if state["seen"] % 7 == 0 else inner(request)
    return handler


def unchanged(target, inner):
    """Nothing in front; the trap lies in how the target itself is set up."""
    return inner


def echo_authorization(target, inner):
    """A refusal repeats the header that it refuses."""
    def handler(request):
        if request.path == target.path and not target.accepts(request):
            return target.style.refused(True, "cannot use " + (", ".join(request.all("authorization")) or "nothing"))
        return inner(request)
    return handler


def kid_of(target, request):
    """The kid as text; one that cannot be read is the empty text."""
    try:
        kid = read_object(decode_segment(target.token_of(request).split(".")[0])).get("kid", "")
    except Refused:
        return ""
    return kid if isinstance(kid, str) else repr(kid)


def echo_kid(target, inner):
    """A refusal names the kid."""
    def handler(request):
        if request.path == target.path and not target.accepts(request):
            return target.style.refused(True, f"no key {kid_of(target, request)!r} for this token")
        return inner(request)
    return handler


def kid_400(target, inner):
    """400 for any odd character in kid, before anything else."""
    def handler(request):
        if re.search(r"[^A-Za-z0-9_.-]", kid_of(target, request)):
            return as_json(400, {"error": "bad_request", "message": "malformed kid"})
        return inner(request)
    return handler


def big_header(answer):
    """Something in front cannot take big headers, whichever they are."""
    def wrap(target, inner):
        def handler(request):
            if len(request.target) > BIG or any(len(value) > BIG for _, value in request.headers):
                return answer
            return inner(request)
        return handler
    return wrap


TRAPS = {
    "spa": spa,
    "public": public,
    "cache-polite": cache(2, silent=False),
    "cache-silent": cache(2, silent=True),
    "cache-long": cache(60, silent=True),
    "gateway-strips": gateway_strips,
    "gateway-strips-malformed": gateway_strips_malformed,
    "rate-retry-after": rate_window(40, retry_after=1),
    "rate-window": rate_window(40),
    "rate-block-403": rate_block(40, 2),
    "rate-forever-429": rate_forever(40, 429),
    "rate-forever-403": rate_forever(40, 403),
    "flaky": flaky,
    "expiring": unchanged,  # the good token lives two seconds
    "leeway-300": unchanged,  # tokens pass for 300 s after their end
    "echo-authorization": echo_authorization,
    "echo-kid": echo_kid,
    "kid-400": kid_400,
    "drop-big-header": big_header(Response(0, drop=True)),
    "big-header-502": big_header(Response(502, "Bad Gateway\n", "text/plain")),
    "big-header-431": big_header(Response(431, "Request Header Fields Too Large\n", "text/plain")),
}
