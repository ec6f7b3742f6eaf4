"""What the first request of a process would load, loaded before there is one."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.template import TemplateSyntaxError
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation


def warm() -> None:
    """Load addresses with their views, words and templates; the database is left alone: a fork would share it."""
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            reverse(settings.LOGOUT_REDIRECT_URL)
            translation.gettext("Save")
    for name in templates():
        with suppress(TemplateSyntaxError):  # of a part of a library that is not installed
            get_template(name)
    set_aside()


def set_aside() -> None:
    """Keep what is loaded for good out of the garbage collector's sight: it would look through all of it again and again.

    Called before a process parts into several, which then share more of it, too.
    """
    gc.collect()
    gc.freeze()


def templates() -> Iterator[str]:
    """Yield the names of all templates of pages."""
    ours: list[Path] = settings.TEMPLATES[0]["DIRS"]
    for folder in (*ours, *(Path(app.path) / "templates" for app in apps.get_app_configs())):
        for path in folder.rglob("*.html"):
            yield str(path.relative_to(folder))
