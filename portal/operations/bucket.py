"""Documents in a bucket that speaks the S3 protocol: private, whole or not at all, and asked with little patience."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NoReturn

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from portal.external import Unavailable

# Twice at most, so that a person is told before the web server gives the request up.
CONNECT_WITHIN, ANSWER_WITHIN, ATTEMPTS = 3, 8, 2  # seconds, seconds, times
IN_MEMORY = 1024 * 1024  # bytes; what is larger passes through a temporary file


@contextmanager
def asking() -> Iterator[None]:
    """Let whatever goes wrong with the store, a refused key included, be Unavailable; a missing object stays one."""
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise Unavailable(f"The store of documents: {error}") from error


class PrivateBucket(S3Storage):
    """A bucket of our own. Its objects have no address: only our views give them out, to whom they may."""

    def __init__(self, **options: Any) -> None:
        style = "path" if options.get("endpoint_url") else "auto"
        config = Config(
            connect_timeout=CONNECT_WITHIN,
            read_timeout=ANSWER_WITHIN,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": style},
            # Stores other than Amazon's do not all know the checksums that boto3 adds of its own accord.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # One request a document, whatever its size: there are no parts that could stay behind.
        transfer = TransferConfig(multipart_threshold=settings.DOCUMENT_MAX_BYTES + 1, use_threads=False)
        super().__init__(client_config=config, transfer_config=transfer, max_memory_size=IN_MEMORY, **options)

    def url(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: who has a signed address has the document, whatever we know of them by then."""
        raise NotImplementedError("Documents have no address.")

    def exists(self, name: str) -> bool:
        with asking():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with asking():
            return int(super().size(name))

    def delete(self, name: str) -> None:
        with asking():
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with asking():
            folders, files = super().listdir(path)
        return folders, files

    def get_modified_time(self, name: str) -> Any:
        with asking():
            return super().get_modified_time(name)

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with asking():
            found: File[bytes] = super()._open(name, mode)
            found.open()  # fetched whole: once an answer has begun, nothing can be said any more
            return found

    def _save(self, name: str, content: "File[bytes] | IO[bytes]") -> str:
        with asking():
            return str(super()._save(name, content))
