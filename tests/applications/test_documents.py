"""Documents at rest, on disk and in a bucket alike: in, out, and what is said when their store is away."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from applications.documents import archive, storage
from applications.models import Document
from portal.external import Unavailable
from portal.files import pdf
from portal.models import User
from portal.operations import bucket, health
from portal.settings import documents
from tests import buckets
from tests import factories as f
from tests.applications import pages
from tests.applications.pages import signed_in, upload
from tests.applications.test_applying_pages import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
present = pages.present
LARGE = pages.PDF[:-6] + os.urandom(12 * 1024 * 1024) + b"%%EOF\n"  # more than a part of a multipart upload


@pytest.fixture(scope="module")
def store() -> Iterator[buckets.Store]:
    with buckets.running() as running:
        yield running


def keep_in(settings: LazySettings, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    """Let documents lie where the environment says."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    default = documents(os.environ.get("DOCUMENTS_BUCKET", ""))
    settings.STORAGES = settings.STORAGES | {"default": default}


@pytest.fixture(params=["disk", "bucket"])
def kept_in(
    request: pytest.FixtureRequest, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, store: buckets.Store
) -> str:
    """Run the test once with documents on disk, and once with a bucket of its own."""
    if request.param == "bucket":
        keep_in(settings, monkeypatch, store.environment())
    return str(request.param)


def stored() -> list[str]:
    try:
        return sorted(default_storage.listdir(storage.FOLDER)[1])
    except FileNotFoundError:
        return []


def attached(body: bytes = pages.PDF) -> tuple[Desk, Document]:
    """Upload a document on the page of a draft."""
    desk = Desk()
    assert desk.press(changed={desk.deck: upload(body)}).status_code == 302
    return desk, Document.objects.get()


def download(desk: Desk, document: Document, **headers: str) -> Any:
    return desk.client.get(reverse("document", args=[document.pk]), headers=headers)


def kind() -> type[Storage]:
    """Give the class of the storage that is in use."""
    return type(storages["default"])


# --- In and out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [pages.PDF, LARGE], ids=["small", "12 MB"])
def test_what_goes_up_comes_down(kept_in: str, body: bytes) -> None:
    desk, document = attached(body)
    response = download(desk, document)
    assert b"".join(response) == body
    assert {name: response[name] for name in ("Content-Length", "Content-Disposition", "Cache-Control")} == {
        "Content-Length": str(len(body)),
        "Content-Disposition": f'attachment; filename="{document.file_name}"',
        "Cache-Control": "private, no-store",
    }
    response.close()
    assert stored() == [document.stored_as.removeprefix("applications/")]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Pitch deck.exe", "Pitch deck.pdf"),
        ("deck.PDF", "deck.pdf"),
        ("Präsentation.pdf", "Präsentation.pdf"),
        ("deck\u202efdp.exe", "deckfdp.pdf"),
        ("C:\\Users\\Ada\\deck.pdf", "deck.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        (".pdf", "pdf.pdf"),
        ("\u200b", "document.pdf"),
    ],
)
def test_name_of_an_upload_is_shown_in_visible_letters_and_ends_as_a_pdf(sent: str, shown: str) -> None:
    assert storage.safe_name(sent) == shown


def test_program_is_refused_and_what_is_served_bears_a_name_of_ours() -> None:
    desk = Desk()
    program = b"MZ\x90\0" + b"\0" * 60 + pages.PDF
    refused = desk.press("submit", changed={desk.deck: upload(program, name="Pitch deck.exe")})
    assert "“Pitch deck.pdf” is not a PDF document, or it is broken." in pages.text(refused)
    desk.press(changed={desk.deck: upload(name="Pitch deck.exe")})
    document = Document.objects.get()
    served = download(desk, document)
    assert (document.name, served["Content-Type"]) == ("Pitch deck.pdf", "application/pdf")
    reference, key = document.application.reference, document.question.key
    assert served["Content-Disposition"] == f'attachment; filename="{reference}-{key}-{document.pk}.pdf"'
    assert served["X-Content-Type-Options"] == "nosniff"
    served.close()


def test_locked_document_is_refused_in_words() -> None:
    desk = Desk()
    locked = (Path(__file__).parent.parent / "cases/pdf/encrypted-user.pdf").read_bytes()
    response = desk.press("submit", changed={desk.deck: upload(locked)})
    assert "“deck.pdf” opens only with a password." in pages.text(response)
    assert not Document.objects.exists()


def test_part_that_is_asked_for_comes_as_the_whole(kept_in: str) -> None:
    desk, document = attached()
    response = download(desk, document, range="bytes=2-5")
    assert (response.status_code, b"".join(response)) == (200, pages.PDF)
    response.close()


def test_stranger_gets_nothing(kept_in: str) -> None:
    _desk, document = attached()
    assert signed_in(f.user()).get(reverse("document", args=[document.pk])).status_code == 404


