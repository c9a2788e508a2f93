"""The dashboard in a real browser: signing in, live changes, filters, evidence, accessibility; with and without scripts."""
import lzma
import os
import sys
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", part) for part in ("e2e", "targets", "dashboard")]

from browser import Browser  # noqa: E402
from target import Target  # noqa: E402
from watcher import TOKEN, History, Watcher  # noqa: E402

SHOTS = os.environ.get("DASHBOARD_SHOTS")  # a folder for screenshots
LOOKS = (("light", 1280), ("dark", 390))
LEAST = ("serious", "critical")


def axe_source():
    with lzma.open(os.path.join(ROOT, "third_party", "axe-core", "axe.min.js.xz"), "rt", encoding="utf-8") as file:
        return file.read()


def weaken(target):
    """From now on the strict target takes tokens without a signature."""
    target.verifier.flaw = target.verifier.base = "alg-none"


class Dashboard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.axe = axe_source()
        cls.browser = cls.enterClassContext(Browser())
        cls.weak = cls.enterClassContext(Target(flaw="alg-none"))
        cls.changing = cls.enterClassContext(Target())
        history = History()
        cls.addClassCleanup(history.folder.cleanup)
        cls.tokens = {"WEAK": cls.weak.token, "CHANGING": cls.changing.token}
        for name, target, token in (("orders & <more>", cls.weak, "WEAK"), ("billing", cls.changing, "CHANGING")):
            for arguments in (("watch", "add", target.url, "--name", name, "--token", f"env:{token}", "--rate", "1000"),
                              ("watch", "run-once", name)):
                done = history.run(*arguments, **cls.tokens)
                assert done.returncode == 0, done.stderr
        cls.history = history
        cls.watcher = Watcher(history.db, **cls.tokens)
        cls.addClassCleanup(cls.watcher.stop)

    def page(self, signed_in=True, **look):
        page = self.browser.page(**look)
        page.open(self.watcher.origin + "/login")
        if signed_in:
            self.sign_in(page)
        self.addCleanup(self.browser.close, page)
        self.addCleanup(self.check_quiet, page)
        return page

    def sign_in(self, page, token=TOKEN):
        page.fill("#token", token)
        page.press("Enter")
        page.until("document.title !== 'Sign in - batten watch'")

    def check_quiet(self, page):
        """Nothing was asked of anybody else, nothing was refused by the policy, no script failed."""
        self.assertEqual([], [url for url in page.requests if not url.startswith(self.watcher.origin + "/")])
        self.assertEqual([], page.complaints)

    def open(self, page, path):
        page.open(self.watcher.origin + path)

    def target(self, name="orders & <more>"):
        return "/targets/" + urllib.parse.quote(name, safe="")

    def evidence(self, page):
        self.open(page, self.target())
        page.click("td a", "alg none")
        page.until("location.hash && document.querySelector(location.hash)")

    # what a user does

    def test_only_the_right_token_signs_in_and_no_script_sees_the_session(self):
        page = self.page(signed_in=False)
        page.until("document.activeElement.id === 'token'")
        page.fill("#token", "not the token at all")
        page.press("Enter")
        page.until("document.querySelector('[role=alert]')")
        self.assertIn("That is not the token", page.text())
        page.complaints.clear()  # the browser notes the 403
        self.sign_in(page)
        self.assertIn("orders & <more>", page.text())
        self.assertEqual("", page.js("document.cookie"))
        page.click("header button", "Sign out")
        page.until("location.pathname === '/login' && document.getElementById('token')")
        self.open(page, "/")
        self.assertEqual("/login", page.js("location.pathname"))

    def test_a_change_arrives_live_while_a_scan_runs(self):
        page, overview = self.page(), self.page()
        self.open(page, self.target("billing"))
        self.assertNotIn("alg none", page.text())
        weaken(self.changing)
        page.js("window.before = document.getElementById('do-run').focus()")
        page.press("Enter")  # Scan now: a form, so the page is another afterwards
        page.until("!('before' in window)")
        page.js("window.same = true")
        card = "[...document.querySelectorAll('.card')].find(e => e.innerText.includes('billing')).innerText"
        for one, seen in ((page, "document.body.innerText.includes('alg none')"), (overview, f"{card}.includes('1 critical')")):
            one.until(seen)
            self.assertRegex(one.js("document.getElementById('live').textContent"), "^Updated ")
        self.assertTrue(page.js("window.same"))

    def test_what_a_reader_opened_and_stands_on_stays_when_a_change_arrives(self):
        page = self.page()
        self.open(page, self.target())
        page.until("document.getElementById('live').textContent.startsWith('Live')")
        page.js("window.before = document.querySelector('details'); before.open = true; document.getElementById('do-pause').focus()")
        # Another process writes: a cron job, or a shell.
        self.assertEqual(0, self.history.run("watch", "run-once", "orders & <more>", **self.tokens).returncode)
        page.until("before !== document.querySelector('details')")
        self.assertEqual([True, "do-pause"], page.js("[document.querySelector('details').open, document.activeElement.id]"))

    def test_findings_are_filtered_by_severity(self):
        page = self.page()
        self.open(page, self.target())
        self.assertIn("jwt-alg-none", page.text())
        page.click("nav.filter a", "Low")
        page.until("location.search === '?severity=low'")
        self.assertNotIn("jwt-alg-none", page.js("document.querySelector('main table').innerText"))
        self.assertEqual("Low", page.js("document.querySelector('[aria-current=page]').innerText"))
        page.click("nav.filter a", "Critical")
        page.until("location.search === '?severity=critical'")
        self.assertEqual(["critical"], page.js("[...new Set([...document.querySelectorAll('main .pill')].map(e => e.innerText))]"))

    def test_a_finding_leads_to_its_own_evidence(self):
        page = self.page()
        self.evidence(page)
        proof = page.js("document.querySelector(location.hash).innerText")
        self.assertIn("Tokens with alg none are accepted", proof)
        self.assertIn("curl", proof)
        page.click("article summary", "alg none, signature empty")
        page.until("/GET .api.me[^]*HTTP 200/.test(document.querySelector('article details[open]').innerText)")
        page.until("Math.abs(document.querySelector(location.hash).getBoundingClientRect().top) < 900")

    def test_a_target_is_paused_and_resumed(self):
        page = self.page()
        self.open(page, self.target())
        page.click("#do-pause")
        page.until("document.getElementById('do-resume')")
        self.assertIn("Paused", page.text())
        page.click("#do-resume")
        page.until("document.getElementById('do-pause')")

    def test_everything_is_there_without_scripts(self):
        page = self.page(scripts=False)
        self.assertIn("orders & <more>", page.text())
        self.assertEqual("", page.js("document.getElementById('live').textContent"))
        page.click("h2 a", "orders")
        page.until("document.getElementById('do-run')")
        page.click("nav.filter a", "Critical")
        page.until("location.search === '?severity=critical'")
        page.click("td a", "alg none")
        page.until("location.hash && document.querySelector(location.hash)")
        self.assertIn("alg none, signature empty: accepted", page.text())
        self.open(page, self.target())
        page.click("#do-pause")
        page.until("document.getElementById('do-resume')")
        page.click("#do-resume")
        page.until("document.getElementById('do-pause')")
        page.click("header a", "Alerts")
        page.until("location.pathname === '/alerts'")
        page.click("header button", "Sign out")
        page.until("location.pathname === '/login'")

    def test_the_first_key_leads_past_the_header_and_every_stop_is_seen(self):
        page = self.page()
        self.open(page, self.target())
        page.press("Tab")
        self.assertEqual("To the content", page.js("document.activeElement.innerText"))
        self.assertGreaterEqual(page.js("document.activeElement.getBoundingClientRect().left"), 0)
        page.press("Enter")
        page.until("document.activeElement.id === 'main'")
        for _ in range(6):
            page.press("Tab")
            self.assertNotEqual("none", page.js("getComputedStyle(document.activeElement).outlineStyle"))

    def test_a_server_that_is_gone_is_told(self):
        watcher = Watcher(self.history.db, **self.tokens)
        page = self.browser.page()
        page.open(watcher.origin + "/login")
        self.sign_in(page)
        page.until("document.getElementById('live').textContent === 'Live'")
        self.assertEqual(0, watcher.stop())
        page.until("document.getElementById('live').textContent.startsWith('Not live')")

    # how it looks, and to whom

    def visit_all(self, visit):
        """Every page in a light and a dark theme, on a desk and on a phone."""
        for scheme, width in LOOKS:
            page = self.page(signed_in=False, scheme=scheme, width=width, height=900 if width > 600 else 844)
            visit(page, "login", scheme, width)
            self.sign_in(page)
            for name, path in (("overview", "/"), ("target", self.target()), ("alerts", "/alerts"), ("nothing", "/targets/none")):
                self.open(page, path)
                page.until("document.getElementById('live').textContent")
                visit(page, name, scheme, width)
            self.evidence(page)
            visit(page, "evidence", scheme, width)
            page.complaints.clear()  # the browser notes the 404

    def violations(self, page):
        page.js(self.axe + "; true")
        found = page.js("axe.run({resultTypes: ['violations']}).then(r => r.violations.map(v => [v.id, v.impact, v.nodes[0].html]))")
        return [one for one in found if one[1] in LEAST]

    def test_axe_has_no_serious_finding_and_no_page_is_wider_than_its_screen(self):
        def visit(page, name, scheme, width):
            with self.subTest(page=name, scheme=scheme, width=width):
                self.assertEqual([], self.violations(page))
                self.assertLessEqual(page.js("document.scrollingElement.scrollWidth"), width)
                if SHOTS:
                    page.picture(os.path.join(SHOTS, f"{name}-{scheme}-{width}.png"))
        self.visit_all(visit)

    def test_axe_sees_what_is_wrong(self):
        page = self.page()
        page.js("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/style.css\"><p class=\"bad\">pale</p>');"
                "document.querySelector('.bad').style.color = '#c8c8c8'")
        self.assertLessEqual({"image-alt", "color-contrast"}, {one[0] for one in self.violations(page)})

    def test_the_theme_is_the_readers(self):
        colors = [self.page(signed_in=False, scheme=scheme).js("getComputedStyle(document.body).backgroundColor")
                  for scheme in ("light", "dark")]
        self.assertNotEqual(*colors)


if __name__ == "__main__":
    unittest.main(verbosity=2 if "-v" in sys.argv else 1)
