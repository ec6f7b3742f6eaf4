"""A browser in a few lines: cookies, forms and their tokens, behind a proxy that ends TLS."""

import http.client
import json
import re
from html import unescape
from urllib.parse import urlencode

from tests.stack.deployment import SITE


class Visitor:
    """Somebody at the site, whose requests reach one web host as the proxy passes them on."""

    def __init__(self, address: str, port: int, timeout: float = 60) -> None:
        self.address, self.port, self.timeout = address, port, timeout
        self.cookies: dict[str, str] = {}

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
        link = http.client.HTTPConnection(self.address, self.port, timeout=self.timeout)
        headers = {
            "Host": SITE,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.1",
            "Referer": f"https://{SITE}{path}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        link.request(method, path, body, headers)
        answer = link.getresponse()
        text = answer.read().decode()
        for cookie in answer.msg.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        link.close()
        return answer.status, answer.headers.get("Location") or unescape(text)
