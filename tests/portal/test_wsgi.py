"""What comes before Django: a body of a kind that it cannot read is refused, and ends in no error of ours."""

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory

from portal.wsgi import LONGEST, application, is_readable

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
ODD = [
    "text/plain; x*=bogus''y",
    "text/plain; x*=idna''%ff%ff.y",
    "text/plain; x*=undefined''y",
    f"{FORM}; charset=hex",
    f"{FORM}; charset=base64",
    f"{FORM}; charset=rot13",
    f"{FORM}; charset=undefined",
    f"{FORM}; charset=idna",
    f"{FORM}; charset=punycode",
    f"{FORM}; charset=utf-16",
    f"{FORM}; charset=../../x",
    "multipart/form-data; boundary=x; charset=hex",
    'text/plain; charset="a\0b"',
]
USUAL = [
    "",
    FORM,
    f"{FORM}; charset=UTF-8",
    'multipart/form-data; boundary="----x"',
    "multipart/form-data",
    "text/plain; charset=us-ascii",
    "text/html;charset=ISO-8859-1",
    ";",
    "=",
    "x; y",
    "\u00e9",
    "a" * 5000,
    "a;" * 5000,
]


def answer_to(address: str, **environ: str) -> tuple[str, bytes]:
    told: list[str] = []
    request = RequestFactory().get(address).environ | environ
    body = b"".join(application(request, lambda status, _headers: told.append(status)))
    return told[0], body


def status_of(content_type: str) -> str:
    return answer_to("/account/login/", CONTENT_TYPE=content_type)[0]


@pytest.mark.parametrize("content_type", ODD)
def test_body_of_a_kind_that_cannot_be_read_is_refused(content_type: str) -> None:
    assert (is_readable(content_type), status_of(content_type)) == (False, "400 Bad Request")


@pytest.mark.parametrize("content_type", USUAL)
def test_others_reach_the_page_and_end_in_no_error(content_type: str) -> None:
    assert is_readable(content_type)
    client, kind = Client(), {"Content-Type": content_type}
    assert client.get("/account/login/?next=%ff", headers=kind).status_code == 200
    answer = client.generic("POST", "/account/login/", b"login=%ff&password=\xff", content_type=content_type)
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("address", ["/account/login/?{}", "/?{}", "/nowhere/?{}", "/{}"])
def test_address_without_an_end_is_repeated_by_no_page(address: str) -> None:
    status, body = answer_to(address.format("a=b&" * 50_000))
    assert (status, len(body) < 100) == ("414 URI Too Long", True)


def test_long_address_reaches_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WSGIHandler, "__call__", lambda *_asked: [b"a page"])
    address = "/account/login/?"
    asked = RequestFactory().get(address + "a" * (LONGEST - len(address) + 1)).environ
    assert b"".join(application(asked, None)) == b"a page"
