"""A page as a browser would send it back: its first form's fields, and the parameters that its links know."""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

PARAMETER = re.compile(r'href="([^"]*\?[^"]*)"')
# What addresses are asked for, whether the page has a link that does or not.
KNOWN = ("next", "q", "after", "before", "sort", "show", "phase", "startup", "mentor", "with", "row", "which", "page")


class Fields(HTMLParser):
    """Collect the names and values of every field of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.files: list[str] = []
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if name and told.get("type") == "file":
            self.files.append(name)
            return
        match tag:
            case "input" | "button" if name and (told.get("type") not in ("radio", "checkbox") or "checked" in told):
                self.values[name] = told.get("value", "")
            case "input" if name:
                self.values.setdefault(name, told.get("value", "on"))
            case "select":
                self._select = name
            case "option" if self._select and ("selected" in told or self._select not in self.values):
                self.values[self._select] = told.get("value", "")
            case "textarea":
                self._area = name
                self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data


def fields_of(page: str) -> dict[str, str]:
    """Give every field of a page with its value."""
    return Fields(page).values


def files_of(page: str) -> list[str]:
    """Give the fields of a page that take a file."""
    return Fields(page).files


def parameters_of(page: str) -> list[str]:
    """Give the parameters that a page's links, fields and everybody's guesses have."""
    links = {name for href in PARAMETER.findall(page) for name, _value in parse_qsl(urlsplit(href).query)}
    return sorted({*links, *fields_of(page), *KNOWN})
