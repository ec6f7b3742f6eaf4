"""What a rehearsal needs around it: its own database, mail server, storage and clock, and somebody who writes it down."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from django.test import override_settings
from django.utils import translation

from portal import clock
from portal.settings import documents
from rehearsal.faults import Faults
from rehearsal.mail_server import Backend, Office
from rehearsal.play import Play
from rehearsal.scratch import beside, connected

IN_MEMORY = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@contextmanager
def surroundings(database: str, keeps_documents: bool) -> Iterator[ExitStack]:
    """Let acts find the rehearsal's database, mail server, storage and clock."""
    Backend.office = Office()
    storages = IN_MEMORY
    if keeps_documents:
        storages = IN_MEMORY | {"default": documents(os.environ.get("DOCUMENTS_BUCKET", ""), database)}
    settings = {
        "DEBUG": False,  # else Django writes every query down
        "EMAIL_BACKEND": f"{Backend.__module__}.{Backend.__name__}",
        "STORAGES": storages,
    }
    with ExitStack() as stage:
        stage.enter_context(override_settings(**settings))
        stage.enter_context(translation.override("en"))
        stage.enter_context(connected(database))
        logging.disable(logging.CRITICAL)
        stage.callback(logging.disable, logging.NOTSET)
        stage.callback(clock.stand, None)
        yield stage


@contextmanager
def story_of(play: Play) -> Iterator[TextIO]:
    """Open what the story is written to: a file where files are kept."""
    with Path(play.out / "story.txt" if play.out else os.devnull).open("w", encoding="utf-8") as story:
        yield story


def faults_of(stage: ExitStack, play: Play, database: str) -> Faults | None:
    if not play.faulty:
        return None
    other = beside(database)
    stage.callback(other.close)
    return Faults(play.seed, other)
