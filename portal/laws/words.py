"""What it means in words when a law of the database refuses an act: each app has words for those that a race can break."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, transaction

from portal.refusals import Refusal

P = ParamSpec("P")
R = TypeVar("R")


def law_of(error: IntegrityError) -> str:
    """Return the name of the law that refused."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def worded(words: Mapping[str, Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that does an act in a transaction, and says in these words which law refused it."""

    def lawful(act: Callable[P, R]) -> Callable[P, R]:
        @wraps(act)
        def done(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with transaction.atomic():
                    return act(*args, **kwargs)
            except IntegrityError as error:
                if (law := law_of(error)) in words:
                    raise Refusal(str(words[law])) from error
                raise

        return done

    return lawful