def test_bytes_nobody_uploaded_are_not_given_out(kept_in: str) -> None:
    desk, document = attached()
    default_storage.delete(document.stored_as)
    default_storage.save(document.stored_as, ContentFile(pages.PDF + b"changed"))
    with pytest.raises(RuntimeError, match="is not what was stored"):
        download(desk, document)


def test_lost_bytes_are_an_error(kept_in: str) -> None:
    desk, document = attached()
    default_storage.delete(document.stored_as)
    with pytest.raises(FileNotFoundError):
        download(desk, document)


def test_same_file_again_and_the_sixth_leave_no_bytes_behind(kept_in: str) -> None:
    desk, _document = attached()
    desk.press(changed={desk.deck: upload()})
    assert len(stored()) == 1
    for n in range(1, 6):
        desk.press(changed={desk.deck: upload(pages.PDF + b" " * n)})
    assert (Document.objects.count(), len(stored())) == (5, 5)


@pytest.mark.django_db(transaction=True)
def test_storage_is_never_asked_within_a_transaction(kept_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []

    def watched(name: str, real: Any) -> Any:
        def spy(*args: Any, **kwargs: Any) -> Any:
            asked.append((name, connection.in_atomic_block))
            return real(*args, **kwargs)

        return spy

    monkeypatch.setattr(pdf, "examine", watched("examine", pdf.examine))
    for name in ("save", "open", "delete", "exists", "listdir", "get_modified_time"):
        monkeypatch.setattr(kind(), name, watched(name, getattr(kind(), name)))
    desk, document = attached()
    desk.press(changed={desk.deck: upload()})  # bound already: forgotten
    download(desk, document).close()
    forsaken()
    archive.forget_unbound_daily()
    health.documents()
    assert {name for name, _ in asked} >= {"examine", "save", "open", "delete", "exists", "listdir"}
    assert {within for _, within in asked} == {False}


# --- A store that is away -----------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a tenth of a second for the store, and ask it once."""
    for name, value in {"CONNECT_WITHIN": 0.2, "ANSWER_WITHIN": 0.2, "ATTEMPTS": 1}.items():
        monkeypatch.setattr(bucket, name, value)


@pytest.fixture(params=[buckets.silent, buckets.gone, None], ids=["silent", "gone", "other key"])
def away(
    request: pytest.FixtureRequest, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, store: buckets.Store
) -> Iterator[Callable[[], None]]:
    """Give what takes a bucket away: it says nothing, is not there, or knows another key."""
    environment = store.environment()
    keep_in(settings, monkeypatch, environment)
    if request.param is None:
        yield lambda: keep_in(settings, monkeypatch, environment | {"DOCUMENTS_SECRET_KEY": "x" * 40})
        return
    with request.param() as address:
        yield lambda: keep_in(settings, monkeypatch, environment | {"DOCUMENTS_ENDPOINT": address})


@pytest.mark.usefixtures("impatient")
def test_upload_while_the_store_is_away_is_refused_and_the_rest_is_saved(away: Callable[[], None]) -> None:
    desk = Desk()
    away()
    response = desk.press("submit", changed={desk.site: "https://a.example", desk.deck: upload()})
    assert response.status_code == 422
    assert "“deck.pdf” could not be stored just now." in pages.text(response)
    assert desk.says()["site"] == "https://a.example"
    assert not Document.objects.exists()


def test_store_that_is_away_is_asked_once_for_a_whole_form(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def away(self: Storage, name: str, content: Any) -> str:
        asked.append(name)
        raise Unavailable("no answer")

    monkeypatch.setattr(kind(), "save", away)
    desk = Desk()
    response = desk.press(changed={desk.deck: [upload(), upload(pages.PDF + b" ")]})
    assert (response.status_code, len(asked)) == (422, 1)


@pytest.mark.usefixtures("impatient")
def test_download_while_the_store_is_away_says_so_and_works_again_later(
    away: Callable[[], None], settings: LazySettings
) -> None:
    desk, document = attached()
    well = settings.STORAGES
    away()
    response = download(desk, document)
    page = pages.text(response)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "This document cannot be fetched just now" in page
    assert document.stored_as not in page
    settings.STORAGES = well
    assert b"".join(download(desk, document)) == pages.PDF


@pytest.mark.usefixtures("impatient")
def test_health_and_commands_name_the_store_that_is_away(away: Callable[[], None], tmp_path: Path) -> None:
    attached()
    away()
    assert health.examine()["checks"]["documents"] == {"ok": False}
    with pytest.raises(CommandError, match="The store of documents"):
        call_command("documents", stdout=StringIO())
    with pytest.raises(Unavailable):
        archive.forget_unbound()


@pytest.mark.usefixtures("impatient")
def test_store_that_goes_before_forgetting_hides_no_refusal(away: Callable[[], None]) -> None:
    away()
    storage.discard("applications/nothing.pdf")


def test_upload_while_others_of_the_same_person_are_opened_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, other = Desk(), Desk()
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    with pdf.TURNS.of(f.founder_of(desk.draft.startup).pk):
        response = desk.press(changed={desk.deck: upload()})
        assert other.press(changed={other.deck: upload()}).status_code == 302
    assert (response.status_code, "“deck.pdf” could not be checked just now." in pages.text(response)) == (422, True)
    assert desk.press(changed={desk.deck: upload()}).status_code == 302


def test_full_disk_keeps_no_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    real = kind().save

    def half(self: Storage, name: str, content: Any) -> str:
        real(self, name, ContentFile(content.read(9)))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kind(), "save", half)
    response = desk.press(changed={desk.deck: upload()})
    assert "could not be stored just now" in pages.text(response)
    assert (stored(), Document.objects.count()) == ([], 0)


def test_disk_that_cannot_be_read_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, document = attached()

    def broken(self: Storage, name: str) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(kind(), "open", broken)
    assert download(desk, document).status_code == 503


def test_documents_in_a_bucket_have_no_address(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, store: buckets.Store
) -> None:
    keep_in(settings, monkeypatch, store.environment())
    _desk, document = attached()
    with pytest.raises(NotImplementedError):
        default_storage.url(document.stored_as)


# --- All at once --------------------------------------------------------------------------------------


def forsaken() -> str:
    """Store an upload that nothing is bound to, as a process killed at that instant would."""
    return storage.keep(upload(), by=User(pk=1)).stored_as


def aged(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Let what is stored now have been stored before."""
    at = timezone.now() + by
    monkeypatch.setattr("applications.documents.archive.timezone.now", lambda: at)


def test_unbound_uploads_are_forgotten_after_a_week(kept_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert archive.forget_unbound() == 0  # nothing was ever stored
    _desk, document = attached()
    forsaken()
    assert archive.forget_unbound() == 0
    aged(monkeypatch, timedelta(days=8))
    assert archive.forget_unbound_daily() == 1
    assert stored() == [document.stored_as.removeprefix("applications/")]


def test_unbound_uploads_are_looked_for_once_a_day(kept_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(monkeypatch, timedelta(days=8))
    assert archive.forget_unbound_daily() == 0
    forsaken()
    assert (archive.forget_unbound_daily(), len(stored())) == (0, 1)
    cache.clear()
    assert (archive.forget_unbound_daily(), len(stored())) == (1, 0)


def ran(*arguments: str) -> str:
    said = StringIO()
    call_command("documents", *arguments, stdout=said)
    return said.getvalue()


def test_documents_are_copied_out_and_back_and_checked(
    kept_in: str, tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, store: buckets.Store
) -> None:
    desk, document = attached(LARGE)
    desk.press(changed={desk.deck: upload()})
    assert ran() == "2 documents are right; 0 of them were copied now.\n"
    folder = tmp_path / "copy"
    assert ran("--to", str(folder)) == "2 documents are right; 2 of them were copied now.\n"
    (folder / document.stored_as).write_bytes(b"%PDF cut sho")  # as a copy that was killed leaves it
    assert ran("--to", str(folder)) == "2 documents are right; 1 of them were copied now.\n"
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*.pdf")} == {0o600}

    # To the other kind of storage: from disk into a bucket, and from a bucket onto disk.
    elsewhere = documents("") | {"OPTIONS": {"location": tmp_path / "elsewhere"}}
    keep_in(settings, monkeypatch, store.environment())
    if kept_in == "bucket":
        settings.STORAGES = settings.STORAGES | {"default": elsewhere}
    assert stored() == []
    assert ran("--from", str(folder)) == "2 documents are right; 2 of them were copied now.\n"
    response = download(desk, document)
    assert b"".join(response) == LARGE
    response.close()


def test_missing_and_damaged_documents_are_named_and_not_copied(kept_in: str, tmp_path: Path) -> None:
    desk, lost = attached()
    desk.press(changed={desk.deck: upload(pages.PDF + b" ")})
    damaged = Document.objects.exclude(pk=lost.pk).get()
    default_storage.delete(lost.stored_as)
    default_storage.delete(damaged.stored_as)
    default_storage.save(damaged.stored_as, ContentFile(b"other"))
    for arguments in ([], ["--to", str(tmp_path / "copy")]):
        said = StringIO()
        with pytest.raises(CommandError, match="1 documents are missing, 1 are damaged"):
            call_command("documents", *arguments, stdout=said)
        assert f"missing: {lost.stored_as}\n" in said.getvalue()
        assert f"damaged: {damaged.stored_as}\n" in said.getvalue()
    assert list((tmp_path / "copy").rglob("*.pdf")) == []


def test_copying_from_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("documents", "--from", str(tmp_path / "nowhere"))
