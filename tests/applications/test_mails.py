"""The mails of applying, judging and deciding: to whom, in whose language, with which links, through the real acts."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail as django_mail
from django.urls import resolve, reverse

from applications import actions, mails
from applications.models import (
    Application,
    Decision,
    Invitation,
    Membership,
    Offer,
    ReviewAssignment,
    ReviewPhase,
    Startup,
)
from applications.templatetags.mail_words import one_line, quoted
from portal.language.dates import day_in_zone, in_zone
from portal.models import OutgoingMail, Role, User
from portal.outbox import deliver
from portal.outbox.queue import blocks, words_of
from tests import factories
from tests.factories import AT, DECIDED

pytestmark = pytest.mark.django_db


def page(name: str, *args: object) -> str:
    return settings.SITE_URL + reverse(name, args=args)


def letters(kind: str) -> dict[str, OutgoingMail]:
    """Give the queued mails of a kind by address."""
    return {m.to_email: m for m in OutgoingMail.objects.filter(kind=kind)}


def buttons(letter: OutgoingMail) -> list[str]:
    return [block["url"] for block in blocks(letter.text) if block["kind"] == "button"]


@pytest.fixture
def pair() -> tuple[Startup, User, User]:
    """Give a startup with a founder who reads English and one who reads French."""
    ada = factories.user("Ada Byron", email="ada@example.org", language="en", timezone="Asia/Tokyo")
    zoe = factories.user("Zoé Girard", email="zoe@example.org", language="fr")
    startup = factories.startup(ada, name="Loomwork")
    Membership.objects.create(startup=startup, person=zoe, role=Membership.Role.FOUNDER, joined_at=AT)
    factories.startup(factories.user(email="stranger@example.org"))
    return startup, ada, zoe


def assert_told(kind: str, url: str, *, words: str = "", mots: str = "") -> dict[str, OutgoingMail]:
    """Check that both founders and nobody else got a kind of mail, each in their language, with one button to a page."""
    told = letters(kind)
    assert set(told) == {"ada@example.org", "zoe@example.org"}
    assert (told["ada@example.org"].language, told["zoe@example.org"].language) == ("en", "fr")
    for letter in told.values():
        assert letter.subject
        assert buttons(letter) == [url]
    assert words in told["ada@example.org"].text
    assert mots in told["zoe@example.org"].text
    return told


def test_submitted_application_says_when_the_decision_comes(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    told = assert_told(
        "application_submitted",
        page("application", made.pk),
        words="by April 15, 2027.",
        mots="15 avril 2027",
    )
    letter = told["ada@example.org"]
    assert letter.subject == f"{made.reference}: we have your application"
    assert "Hello Ada," in letter.text
    assert "Tuesday, March 2, 2027, 7:00\u202fAM (New York time)" in letter.text  # the programme's zone, not Tokyo


def test_application_can_be_changed_only_in_time(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    assert "Something to correct?" in letters("application_submitted")["ada@example.org"].text
    actions.return_for_information(made, "Which model?", by=_manager(made), at=DECIDED)
    actions.submit(made, by=pair[1], at=DECIDED)
    late = OutgoingMail.objects.filter(kind="application_submitted", to_email="ada@example.org").latest("pk")
    assert "version 2" in late.text
    assert "Something to correct?" not in late.text


def test_returned_application_quotes_the_question(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    actions.return_for_information(made, "Which model?\n\nAnd since when?", by=_manager(made), at=AT)
    told = assert_told(
        "application_returned", page("application_edit", made.pk), words="> Which model?\n>\n> And since when?"
    )
    assert told["ada@example.org"].subject == f"Your move: a question about {made.reference}"
    assert "<blockquote" in words_of(told["ada@example.org"]).html


def test_quoted_words_never_become_a_button(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    question = f"Sign out: {settings.SITE_URL}/account/logout/\n{settings.SITE_URL}/\n- and so on"
    actions.return_for_information(made, question, by=_manager(made), at=AT)
    assert_told("application_returned", page("application_edit", made.pk))


def test_application_that_goes_on_without_an_answer_hears_it(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    actions.return_for_information(made, "Which model?", by=_manager(made), at=AT)
    actions.go_on_without_answer(made, by=_manager(made), at=AT + timedelta(days=7))
    told = assert_told(
        "application_resumed", page("application", made.pk), words="April 15, 2027", mots="15 avril 2027"
    )
    assert made.reference in told["ada@example.org"].subject


@pytest.mark.parametrize("is_blind", [True, False])
def test_reviewer_is_asked_by_reference_alone(pair: tuple[Startup, User, User], is_blind: bool) -> None:
    made = factories.submitted(pair[0])
    assignment = _assigned(made, is_blind=is_blind)
    [letter] = letters("review_assigned").values()
    assert letter.recipient == assignment.reviewer
    assert letter.subject == f"Your move: review {made.reference} by May 1, 2027"
    assert buttons(letter) == [page("review", assignment.pk)]
    for words in (letter.subject, letter.text):
        assert "Loomwork" not in words
        assert "Ada" not in words
    assert ("This phase is blind" in letter.text) is is_blind


def test_reviewer_hears_that_a_review_is_no_longer_needed(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    assignment = _assigned(made)
    actions.take_assignment_back(assignment, by=_manager(made), at=AT)
    [letter] = letters("review_taken_back").values()
    assert letter.recipient == assignment.reviewer
    assert letter.subject == f"{made.reference} is no longer asked of you"
    assert buttons(letter) == [page("reviews")]
    assert "Loomwork" not in letter.text


def test_conflict_is_told_to_who_assigned(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    assignment = _assigned(made)
    actions.declare_conflict(assignment, "family", "my sister", by=assignment.reviewer, at=AT)
    [letter] = letters("review_conflict").values()
    assert letter.recipient == assignment.assigned_by
    assert letter.subject == f"Your move: {made.reference} needs another reviewer"
    assert "my sister" not in letter.text
    assert buttons(letter) == [page("admin:desk_assignment", made.cohort_id)]


def test_accepted_application_demands_the_answer_in_its_subject(pair: tuple[Startup, User, User]) -> None:
    made = factories.offer(factories.submitted(pair[0]), message="Bring your tests.")
    told = assert_told("decision_accepted", page("offer", made.pk), words="> Bring your tests.", mots="22 avril 2027")
    letter = told["ada@example.org"]
    assert letter.subject == "Your move: accept the offer by April 22, 2027"
    assert "- up to $6,000 a month, for 6 months, from May 2027" in letter.text
    assert "- up to $36,000 in all" in letter.text
    assert "Thursday, April 22, 2027, 8:00\u202fAM (New York time)" in letter.text


def test_waitlisted_application_hears_its_place(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    _release(made, "waitlist", rank=3)
    told = assert_told("decision_waitlisted", page("application", made.pk), words="at place 3")
    assert told["ada@example.org"].subject == f"{made.reference}: you are on the waitlist"
    assert "has 10 days to accept it" in told["ada@example.org"].text


def test_declined_application_hears_it_kindly(pair: tuple[Startup, User, User]) -> None:
    made = factories.submitted(pair[0])
    _release(made, "decline", message="Come again.")
    told = assert_told("decision_declined", page("application", made.pk), words="> Come again.")
    assert told["ada@example.org"].subject == f"{made.reference}: the decision on your application"


def test_next_on_the_waitlist_gets_the_offer(pair: tuple[Startup, User, User]) -> None:
    cohort = factories.cohort(seats=1)
    first, second = factories.submitted(to=cohort), factories.submitted(pair[0], to=cohort)
    factories.confirmed(first)
    factories.confirmed(second, "waitlist", rank=1, message="You are first on the list.")
    factories.fund(cohort)
    [offer] = actions.release(cohort, by=factories.holder(Role.MANAGER, cohort.programme), at=DECIDED)
    actions.decline_offer(offer, "", by=factories.founder_of(first.startup), at=DECIDED)
    made = Offer.objects.get(application=second)
    told = letters("decision_accepted")
    assert {"ada@example.org", "zoe@example.org"} < set(told)
    letter = told["ada@example.org"]
    assert buttons(letter) == [page("offer", made.pk)]
    assert "was next on the waitlist" in letter.text
    assert "first on the list" not in letter.text  # it was true when the decisions were released


def test_accepted_offer_asks_for_the_signature(pair: tuple[Startup, User, User]) -> None:
    seat = factories.participation(factories.submitted(pair[0]), signed=False)
    told = assert_told(
        "offer_accepted", page("offer", seat.offer_id), words="The first month is May 2027", mots="mai 2027"
    )
    assert told["ada@example.org"].subject == "Your move: sign the agreement"


def test_revoked_offer_says_why(pair: tuple[Startup, User, User]) -> None:
    made = factories.offer(factories.submitted(pair[0]))
    actions.revoke_offer(made, "The register says otherwise.", by=_manager(made.application), at=DECIDED)
    told = assert_told("offer_revoked", page("offer", made.pk), words="> The register says otherwise.")
    assert told["ada@example.org"].subject == "The offer to Loomwork was taken back"


def test_lapsed_offer_says_until_when_it_stood(pair: tuple[Startup, User, User]) -> None:
    made = factories.offer(factories.submitted(pair[0]))
    assert actions.lapse_offer(made, at=made.expires_at)
    told = assert_told(
        "offer_lapsed", page("offer", made.pk), words="Thursday, April 22, 2027, 8:00\u202fAM (New York time)"
    )
    assert told["zoe@example.org"].language == "fr"


def test_signed_agreement_names_signer_version_and_digest(pair: tuple[Startup, User, User]) -> None:
    seat = factories.participation(factories.submitted(pair[0]))
    told = assert_told("agreement_signed", page("participation", seat.pk), words=seat.offer.terms.digest)
    letter = told["ada@example.org"]
    assert letter.subject == "Signed. Your move: the bank account"
    assert "Ada Founder signed “Participation agreement”, version 1, for Loomwork" in letter.text
    assert "$36,000" in letter.text


@pytest.mark.parametrize("role", Membership.Role.values)
def test_invitation_is_written_at_sending(pair: tuple[Startup, User, User], role: str) -> None:
    startup, ada, _zoe = pair
    invitation = actions.invite(startup, "new@example.org", role, by=ada, at=AT)
    kept = letters("invitation")["new@example.org"]
    assert (kept.secret, kept.subject, kept.text) == (True, "", "")
    assert deliver.drain(AT) == 1
    [sent] = django_mail.outbox
    assert sent.to == ["new@example.org"]
    assert sent.subject == "You are invited to join a startup on Tremplin"
    token = resolve(urlsplit(_link(str(sent.body))).path).kwargs["token"]
    assert mails.verify_token(token) == invitation
    assert "(Tokyo time)" in str(sent.body)


def test_invitation_speaks_the_language_of_who_invites(pair: tuple[Startup, User, User]) -> None:
    startup, _ada, zoe = pair
    actions.invite(startup, "new@example.org", "editor", by=zoe, at=AT)
    assert letters("invitation")["new@example.org"].language == "fr"
    deliver.drain(AT)
    assert "16 mars 2027" in str(django_mail.outbox[0].body)


def test_void_invitation_is_not_sent(pair: tuple[Startup, User, User]) -> None:
    startup, ada, _zoe = pair
    invitation = actions.invite(startup, "new@example.org", "editor", by=ada, at=AT)
    actions.withdraw_invitation(invitation, by=ada, at=AT)
    assert deliver.drain(AT) == 0
    assert django_mail.outbox == []
    assert mails.invitation(invitation.pk) is None


def test_every_other_founder_is_told_who_joined(pair: tuple[Startup, User, User]) -> None:
    startup, ada, _zoe = pair
    for role in Membership.Role.values:
        person = factories.user(f"New {role}", email=f"{role}@example.org")
        actions.accept_invitation(actions.invite(startup, person.email, role, by=ada, at=AT), by=person, at=AT)
    told = assert_told("founder_joined", page("startup", startup.pk), words="New founder (founder@example.org)")
    letter = told["ada@example.org"]
    assert letter.subject == "New founder is a founder of Loomwork now"
    assert "invited by Ada Byron" in letter.text
    assert "only from Friday, March 5, 2027, 9:00\u202fPM (Tokyo time)" in letter.text


def test_token_gives_its_invitation_and_no_other(pair: tuple[Startup, User, User]) -> None:
    startup, ada, _zoe = pair
    one, other = (actions.invite(startup, f"{n}@example.org", "editor", by=ada, at=AT) for n in ("one", "other"))
    token = mails.make_token(one)
    assert mails.verify_token(token) == one
    forged = mails.make_token(other).split(":")[0] + ":" + token.split(":", 1)[1]
    assert [mails.verify_token(t) for t in (forged, "", "x", token + "x")] == [None] * 4
    assert mails.verify_token(mails.make_token(Invitation(pk=10**9))) is None


def test_hostile_names_stay_names(pair: tuple[Startup, User, User]) -> None:
    startup, ada, zoe = pair
    nasty = f"<script>alert(1)</script>\r\nBcc: all@example.org\n\nSee: {settings.SITE_URL}/x/"
    Startup.objects.filter(pk=startup.pk).update(name=nasty[:120])
    User.objects.filter(pk__in=[ada.pk, zoe.pk]).update(name=nasty)
    startup.refresh_from_db()
    actions.invite(startup, "new@example.org", "founder", by=User.objects.get(pk=ada.pk), at=AT)
    made = factories.offer(factories.submitted(startup))
    actions.revoke_offer(made, nasty, by=_manager(made.application), at=DECIDED)
    ours = OutgoingMail.objects.filter(recipient__in=[ada, zoe])
    assert {m.kind for m in ours} == {"application_submitted", "decision_accepted", "offer_revoked"}
    for letter in ours:
        assert "\n" not in letter.subject
        assert "<script" not in words_of(letter).html
        assert len(buttons(letter)) == 1
    deliver.drain(DECIDED)
    sent = next(m for m in django_mail.outbox if m.to == ["new@example.org"])
    assert isinstance(sent, django_mail.EmailMultiAlternatives)
    assert "\n" not in sent.subject
    assert "<script" not in str(sent.alternatives[0][0])


def test_name_with_a_full_stop_is_no_link_in_any_mail(pair: tuple[Startup, User, User]) -> None:
    startup, ada, zoe = pair
    for people in (Startup.objects.filter(pk=startup.pk), User.objects.filter(pk__in=[ada.pk, zoe.pk])):
        people.update(name="evil.example")
    startup.refresh_from_db()
    actions.invite(startup, "new@example.org", "founder", by=User.objects.get(pk=ada.pk), at=AT)
    made = factories.offer(factories.submitted(startup))
    actions.revoke_offer(made, "See https://help.example/why", by=_manager(made.application), at=DECIDED)
    deliver.drain(DECIDED)
    assert len(django_mail.outbox) == 7
    for sent in django_mail.outbox:
        assert isinstance(sent, django_mail.EmailMultiAlternatives)
        for part in (str(sent.body), re.sub("<title>.*</title>", "", str(sent.alternatives[0][0]))):
            assert "evil.example" not in part
            assert "evil.\u200aexample" in part
    revoked = letters("offer_revoked")["ada@example.org"]
    assert revoked.subject == "The offer to evil.example was taken back"
    assert "> See https://help.example/why" in revoked.text


def test_instants_are_told_in_the_programmes_zone() -> None:
    assert in_zone(AT, "America/New_York") == "Tuesday, March 2, 2027, 7:00\u202fAM (New York time)"
    assert in_zone(AT + timedelta(days=30), "America/New_York").endswith("8:00\u202fAM (New York time)")
    assert in_zone(AT, "Europe/Paris").endswith("1:00\u202fPM (Paris time)")
    assert in_zone(AT, "") == "Tuesday, March 2, 2027, 12:00\u202fPM (UTC)"
    assert day_in_zone(AT.replace(hour=3), "America/New_York") == "March 1, 2027"


def test_words_of_others_keep_their_place() -> None:
    assert one_line(" a\r\nb\u2028c\x00d ") == "a b c d"
    assert quoted("a\n\n  - b\r\n") == "> a\n>\n> - b"


def _manager(application: Application) -> User:
    return factories.holder(Role.MANAGER, application.cohort.programme)


def _release(application: Application, outcome: str, **given: Any) -> Decision:
    made = factories.confirmed(application, outcome, **given)
    actions.release(application.cohort, by=_manager(application), at=DECIDED)
    return made


def _assigned(application: Application, *, is_blind: bool = True) -> ReviewAssignment:
    phase = application.cohort.phases.get()
    ReviewPhase.objects.filter(pk=phase.pk).update(is_blind=is_blind)
    phase.refresh_from_db()
    reviewer = factories.holder(Role.REVIEWER, application.cohort.programme)
    return actions.assign_reviewer(application, reviewer, phase, by=_manager(application), at=AT)


def _link(text: str) -> str:
    [url] = [block["url"] for block in blocks(text.split("\n-- \n")[0]) if block["kind"] == "button"]
    return str(url)
