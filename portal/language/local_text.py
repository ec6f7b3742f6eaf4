"""Words in every language of the site, as forms ask for them: one box a language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class LocalTextInput(forms.MultiWidget):
    """One box for each language, named in it."""

    template_name = "portal/widgets/local_text.html"

    class Media:
        css = {"all": ["portal/local_text.css"]}

    def __init__(self, attrs: dict[str, Any] | None = None, *, rows: int = 1) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            code: forms.Textarea({"rows": rows, "lang": code, "aria-label": str(name)})
            if rows > 1
            else forms.TextInput({"lang": code, "aria-label": str(name)})
            for code, name in settings.LANGUAGES
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: Mapping[str, str] | None) -> list[str]:
        return [(value or {}).get(code, "") for code, _name in settings.LANGUAGES]


class LocalTextFormField(forms.MultiValueField):
    """Text by language code; required means in every language of the site, so that no reader finds a gap."""

    widget = LocalTextInput
    default_error_messages = {"incomplete": _("Say it in every language.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        boxes = [forms.CharField(required=False) for _language in settings.LANGUAGES]
        super().__init__(boxes, require_all_fields=False, **kwargs)

    def compress(self, data_list: Sequence[str]) -> dict[str, str]:
        words = zip((code for code, _name in settings.LANGUAGES), data_list, strict=False)
        return {code: text for code, text in words if text}

    def clean(self, value: Any) -> dict[str, str]:
        words: dict[str, str] = super().clean(value) or {}
        if words and len(words) < len(settings.LANGUAGES):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        return words
