"""Where people are sent on to: a path of this site, whatever an address asks; what was done before it stays done."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Startup
from mentorship.actions import NewItem
from mentorship.models import ActionItem
from portal.models import Role
from tests import factories as f
from tests.applications.pages import signed_in
from tests.mentorship import builders
from tests.portal.accounts.test_accounts import is_signed_in, log_in, member

pytestmark = pytest.mark.django_db
ODD = [
    "",
    "hello",
    "home",
    "hello/there?x=1",
    "portal.views.dashboard",
    "²",
    "\x00",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "http://testserver/dashboard/",
    "http://[",
    "javascript:alert(1)",
    "/a\r\nSet-Cookie: b=c",
    "/" + "x" * 5000,
]


@pytest.mark.parametrize("odd", ODD)
def test_choice_of_language_leads_home(odd: str) -> None:
    ada = f.user(language="en")
    answer = signed_in(ada).post(reverse("set_language"), {"language": "fr", "next": odd})
    ada.refresh_from_db()
    assert (answer.status_code, answer["Location"], ada.language) == (302, "/", "fr")


@pytest.mark.parametrize("odd", ODD)
def test_item_that_is_ticked_off_leads_to_its_session(odd: str) -> None:
    session = builders.held(items=[NewItem("startup", "Collect scans")])
    item = session.items.get()
    client = signed_in(builders.founder(session.mentorship))
    answer = client.post(reverse("action_item_change", args=[item.pk, "done"]), {"next": odd})
    item.refresh_from_db()
    assert (answer["Location"], item.state) == (reverse("mentor_session", args=[session.pk]), ActionItem.State.DONE)


@pytest.mark.parametrize("odd", ODD)
def test_login_leads_to_the_dashboard_or_the_workspace(odd: str) -> None:
    client, person = Client(), member()
    assert log_in(client, person, next=odd)["Location"] == reverse("dashboard")
    assert is_signed_in(client)
    manager = signed_in(f.holder(Role.MANAGER, f.programme()))
    query = urlencode({"next": odd})
    assert manager.get(f"{reverse('admin:login')}?{query}")["Location"] == "/admin/"
    assert Client().get(f"{reverse('admin:login')}?{query}")["Location"] == "/account/login/?next=/admin/"


@pytest.mark.parametrize("odd", ODD)
def test_new_startup_leads_to_its_page(odd: str) -> None:
    founder = f.user()
    address = f"{reverse('startup_new')}?{urlencode({'next': odd})}"
    answer = signed_in(founder).post(address, {"name": "Loomwork", "country": "US"})
    assert answer["Location"] == reverse("startup", args=[Startup.objects.get().pk])


@pytest.mark.parametrize(("onward", "query"), [("/apply/first/", ""), ("/apply/first/?from=mail", "from=mail&")])
def test_new_startup_leads_on_with_its_number(onward: str, query: str) -> None:
    address = f"{reverse('startup_new')}?{urlencode({'next': onward})}"
    answer = signed_in(f.user()).post(address, {"name": "Loomwork", "country": "US"})
    assert answer["Location"] == f"/apply/first/?{query}startup={Startup.objects.get().pk}"
