"""One act offered on many rows of a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms


@dataclass(frozen=True, slots=True)
class BulkAct:
    """One act offered on the chosen rows of a table.

    :param run: `run(object, by=, at=, **form.cleaned_data)`, a function of `actions/`; its `Refusal` is said of the row.
        With `is_whole`, `run(table, keys, by=, at=, …)` acts on all rows at once and returns the address of what it made.
    :param consequences: what will be true afterwards, one sentence each.
    :param done: words for what was done, as `Table.counted` has them: "%(shown)s application confirmed.".
    """

    name: str
    label: Any
    run: Callable[..., Any]
    done: Any
    consequences: Sequence[Any] = ()
    form: type[forms.Form] = forms.Form
    is_whole: bool = False
    is_main: bool = False
    danger: bool = False
