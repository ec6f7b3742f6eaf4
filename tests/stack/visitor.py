"""Somebody with a browser behind a proxy that ends TLS: pages, forms and their tokens."""

import json
import re
from html import unescape
from urllib.parse import urlencode

from tests.browser import Browser
from tests.stack.deployment import SITE

# What the proxy says of a request that it passes on.
PASSED_ON = {"Host": SITE, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}


class Visitor:
    """Somebody at the site, whose requests reach one web host as the proxy passes them on."""

    def __init__(self, address: str, port: int, timeout: float = 60) -> None:
        self._browser = Browser(address, port, timeout, headers=PASSED_ON)

    def get(self, path: str) -> tuple[int, str]:
        """Open a page; give its status and text, or where it sends one."""
        return self._ask("GET", path, None)

    def post(self, path: str, page: str, **fields: str) -> tuple[int, str]:
        """Send a page's form."""
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": token} | fields))

    def ready(self) -> tuple[int, set[str]]:
        """Ask /readyz; give its status and the checks that are red."""
        status, text = self.get("/readyz")
        return status, {name for name, found in json.loads(text)["checks"].items() if not found["ok"]}

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        answer = self._browser.ask(method, path, body, {"Referer": f"https://{SITE}{path}"})
        return answer.status, answer.location or unescape(answer.body.decode())
