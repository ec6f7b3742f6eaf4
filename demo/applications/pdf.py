"""A PDF of one page, so that the demo's documents open in any reader (ISO 32000-1, 7.5)."""

_PAGE = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Contents 5 0 R /Resources << /Font << /F 4 0 R >> >> >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
)


def one_page(title: str, text: str) -> bytes:
    """Return the bytes of a page with a title and a line; letters beyond Western Europe's become question marks."""
    drawn = b"BT /F 30 Tf 60 480 Td (%s) Tj /F 15 Tf 0 -40 Td (%s) Tj ET" % (_literal(title), _literal(text))
    objects = [*_PAGE, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn)]
    file = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)


def _literal(words: str) -> bytes:
    """Write a string between parentheses, in the font's encoding."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return escaped.encode("cp1252", errors="replace")
