"""A startup's page, its people, and the invitation that leads to it."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.mails import make_token
from applications.models import Invitation, Membership, Startup
from portal.accounts import step_up
from portal.models import StepUp
from tests import factories as f
from tests.applications import pages
from tests.applications.pages import LONG, SCRIPT, member, signed_in, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
present = pages.present

EMPTY = ("city", "website", "description", "legal_name", "registry_number", "founded_on")
DETAILS = {"name": "Lumen Care", "country": "US", **dict.fromkeys(EMPTY, "")}


def url(startup: Startup, name: str = "startup") -> str:
    return reverse(name, args=[startup.pk])


# --- Making one -----------------------------------------------------------------------------------------


def test_new_startup_leads_on_to_where_one_came_from() -> None:
    cohort, client = f.cohort(), signed_in(f.user())
    onward = reverse("application_start", args=[cohort.slug])
    response = client.post(f"{reverse('startup_new')}?next={onward}", DETAILS)
    made = Startup.objects.get()
    assert response["Location"] == f"{onward}?startup={made.pk}"
    assert made.role_of(made.created_by) == "founder"


def test_new_startup_leads_nowhere_else() -> None:
    response = signed_in(f.user()).post(f"{reverse('startup_new')}?next=https://evil.example/", DETAILS)
    assert response["Location"] == url(Startup.objects.get())


def test_two_clicks_make_one_startup() -> None:
    client = signed_in(f.user())
    first, second = (client.post(reverse("startup_new"), DETAILS)["Location"] for _click in range(2))
    assert first == second == url(Startup.objects.get())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "   "}, "This field is required."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"country": "XX"}, "is not one of the available choices"),
        ({"website": "not an address"}, "Enter a valid URL."),
        ({"website": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"founded_on": "yesterday"}, "Enter a valid date."),
        ({"description": "x" * 501}, "at most 500 characters"),
    ],
)
def test_wrong_details_are_refused_in_words_and_kept(changed: dict[str, str], words: str) -> None:
    response = signed_in(f.user()).post(reverse("startup_new"), {**DETAILS, "city": "Austin", **changed})
    page = text(response)
    assert (response.status_code, words in page) == (422, True)
    assert 'value="Austin"' in page
    assert "There is a problem" in page
    assert not Startup.objects.exists()


def test_name_is_brought_into_one_line() -> None:
    signed_in(f.user()).post(reverse("startup_new"), {**DETAILS, "name": " Lumen \n  Care "})
    assert Startup.objects.get().name == "Lumen Care"


# --- Its page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["startup", "startup_invite"])
def test_stranger_finds_nothing_and_a_visitor_the_login(name: str) -> None:
    startup = f.startup()
    assert signed_in(f.user()).get(url(startup, name)).status_code == 404
    assert signed_in(f.user()).post(url(startup, name)).status_code == 404
    assert Client().get(url(startup, name)).status_code == 302


def test_founder_changes_the_details_and_only_those_they_changed() -> None:
    startup = f.startup(name="Before", city="Austin")
    client = signed_in(f.founder_of(startup))
    Startup.objects.filter(pk=startup.pk).update(city="Boston")  # somebody else, meanwhile
    assert "Boston" in text(client.get(url(startup)))
    response = client.post(url(startup), {**DETAILS, "name": "After", "city": "Boston"}, follow=True)
    assert told(response) == ["Saved."]
    startup.refresh_from_db()
    assert (startup.name, startup.name_folded, startup.city) == ("After", "after", "Boston")


def test_wrong_details_change_nothing() -> None:
    startup = f.startup(name="Before")
    response = signed_in(f.founder_of(startup)).post(url(startup), {**DETAILS, "name": ""})
    assert response.status_code == 422
    assert "<h1" in text(response)
    assert ">Before<" in text(response)
    startup.refresh_from_db()
    assert startup.name == "Before"


def test_editor_changes_the_details_and_invites_nobody() -> None:
    startup = f.startup()
    client = signed_in(member(startup, "editor"))
    client.post(url(startup), DETAILS)
    startup.refresh_from_db()
    assert startup.name == "Lumen Care"
    assert "Invite somebody" not in text(client.get(url(startup)))
    response = client.post(url(startup, "startup_invite"), {"email": "a@example.org", "role": "viewer"})
    assert not Invitation.objects.exists()
    assert response.status_code == 422


def test_viewer_reads_and_changes_nothing() -> None:
    startup = f.startup(city=f"Austin {SCRIPT}")
    client = signed_in(member(startup, "viewer"))
    page = text(client.get(url(startup)))
    assert "Austin" in page
    assert SCRIPT not in page
    assert "United States" in page
    assert "<textarea" not in page
    assert client.post(url(startup), DETAILS).status_code == 404


def test_names_of_any_kind_are_shown_as_they_are() -> None:
    person = f.user(SCRIPT)
    startup = f.startup(person, name=LONG, description=SCRIPT)
    f.draft(startup)
    page = text(signed_in(person).get(url(startup)))
    assert LONG in page
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_page_asks_the_same_of_the_database_for_few_and_many() -> None:
    startup = f.startup()
    client = signed_in(f.founder_of(startup))
    f.draft(startup)
    member(startup, "viewer")
    few = pages.queries(client, url(startup))
    for n in range(5):
        f.draft(startup, f.cohort())
        member(startup, "viewer")
        actions.invite(startup, f"a{n}@example.org", "viewer", by=f.founder_of(startup), at=f.AT)
    assert pages.queries(client, url(startup)) == few


# --- Inviting -------------------------------------------------------------------------------------------


def invited(startup: Startup | None = None, email: str = "new@example.org", role: str = "editor") -> Invitation:
    startup = startup or f.startup()
    return actions.invite(startup, email, role, by=f.founder_of(startup), at=f.AT)


def link(invitation: Invitation) -> str:
    return reverse("invitation", args=[make_token(invitation)])


def test_founder_invites_and_takes_it_back() -> None:
    startup = f.startup()
    client = signed_in(f.founder_of(startup))
    response = client.post(url(startup, "startup_invite"), {"email": "New@example.org", "role": "editor"}, follow=True)
    assert told(response) == ["Invited: New@example.org gets a link that is valid for 14 days."]
    assert "Editor, link ends in 14 days" in text(response).replace("editor", "Editor")
    void = reverse("invitation_withdraw", args=[Invitation.objects.get().pk])
    assert client.get(void)["Location"] == url(startup)
    assert told(client.post(void, follow=True)) == ["The invitation of new@example.org is void."]
    assert Invitation.objects.get().withdrawn_at == f.AT


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"email": "nobody", "role": "editor"}, "Enter a valid email address."),
        ({"email": "a@example.org", "role": "owner"}, "is not one of the available choices"),
        ({"email": "new@example.org", "role": "viewer"}, "new@example.org is already invited."),
        ({"email": f"{'a' * 300}@example.org", "role": "viewer"}, "at most 254 characters"),
    ],
)
def test_invitation_that_cannot_be_is_refused_beside_its_field(data: dict[str, str], words: str) -> None:
    startup = invited().startup
    response = signed_in(f.founder_of(startup)).post(url(startup, "startup_invite"), data)
    page = text(response)
    assert (response.status_code, words in page) == (422, True)
    assert data["email"] in page
    assert Invitation.objects.count() == 1


def test_invitation_that_ran_out_makes_room_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    startup = invited().startup
    client = signed_in(f.founder_of(startup))
    pages.set_clock(monkeypatch, f.AT + timedelta(days=14))
    assert "the link ran out: invite again" in text(client.get(url(startup)))
    client.post(url(startup, "startup_invite"), {"email": "new@example.org", "role": "viewer"})
    assert list(Invitation.objects.open().values_list("role", flat=True)) == ["viewer"]


def test_founder_is_invited_once_who_invites_has_proven_who_they_are() -> None:
    startup = f.startup(name="Loomwork")
    by = f.founder_of(startup)
    client = signed_in(by)
    asked = client.post(url(startup, "startup_invite"), {"email": "New@example.org", "role": "founder"})["Location"]
    step = StepUp.objects.get()
    assert asked == reverse("startup_invite_prove", args=[startup.pk, step.uuid])
    assert "new@example.org joins Loomwork as founder" in text(client.get(asked))
    assert client.post(asked, {"code": "000000x"}).status_code == 422
    assert not Invitation.objects.exists()
    assert signed_in(member(startup, "founder")).get(asked).status_code == 404
    response = client.post(asked, {"code": step_up.code_for(step.uuid)}, follow=True)
    assert told(response) == ["Invited: new@example.org gets a link that is valid for 14 days."]
    assert list(Invitation.objects.values_list("email", "role", "invited_by")) == [
        ("new@example.org", "founder", by.pk)
    ]


def test_new_code_for_a_founders_invitation_leads_to_its_own_page() -> None:
    startup = f.startup()
    client = signed_in(f.founder_of(startup))
    asked = client.post(url(startup, "startup_invite"), {"email": "new@example.org", "role": "founder"})["Location"]
    anew = client.post(asked, {"again": "1"})["Location"]
    assert anew == reverse("startup_invite_prove", args=[startup.pk, StepUp.objects.latest("pk").uuid])
    assert anew != asked


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_others_are_invited_without_a_proof(role: str) -> None:
    startup = f.startup()
    signed_in(f.founder_of(startup)).post(url(startup, "startup_invite"), {"email": "new@example.org", "role": role})
    assert list(Invitation.objects.values_list("role", flat=True)) == [role]
    assert not StepUp.objects.exists()


def test_founder_who_is_invited_already_is_refused_before_any_proof() -> None:
    startup = invited().startup
    data = {"email": "NEW@example.org", "role": "founder"}
    response = signed_in(f.founder_of(startup)).post(url(startup, "startup_invite"), data)
    assert (response.status_code, "new@example.org is already invited." in text(response)) == (422, True)
    assert not StepUp.objects.exists()


def test_only_founders_take_an_invitation_back() -> None:
    invitation = invited()
    void = reverse("invitation_withdraw", args=[invitation.pk])
    assert signed_in(f.user()).post(void).status_code == 404
    editor = signed_in(member(invitation.startup, "editor"))
    assert told(editor.post(void, follow=True)) == ["Only a founder can do this."]


# --- Being invited --------------------------------------------------------------------------------------


def test_invitation_is_read_without_an_account() -> None:
    invitation = invited(f.startup(f.user(SCRIPT), name=LONG))
    here = link(invitation)  # signed with the second in which it is made
    page = text(Client().get(here))
    assert LONG in page
    assert SCRIPT not in page
    assert f"{reverse('account_signup')}?next={quote(here)}" in page
    assert Client().post(here).status_code == 200
    assert not Membership.objects.filter(startup=invitation.startup).exclude(role="founder").exists()


def test_who_is_meant_joins() -> None:
    invitation = invited()
    person = f.user(email="new@example.org")
    client = signed_in(person)
    assert "You may write and submit its applications." in text(client.get(link(invitation)))
    response = client.post(link(invitation), follow=True)
    assert told(response) == [f"You belong to {invitation.startup} now."]
    assert invitation.startup.role_of(person) == "editor"
    assert "You belong to" in text(client.get(link(invitation)))


def test_invitation_waits_on_the_dashboard_of_a_new_account() -> None:
    invitation = invited(f.startup(name=SCRIPT))
    page = text(signed_in(f.user(email="new@example.org")).get(reverse("dashboard")))
    assert "You are invited" in page
    assert link(invitation).split(":")[0] in page
    assert SCRIPT not in page
    assert "You are invited" not in text(signed_in(f.user()).get(reverse("dashboard")))


def test_who_is_not_meant_is_told_for_whom_it_is() -> None:
    invitation = invited()
    client = signed_in(f.user(email="other@example.org"))
    page = text(client.get(link(invitation)))
    assert "new@example.org" in page
    assert "other@example.org" in page
    response = client.post(link(invitation), follow=True)
    assert told(response) == ["This invitation was sent to another address. Sign in with that one."]


@pytest.mark.parametrize("end", ["withdrawn", "ran out", "accepted"])
def test_ended_invitation_says_so(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    invitation = invited()
    meant = f.user(email="new@example.org")
    if end == "withdrawn":
        actions.withdraw_invitation(invitation, by=f.founder_of(invitation.startup), at=f.AT)
    elif end == "accepted":
        actions.accept_invitation(invitation, by=meant, at=f.AT)
        invitation.startup.memberships.filter(person=meant).update(ended_at=f.AT)
    else:
        pages.set_clock(monkeypatch, f.AT + timedelta(days=14))
    client = signed_in(meant)
    assert "This invitation is no longer valid" in text(client.get(link(invitation)))
    response: Any = client.post(link(invitation), follow=True)
    assert told(response) == ["This invitation is no longer valid. Ask for a new one."]


def test_forged_link_names_nothing() -> None:
    assert Client().get(reverse("invitation", args=["Mg:forged"])).status_code == 404
