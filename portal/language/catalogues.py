"""The words of pages and mails: collected from the sources, compiled and checked with Babel alone.

Templates are turned into calls by Django's own `templatize`, so that a message is here exactly what Django looks up
(per cent signs doubled, `trimmed` blocks trimmed), and then read like any Python.
"""

import ast
import copy
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

APPS = ("portal", "applications", "payouts", "mentorship")
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
WHO: dict[str, Any] = {
    "project": "Tremplin",
    "version": "1",
    "msgid_bugs_address": "Tremplin",
    "last_translator": "Tremplin",
    "language_team": "Tremplin",
    "charset": "utf-8",
}
NOTES = ("Translators:",)
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{(\w*)\}|</?\w+")


def sources(root: Path) -> Iterator[Path]:
    """Yield every file that may hold words for people."""
    for app in APPS:
        for path in sorted((root / app).rglob("*")):
            is_template = path.suffix in (".html", ".txt") and "templates" in path.parts
            is_code = path.suffix == ".py" and "migrations" not in path.parts
            if is_template or is_code:
                yield path


def collect(root: Path) -> Catalog:
    """Read the words out of the sources."""
    words = Catalog(**WHO)
    for path in sources(root):
        code = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # In parentheses, because what lies between the calls is indented as it pleases.
            code = f"({templatize(code, origin=str(path))}\n)"
        found = extract("python", io.BytesIO(code.encode()), keywords=KEYWORDS, comment_tags=NOTES)
        for line, message, notes, context in found:
            where = [(path.relative_to(root).as_posix(), line)]
            words.add(message, None, where, auto_comments=notes, context=context)
    return words


def uncollected(root: Path) -> list[str]:
    """Name the calls whose words `collect` misses or mistakes: it reads tokens, and knows functions by their names.

    Before Python 3.12 an f-string is one token with all that is called inside it.
    """
    return [
        f"{path.relative_to(root).as_posix()}:{line}: {what}"
        for path in sources(root)
        if path.suffix == ".py"
        for line, what in sorted(set(_missed(ast.parse(path.read_text(encoding="utf-8")))))
    ]


def _missed(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for name in node.names:
                if name.asname and KEYWORDS.get(name.name, ()) != KEYWORDS.get(name.asname, ()):
                    yield node.lineno, f"{name.name} imported as {name.asname}, which is not collected"
        elif isinstance(node, ast.JoinedStr):
            for call in filter(_gives_words, ast.walk(node)):
                yield call.lineno, f"inside an f-string, which is not collected: {ast.unparse(call)}"
        elif _gives_words(node) and any(map(_is_put_together, _messages(node))):
            yield node.lineno, f"words put together, not one literal: {ast.unparse(node)}"


def _gives_words(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and _name(node.func) in KEYWORDS


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _messages(call: ast.Call) -> list[ast.expr]:
    """Return the arguments that are looked up, the context among them."""
    places = (at[0] if isinstance(at, tuple) else at for at in KEYWORDS[_name(call.func)] or (1,))
    return [argument for place in places for argument in call.args[place - 1 : place]]


def _is_put_together(message: ast.expr) -> bool:
    """Return whether strings stand in an argument that is not itself one; a variable's words were marked elsewhere."""
    return not isinstance(message, ast.Constant) and any(
        isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str) for node in ast.walk(message)
    )


def translations() -> list[str]:
    """Return the languages that have a catalogue: all but the one the sources speak, whose words are the keys."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalogue_path(language: str) -> Path:
    """Return the catalogue of a language."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Read the catalogue of a language; an empty one if there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        head = f"# The words of Tremplin: {language}. Collected by “manage.py messages extract”."
        return Catalog(locale=language, header_comment=head, fuzzy=False, **WHO)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, words: Catalog) -> Catalog:
    """Bring a catalogue up to date with the sources: new words empty, words gone left out."""
    catalogue = read(language)
    catalogue.update(copy.deepcopy(words), no_fuzzy_matching=True, update_creation_date=False)
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, lambda file: write_po(file, catalogue, include_lineno=False, ignore_obsolete=True, width=110))
    return catalogue


def compile_stale() -> list[str]:
    """Compile the catalogues that changed since; give their languages."""
    done = []
    for language in translations():
        source = catalogue_path(language)
        compiled = source.with_suffix(".mo")
        if not source.exists() or (compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime):
            continue
        catalogue = read(language)
        _replace(compiled, partial(write_mo, catalog=catalogue))
        done.append(language)
    return done


def problems(language: str, words: Catalog) -> list[str]:
    """Name what keeps a catalogue from being complete and right."""
    catalogue = read(language)
    wanted, there = _by_id(words), _by_id(catalogue)
    found = [f"{language}: missing, run “manage.py messages extract”: {key[0]!r}" for key in wanted.keys() - there]
    found += [f"{language}: no longer in the sources: {key[0]!r}" for key in there.keys() - wanted]
    for key in wanted.keys() & there.keys():
        found += [f"{language}: {what}: {key[0]!r}" for what in _faults(there[key], wanted[key], catalogue)]
    return sorted(found)


def _faults(message: Message, wanted: Message, catalogue: Catalog) -> Iterator[str]:
    ids, strings = forms(message.id), forms(message.string)
    if forms(wanted.id) != ids:
        yield "another plural in the sources"
    if message.fuzzy:
        yield "fuzzy"
    if not all(strings) or (message.pluralizable and len(strings) != catalogue.num_plurals):
        yield "not translated"
        return
    for number, string in enumerate(strings):
        wanted_parts = [_parts(text) for text in ids]
        # One thing may be told without its number: “one file” for “%(count)s files”.
        if _parts(string) not in (wanted_parts if number == 0 else wanted_parts[-1:]):
            yield f"other placeholders or tags in {string!r}"


def forms(words: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return singular and plural of a message's words, or the one form there is."""
    return (words or "",) if isinstance(words, str | None) else tuple(words)


def _parts(text: str) -> list[str]:
    return sorted(match[0] for match in PLACEHOLDER.finditer(text.replace("%%", "")))


def _by_id(catalogue: Catalog) -> dict[tuple[str, str], Message]:
    """Return the messages by what gettext looks up: the singular and the context."""
    return {(forms(message.id)[0], message.context or ""): message for message in catalogue if message.id}


def _replace(path: Path, write: Callable[[Any], object]) -> None:
    """Write a file whole or not at all: another process may be reading it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        write(file)
    Path(file.name).chmod(0o644)
    os.replace(file.name, path)
