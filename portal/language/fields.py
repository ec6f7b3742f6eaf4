"""Words of programme data in every language of the site."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def pick(words: dict[str, str] | None, language: str | None = None) -> str:
    """Return words in the reader's language, or in the first language that has any."""
    words = words or {}
    wanted = (language or get_language() or "en").split("-")[0]
    return words.get(wanted) or next((text for text in words.values() if text), "")


def validate_words(value: Any) -> None:
    """Refuse anything that is not words by language code."""
    if not isinstance(value, dict) or not all(isinstance(k, str) and isinstance(v, str) for k, v in value.items()):
        raise ValidationError(_("Give the text by language: {“en”: “…”, “fr”: “…”}."))


class LocalText(models.JSONField):
    """Text by language code, `{"en": "…", "fr": "…"}`; templates read it with the filter `local`."""

    default_validators = [validate_words]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        """Ask for the words by language instead of for JSON."""
        from portal.language.local_text import LocalTextFormField, LocalTextInput

        told: dict[str, Any] = {"widget": LocalTextInput, "show_hidden_initial": False, **kwargs}
        return models.Field.formfield(self, form_class=LocalTextFormField, **told)


class WebAddress(models.URLField):  # type: ignore[type-arg]  # Django knows no arguments
    """A web address; one typed without a scheme is taken for https."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Stand as Django's own field in migrations: only forms differ."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs
