"""The addresses of static files: those that WhiteNoise gives, asked of it once."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from portal.static_files import StaticFiles


@pytest.fixture
def collected(tmp_path: Path) -> StaticFiles:
    storage = StaticFiles(location=tmp_path, base_url="/static/")
    storage.save("a.css", ContentFile(b"body { color: red }"))
    list(storage.post_process({"a.css": (storage, "a.css")}))
    return storage


def test_addresses_are_those_of_whitenoise(collected: StaticFiles, tmp_path: Path) -> None:
    theirs = CompressedManifestStaticFilesStorage(location=tmp_path, base_url="/static/").url("a.css")
    assert collected.url("a.css") == collected.url("a.css") == theirs
    assert theirs.startswith("/static/a.")
    assert theirs != "/static/a.css"


def test_an_address_is_asked_for_once(collected: StaticFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def url(_storage: object, name: str | None, _force: bool = False) -> str:
        asked.append(name)
        return f"/{name}"

    monkeypatch.setattr(CompressedManifestStaticFilesStorage, "url", url)
    assert [collected.url(name) for name in ("a.css", "b.css", "a.css")] == ["/a.css", "/b.css", "/a.css"]
    assert asked == ["a.css", "b.css"]


def test_a_file_that_was_not_collected_is_refused_each_time(collected: StaticFiles) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
            collected.url("other.css")
