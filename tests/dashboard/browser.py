"""Chromium without a window, driven over its debugging pipe (Chrome DevTools Protocol), with nothing but Python.

    with Browser() as browser:
        page = browser.page(width=390, scheme="dark")
        page.open("http://127.0.0.1:9413/login")
        page.fill("#token", "secret")
        page.press("Enter")
        page.until("location.pathname === '/'")
"""
import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

PROGRAMS = ("chromium-headless-shell", "chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
         "--disable-extensions", "--no-first-run", "--no-default-browser-check", "--remote-debugging-pipe")
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "Space": (32, " ")}
SECONDS = 30


def program():
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def high_pipe():
    """A pipe whose ends are clear of the low descriptors that the child wants."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high


class Gone(Exception):
    """The document that was asked is being replaced by another."""


class Browser:
    def __init__(self):
        self._next, self._answers, self._pages, self._ended = 0, {}, {}, False
        self._news = threading.Condition()
        self._folder = tempfile.mkdtemp(prefix="browser-")
        (theirs_in, ours_out), (ours_in, theirs_out) = high_pipe(), high_pipe()
        # Chromium reads descriptor 3 and writes 4.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", program(), *FLAGS,
             f"--user-data-dir={self._folder}", "about:blank"],
            pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._folder})
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb", 0), os.fdopen(ours_in, "rb")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self._process.wait(timeout=SECONDS)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._out.close()
        self._in.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self):
        rest = b""
        while block := self._in.read1(1 << 20):
            *messages, rest = (rest + block).split(b"\0")
            with self._news:
                for text in messages:
                    self._take(json.loads(text))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, message):
        if "id" in message:
            self._answers[message["id"]] = message
        elif page := self._pages.get(message.get("sessionId")):
            page.take(message["method"], message["params"])

    def call(self, method, session=None, **params):
        with self._news:
            self._next += 1
            number = self._next
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        self._out.write(json.dumps(message).encode() + b"\0")
        with self._news:
            self._news.wait_for(lambda: number in self._answers or self._ended, SECONDS)
            answer = self._answers.pop(number, None)
        if answer is None:
            raise AssertionError(f"the browser did not answer {method}")
        if "error" in answer:
            raise Gone(answer["error"]["message"])
        return answer["result"]

    def close(self, page):
        self.call("Target.disposeBrowserContext", browserContextId=page.context)

    def page(self, width=1280, height=900, scheme="light", scripts=True):
        """A page with cookies of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context, width=width, height=height)
        session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, context)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(domain + ".enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        return page


class Page:
    def __init__(self, browser, session, context):
        self._browser, self._session, self.context, self._loaded = browser, session, context, 0
        self.requests, self.complaints = [], []  # URLs that were asked; errors and refusals by the policy

    def take(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded += 1
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    def call(self, method, **params):
        return self._browser.call(method, self._session, **params)

    def open(self, url):
        before = self._loaded
        self.call("Page.navigate", url=url)
        wait(lambda: self._loaded > before, f"{url} was not loaded")

    def js(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression[:200]}: {result['exceptionDetails']['exception'].get('description')}")
        return result["result"].get("value")

    def holds(self, expression):
        """Of a document that is there to its end, with its styles: before that, places move."""
        try:
            return self.js(f"document.readyState === 'complete' && Boolean({expression})")
        except (Gone, AssertionError):  # between two documents, or before there is one
            return False

    def until(self, expression):
        """Waits for the condition."""
        wait(lambda: self.holds(expression), f"never true: {expression}", lambda: self.js("document.title + document.body.innerText.slice(0, 800)"))

    def text(self):
        return self.js("document.body.innerText")

    def click(self, selector, text=""):
        """A click of the mouse on the middle of the first such element that shows the text."""
        self.until("true")
        x, y = self.js(f"""(() => {{
            const one = [...document.querySelectorAll({json.dumps(selector)})].find(e => e.innerText.includes({json.dumps(text)}));
            one.scrollIntoView({{block: "center", behavior: "instant"}});
            const box = one.getClientRects()[0];
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def fill(self, selector, text):
        self.js(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press(self, key):
        code, text = KEYS[key]
        down = {"text": text} if text else {}
        for kind, more in (("keyDown", down), ("keyUp", {})):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    def picture(self, path):
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))


def wait(condition, otherwise, more=lambda: ""):
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{otherwise}\n{more()}")
        time.sleep(0.02)
