"""Forms with files as no browser sends them: names, boundaries and parts that are odd, missing, cut off or there twice."""

from collections.abc import Iterable, Mapping

BOUNDARY = "odd"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
PDF = b"%PDF-1.7\n%%EOF"
# What stands behind `filename`, as it comes over the line.
NAMES = [
    b'=""',
    b'="' + b"x" * 5000 + b'"',
    b'="' + b"x" * 900 + b'.pdf"',
    b'="de\0ck.pdf"',
    b'="../../etc/passwd"',
    b'="C:\\\\deck.pdf"',
    b'=".."',
    '="deck\u202efdp.exe"'.encode(),
    b'="\xff\xfe.pdf"',
    b'="deck.pdf',
    b"=deck.pdf; filename=other.pdf",
    b'="&#0;&#8238;.pdf"',
    b"*=UTF-8''%00%0d%0a.pdf",
    b"*=bogus''deck.pdf",
    b"*=hex''deck.pdf",
    b"*=idna''%ff.pdf",
    b"*0=deck; filename*1=.pdf",
    b"*='",
    b"",
]
# What tells where a body is parted.
TYPES = [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=other",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=\u00e9",
    f"multipart/form-data; boundary={BOUNDARY}; boundary=other",
    f"multipart/mixed; boundary={BOUNDARY}",
    f"multipart/form-data; charset=utf-8; boundary={BOUNDARY}; x",
]


def field(name: str, value: str) -> bytes:
    return part(b'form-data; name="' + name.encode() + b'"', value.encode())


def file(name: str, called: bytes, body: bytes = PDF, more: bytes = b"") -> bytes:
    """Give the part of a file.

    :param called: the file's name with what stands before and around it.
    :param more: other headers of the part, each with its end of line.
    """
    return part(b'form-data; name="' + name.encode() + b'"; filename' + called, body, more)


def part(disposition: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b"--odd\r\nContent-Disposition: " + disposition + b"\r\n" + more + b"\r\n" + body + b"\r\n"


def whole(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--odd--\r\n"


def bodies(fields: Mapping[str, str], name: str) -> Iterable[tuple[str, bytes]]:
    """Give each odd form, with the fields of a page and a file in one of them: the type of its body, and the body."""
    said = b"".join(field(each, value) for each, value in fields.items() if each != name)
    right = file(name, b'="deck.pdf"')
    yield from ((TYPE, whole(said, file(name, called))) for called in NAMES)
    yield from ((kind, whole(said, right)) for kind in TYPES)
    yield TYPE, said + right  # without an end
    yield TYPE, whole(said, right)[:-20]
    yield TYPE, said + b"--odd\r\nContent-Disposition: form-data; name="
    yield TYPE, b""
    yield TYPE, b"--odd--\r\n"
    yield TYPE, b"\r\n" * 2000
    yield TYPE, whole(said, said, right, right)  # each of them twice
    yield TYPE, whole(said, *[right] * 150)
    yield TYPE, whole(said, *[field("x", "1")] * 2000)
    yield TYPE, whole(said, field(name, "no file"))
    yield TYPE, whole(said, file(name, b'="deck.pdf"', b""))
    yield TYPE, whole(said, part(b"form-data", b"nobody's"))
    yield TYPE, whole(said, part(b'attachment; name=""', b"nobody's"))
    yield TYPE, whole(said, part(b'form-data; name="\xff\0"', b"\xff\0"))
    for coding in (b"base64", b"gzip", b"quoted-printable", b"\xff"):
        yield TYPE, whole(said, file(name, b'="deck.pdf"', PDF, b"Content-Transfer-Encoding: " + coding + b"\r\n"))
    yield (
        TYPE,
        whole(said, file(name, b'="deck.pdf"', PDF, b"Content-Length: -1\r\nContent-Type: \xff; charset=hex\r\n")),
    )
    yield TYPE, whole(said, file(name, b'="deck.pdf"', PDF, b"X: " + b"y" * 5000 + b"\r\n"))
    yield TYPE, whole(said, file(name, b'="deck.pdf"', PDF, b"Content-Type: multipart/mixed; boundary=odd\r\n"))
