"""Words for sizes, as each language writes them."""

import pytest
from django.utils.translation import override

from portal.language.text import file_size


@pytest.mark.parametrize(
    ("size", "english", "french"),
    [
        (1, "1 byte", "1\xa0octet"),
        (1023, "1,023 bytes", "1\u202f023\xa0octets"),
        (1024, "1 kB", "1\u202fko"),
        (319_692, "312.2 kB", "312,2\u202fko"),
        (20 * 1024**2, "20 MB", "20\u202fMo"),
    ],
)
def test_size_of_a_file_is_written_as_its_reader_does(size: int, english: str, french: str) -> None:
    assert file_size(size) == english
    with override("fr"):
        assert file_size(size) == french
