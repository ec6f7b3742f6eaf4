"""A real browser: Debian's Chromium, driven by Playwright, on the live server with the demo in its database."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from portal.models import User
from tests.applications.pages import signed_out
from tests.waiting import until

# Debian's Chromium without its window draws the same pages in half the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A guard, as in tests.waiting: what is waited for comes in a tenth of a second, and on a busy machine in ten.
LONGEST = 60_000  # milliseconds
expect.set_options(timeout=LONGEST)
SHOTS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
REPORT_VIOLATIONS = """document.addEventListener('securitypolicyviolation',
    e => console.error('CSP violation: ' + e.violatedDirective + ' ' + e.blockedURI))"""

REFUSED = re.compile(r"the server responded with a status of 4(09|22)|^Response Status Error Code 4(09|22) ")

Visit = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for a module, whose event loop ends with it; without one the tests skip, except where it is required."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("TREMPLIN_REQUIRE_BROWSER"):
            pytest.fail("Chromium is required here and was not found.")
        pytest.skip("Chromium was not found: install Debian's package chromium-headless-shell or chromium.")
    # Playwright keeps an event loop in this thread, in which Django would refuse to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES, timeout=LONGEST)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def opened(browser: Browser, live_server: LiveServer, **options: Any) -> Iterator[BrowserContext]:
    """Give a browser of one's own before the live server, with cookies and settings of its own."""
    context = browser.new_context(base_url=live_server.url, **options)
    context.set_default_timeout(LONGEST)
    try:
        yield context
    finally:
        context.close()


def at(page: Page, path: str) -> None:
    """Wait until a page stands at a path, whatever address a query names to go on to."""
    expect(page).to_have_url(re.compile(rf"^[^?]*{re.escape(path)}(\?.*)?$"))


@pytest.fixture(autouse=True)
def _answered(transactional_db: None) -> Iterator[None]:
    """Wait out what a page that was left still asks of the server, before the database is emptied."""
    asked: list[object] = []  # one a request; a list may be used by many threads

    def begin(**signal: object) -> None:
        asked.append(signal)

    def end(**_signal: object) -> None:
        asked.pop()

    request_started.connect(begin)
    request_finished.connect(end)
    yield
    until(lambda: not asked, "every request is answered")
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture
def demo(transactional_db: None, settings: LazySettings) -> None:
    """Fill the database with the demo."""
    settings.DEBUG = False
    call_command("seed_demo", verbosity=0)


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Visit:
    """Give a page of one's own, signed in or not; what the browser's console reports as an error fails the test."""

    @contextmanager
    def open_page(
        email: str = "",
        *,
        width: int = 1440,
        dark: bool = False,
        language: str = "en-US",
        zone: str = "America/New_York",
    ) -> Iterator[Page]:
        options = {
            "viewport": {"width": width, "height": 900},
            "color_scheme": "dark" if dark else "light",
            "locale": language,
            "timezone_id": zone,
            "reduced_motion": "reduce",
        }
        errors: list[str] = []
        with opened(browser, live_server, **options) as context:
            context.add_init_script(REPORT_VIOLATIONS)
            page = context.new_page()
            page.on("console", lambda message: _note(errors, message))
            page.on("pageerror", lambda error: errors.append(str(error)))
            if email:
                carry_session(context, live_server.url, email)
            yield page
        assert errors == []

    return open_page


def carry_session(context: BrowserContext, address: str, email: str) -> None:
    """Give a browser the session of somebody who signed in before, which spares each visit the form."""
    person = User.objects.get(email=email)
    client = signed_out(person)  # a browser that is known by them, too
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    context.add_cookies([{"name": n, "value": c.value, "url": address} for n, c in client.cookies.items()])


@pytest.fixture
def shot(tmp_path: Path) -> Callable[[Page, str], None]:
    """Take a picture of a page: into docs/screenshots when they are made anew, otherwise beside the test."""
    folder = SHOTS if os.environ.get("TREMPLIN_SCREENSHOTS") else tmp_path

    def take(page: Page, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # A bar that stays at the foot of the screen would lie across the middle of the whole page.
        has_bar = page.locator(".savebar, .table-bar").count() > 0
        page.screenshot(path=folder / f"{name}.png", full_page=not has_bar, caret="initial")

    return take


def _note(errors: list[str], message: ConsoleMessage) -> None:
    """Note what the console reports, but for answers that refuse or tell of a conflict: those are shown to the person."""
    if message.type == "error" and not REFUSED.search(message.text):
        errors.append(message.text)
