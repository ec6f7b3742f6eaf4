"""Startups, their people, and the conflict that belonging to one brings."""

from datetime import timedelta

import pytest

from applications import actions
from applications.mails import make_token, verify_token
from applications.models import Conflict, Invitation, Membership
from portal.models import OutgoingMail
from portal.refusals import Refusal
from tests import factories as f

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


def test_broken_token_names_nothing() -> None:
    assert verify_token("1:forged") is None
