"""The frame of every desk: title, crumbs, tabs, and the template it is drawn with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page above this one."""

    label: Any
    url: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the views of a desk, in a row above its content."""

    label: Any
    url: str
    is_current: bool = False


def crumb(label: object, name: str, *args: object) -> Crumb:
    """Return the crumb of a page of the admin, by its URL name."""
    return Crumb(label, reverse(f"admin:{name}", args=args))


def tabs(labels: Mapping[str, Any], current: str, param: str = "show") -> list[Tab]:
    """Return a tab for each label, chosen by a parameter of the address."""
    return [Tab(label, f"?{param}={key}", is_current=key == current) for key, label in labels.items()]


def show(
    request: HttpRequest,
    template: str,
    title: object,
    context: Mapping[str, Any],
    *,
    crumbs: Iterable[Crumb] = (),
    tabs: Iterable[Tab] = (),
    status: int = 200,
) -> TemplateResponse:
    """Return a desk, whose template extends `desk/base.html`.

    :param crumbs: the pages above it, from the workspace's home down; the home is added.
    """
    page = {**admin.site.each_context(request), "title": title, "crumbs": list(crumbs), "tabs": list(tabs)}
    return TemplateResponse(request, template, {**page, **context}, status=status)
