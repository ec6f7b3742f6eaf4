"""Startups, their people, and the conflict that belonging to one brings."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import actions
from applications.mails import make_token, verify_token
from applications.models import Conflict, Invitation, Membership, Startup
from portal.accounts.actions import close_account
from portal.models import Attempts, OutgoingMail, User
from portal.outbox.queue import render
from portal.refusals import Refusal
from portal.registry import registry
from tests import factories as f
from tests.races import outcomes, race

pytestmark = pytest.mark.django_db


def test_create_makes_the_first_founder_and_their_conflict() -> None:
    by = f.user()
    made = actions.create_startup(name="Élan Santé", country="FR", by=by, at=f.AT)
    assert list(made.founders()) == [by]
    assert made.name_folded == "elan sante"
    assert list(Conflict.objects.values_list("person", "startup", "kind")) == [(by.pk, made.pk, "member")]


def test_invitation_is_a_secret_mail_and_makes_a_member() -> None:
    startup = f.startup()
    invitation = actions.invite(startup, "New@Example.org", "editor", by=f.founder_of(startup), at=f.AT)
    mail = OutgoingMail.objects.get(kind="invitation")
    assert (mail.to_email, mail.secret, mail.text, mail.subject_id) == ("new@example.org", True, "", invitation.pk)
    assert verify_token(make_token(invitation)) == invitation
    joined = f.user(email="new@example.org")
    actions.accept_invitation(invitation, by=joined, at=f.AT)
    assert Membership.objects.get(startup=startup, person=joined).role == "editor"
    assert Conflict.objects.filter(person=joined, startup=startup, kind="member").exists()


def test_invitation_refusals() -> None:
    startup = f.startup()
    by = f.founder_of(startup)
    with pytest.raises(Refusal, match="Only a founder"):
        actions.invite(startup, "a@example.org", "editor", by=f.user(), at=f.AT)
    with pytest.raises(Refusal, match="already belongs"):
        actions.invite(startup, by.email, "editor", by=by, at=f.AT)
    invitation = actions.invite(startup, "a@example.org", "editor", by=by, at=f.AT)
    with pytest.raises(Refusal, match="already invited"):
        actions.invite(startup, "A@example.org", "viewer", by=by, at=f.AT)
    with pytest.raises(Refusal, match="another address"):
        actions.accept_invitation(invitation, by=f.user(), at=f.AT)
    meant = f.user(email="a@example.org")
    with pytest.raises(Refusal, match="no longer valid"):
        actions.accept_invitation(invitation, by=meant, at=f.AT + timedelta(days=14))
    actions.withdraw_invitation(invitation, by=by, at=f.AT)
    with pytest.raises(Refusal, match="no longer valid"):
        actions.accept_invitation(invitation, by=meant, at=f.AT)
    assert Invitation.objects.count() == 1


def test_invitations_of_a_closed_account_are_void_and_those_of_others_stand() -> None:
    startup, other = f.startup(), f.startup()
    by = f.founder_of(startup)
    theirs = actions.invite(startup, "a@example.org", "founder", by=by, at=f.AT)
    stands = actions.invite(other, "a@example.org", "editor", by=f.founder_of(other), at=f.AT)
    joined = actions.invite(startup, "b@example.org", "editor", by=by, at=f.AT)
    meant = f.user(email="a@example.org")
    actions.accept_invitation(joined, by=f.user(email="b@example.org"), at=f.AT)
    close_account(by, by=f.user(is_operator=True), at=f.AT)
    with pytest.raises(Refusal, match="no longer valid"):
        actions.accept_invitation(theirs, by=meant, at=f.AT)
    assert list(Invitation.objects.filter(withdrawn_at=f.AT)) == [theirs]
    actions.accept_invitation(stands, by=meant, at=f.AT)
    assert other.role_of(meant) == "editor"


def test_invitation_is_void_while_the_account_of_who_sent_it_is_closed() -> None:
    """Also where it was closed before closing withdrew invitations."""
    invitation = actions.invite(startup := f.startup(), "a@example.org", "founder", by=f.founder_of(startup), at=f.AT)
    User.objects.filter(pk=invitation.invited_by_id).update(is_active=False)
    with pytest.raises(Refusal, match="no longer valid"):
        actions.accept_invitation(invitation, by=f.user(email="a@example.org"), at=f.AT)


BAIT = "Your account is locked: http://evil.example"


@pytest.mark.parametrize("field", ["name", "legal_name"])
@pytest.mark.parametrize("name", [BAIT, "Loom\u202ework"])
def test_startup_bears_no_name_that_would_advertise(field: str, name: str) -> None:
    by, startup = f.user(), f.startup(name="Loomwork Inc.")
    with pytest.raises(Refusal, match="A name holds no"):
        actions.create_startup(by=by, at=f.AT, **{"name": "Loomwork", "country": "FR", field: name})
    with pytest.raises(Refusal, match="A name holds no"):
        actions.describe_startup(startup, by=f.founder_of(startup), at=f.AT, **{field: name})
    startup.refresh_from_db()
    assert (Startup.objects.filter(created_by=by).exists(), startup.name) == (False, "Loomwork Inc.")


def test_form_of_a_startup_refuses_such_a_name_beside_its_field() -> None:
    client = Client()
    client.force_login(f.user(), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.post(reverse("startup_new"), {"name": BAIT, "country": "FR", "legal_name": BAIT})
    assert page.status_code == 422
    assert page.context["form"].errors == {name: ["A name holds no web address."] for name in ("name", "legal_name")}


def test_nothing_of_the_inviters_words_stands_in_the_subject() -> None:
    startup = f.startup()
    founder = f.founder_of(startup)
    invitation = actions.invite(startup, "new@example.org", "editor", by=founder, at=f.AT)
    context = registry.secret_mails["invitation"](invitation.pk)
    for language, subject in {"en": "You are invited to join a startup on Tremplin"}.items():
        words = render("invitation", context or {}, language=language)
        assert words.subject == subject
        assert f"{founder} asks you to join {startup}" in words.text


def test_one_person_sends_few_invitations_a_day(settings: LazySettings) -> None:
    settings.INVITATIONS_A_DAY, settings.INVITATIONS_OPEN = 3, 99
    founder = f.user()
    startups = [actions.create_startup(name=name, country="FR", by=founder, at=f.AT) for name in ("Loom", "Weft")]
    for n in range(3):
        sent = actions.invite(startups[n % 2], f"{n}@example.org", "viewer", by=founder, at=f.AT)
        actions.withdraw_invitation(sent, by=founder, at=f.AT)
    with pytest.raises(Refusal, match="You have sent 3 invitations within a day"):
        actions.invite(startups[0], "next@example.org", "viewer", by=founder, at=f.AT + timedelta(hours=23))
    actions.invite(startups[0], "next@example.org", "viewer", by=founder, at=f.AT + timedelta(days=1))
    assert OutgoingMail.objects.filter(kind="invitation").count() == 4


def test_startup_has_few_open_invitations(settings: LazySettings) -> None:
    settings.INVITATIONS_A_DAY, settings.INVITATIONS_OPEN = 99, 2
    startup = f.startup()
    founder = f.founder_of(startup)
    first, _second = (actions.invite(startup, f"{n}@example.org", "viewer", by=founder, at=f.AT) for n in range(2))
    with pytest.raises(Refusal, match="2 invitations to this startup are still open"):
        actions.invite(startup, "3@example.org", "viewer", by=founder, at=f.AT)
    actions.withdraw_invitation(first, by=founder, at=f.AT)
    actions.invite(startup, "3@example.org", "viewer", by=founder, at=f.AT)
    ran_out = f.AT + timedelta(days=15)  # an invitation that ran out leaves room
    actions.invite(startup, "4@example.org", "viewer", by=founder, at=ran_out)
    assert startup.invitations.count() == 4


@pytest.mark.django_db(transaction=True)
def test_invitations_sent_at_once_are_counted_one_after_the_other(settings: LazySettings) -> None:
    settings.INVITATIONS_A_DAY = 1
    startup = f.startup()
    founder = f.founder_of(startup)
    sending = [lambda n=n: actions.invite(startup, f"{n}@example.org", "viewer", by=founder, at=f.AT) for n in range(2)]
    assert outcomes(race(*sending)) == ["Invitation", "Refusal"]
    assert Invitation.objects.count() == 1


def founders(n: int) -> list[tuple[Startup, User]]:
    """Give startups with a founder each."""
    return [(startup, f.founder_of(startup)) for startup in (f.startup(f.user()) for _ in range(n))]


def test_one_mailbox_gets_few_invitations_a_day_whoever_sends_them(settings: LazySettings) -> None:
    settings.INVITATIONS_TO_ONE = 2
    several = founders(3)
    for (startup, by), email in zip(several, ("victim@example.org", " Victim+1@Example.org"), strict=False):
        sent = actions.invite(startup, email, "viewer", by=by, at=f.AT)
        actions.withdraw_invitation(sent, by=by, at=f.AT)
    startup, by = several[2]
    for email in ("victim@example.org", "VICTIM@example.org", "victim+2@example.org"):
        with pytest.raises(Refusal, match="At most 2 invitations go to one address within a day"):
            actions.invite(startup, email, "viewer", by=by, at=f.AT)
    actions.invite(startup, "victim@example.com", "viewer", by=by, at=f.AT)
    Attempts.objects.update(until=timezone.now())
    actions.invite(startup, "victim@example.org", "viewer", by=by, at=f.AT + timedelta(days=1))
    assert OutgoingMail.objects.filter(kind="invitation").count() == 4


def test_invitation_that_is_refused_counts_for_nobody(settings: LazySettings) -> None:
    settings.INVITATIONS_TO_ONE = 2
    (startup, by), (other, also) = founders(2)
    actions.invite(startup, "new@example.org", "viewer", by=by, at=f.AT)
    for _ in range(3):
        with pytest.raises(Refusal, match="already invited"):
            actions.invite(startup, "new@example.org", "viewer", by=by, at=f.AT)
    actions.invite(other, "new@example.org", "viewer", by=also, at=f.AT)
    assert Invitation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_invitations_of_two_to_one_mailbox_at_once_are_counted_one_after_the_other(settings: LazySettings) -> None:
    settings.INVITATIONS_TO_ONE = 1
    both = founders(2)
    sending = [lambda s=s, by=by: actions.invite(s, "new@example.org", "viewer", by=by, at=f.AT) for s, by in both]
    assert outcomes(race(*sending)) == ["Invitation", "Refusal"]
    assert (Invitation.objects.count(), OutgoingMail.objects.filter(kind="invitation").count()) == (1, 1)


def test_broken_token_names_nothing() -> None:
    assert verify_token("1:forged") is None
