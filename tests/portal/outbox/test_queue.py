"""The outbox: a mail is a row of the act that causes it, in its reader's language, once per event."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from portal.accounts.mails import EMAIL_CONFIRMATION
from portal.laws.transitions import acting
from portal.models import OutgoingMail, Role, Transition
from portal.outbox.queue import Letter, blocks, queue_mail, queue_mails, render, resend, words_of
from portal.refusals import Refusal
from tests import factories
from tests.factories import AT

URLS = {"login_url": f"{settings.SITE_URL}/account/login/", "reset_url": f"{settings.SITE_URL}/account/password/reset/"}


def test_site_address_alone_or_after_words_becomes_button() -> None:
    url = f"{settings.SITE_URL}/offers/7/"
    assert blocks(f"Good news.\n\nSee your offer: {url}\n{url}") == [
        {"kind": "paragraph", "lines": ["Good news."]},
        {"kind": "button", "label": "See your offer", "url": url},
        {"kind": "button", "label": None, "url": url},
    ]


def test_foreign_address_never_becomes_button() -> None:
    text = f"https://evil.example/\nClick: https://evil.example/\n{settings.SITE_URL}.evil.example/"
    assert [block["kind"] for block in blocks(text)] == ["paragraph"]


def test_dashes_become_list() -> None:
    assert blocks("Bring:\n- a pen\n- paper") == [
        {"kind": "paragraph", "lines": ["Bring:"]},
        {"kind": "list", "lines": ["a pen", "paper"]},
    ]


def test_render_escapes_html_and_keeps_text_plain() -> None:
    words = render("account_changed", {"what": "Tom & <b>Jerry</b>", "recipient": None}, language="en")
    assert words.subject == "Tom & <b>Jerry</b>"
    assert "Tom & <b>Jerry</b>." in words.text
    assert "<b>" not in words.html
    assert "Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;." in words.html


def test_render_keeps_subject_in_one_short_line() -> None:
    words = render("account_changed", {"what": "x" * 300}, language="en")
    assert words.subject == "x" * 250
    assert "\n" not in render("account_changed", {"what": "a\r\nBcc: evil@example.org"}, language="en").subject


def test_every_name_in_a_mail_is_written_so_that_it_becomes_no_link() -> None:
    mails = sorted(Path(settings.BASE_DIR).glob("*/templates/mail/*.txt"))
    bare = re.compile(
        r"\.(?:name|get_short_name|\w+_by|reviewer|\w+_name|payee_name_ascii)\b(?!\.|\|(?:one_line|unlinked)\b)"
    )
    assert len(mails) > 30
    assert {mail.name: found for mail in mails if (found := bare.findall(mail.read_text(encoding="utf-8")))} == {}


def test_html_loads_nothing_from_elsewhere() -> None:
    html = render("account_exists", URLS, language="en").html
    assert not any(word in html for word in ("<img", "<script", "<link", "url(", "@import"))


@pytest.mark.django_db
def test_queue_keeps_words_recipient_and_instant() -> None:
    ada = factories.user("Ada Lovelace", language="en")
    queue_mail("account_exists", to=ada, about=ada, at=AT, context=URLS, due_at=AT + timedelta(hours=1))
    row = OutgoingMail.objects.get()
    assert (row.recipient, row.to_email, row.language, row.state) == (ada, ada.email, "en", "queued")
    assert (row.queued_at, row.due_at, row.subject_id) == (AT, AT + timedelta(hours=1), ada.pk)
    assert row.subject == "You already have an account"
    assert f"Sign in: {URLS['login_url']}" in row.text
    assert f'href="{URLS["login_url"]}"' in words_of(row).html


@pytest.mark.django_db
def test_queue_same_event_and_recipient_again_changes_nothing() -> None:
    ada, grace = factories.user(), factories.user()
    for to, once in ((ada, ""), (ada, ""), (ada, "march"), (grace, "")):
        queue_mail("account_exists", to=to, about=ada, at=AT, context=URLS, once=once)
    assert [(m.recipient, m.key.split(":")[3]) for m in OutgoingMail.objects.order_by("id")] == [
        (ada, ""),
        (ada, "march"),
        (grace, ""),
    ]


@pytest.mark.django_db
def test_queue_many_is_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people = [factories.user() for _ in range(30)]
    letters = [Letter("account_exists", person, person, URLS) for person in people]
    with django_assert_num_queries(4), transaction.atomic():  # savepoint, actor, insert, release
        queue_mails(letters, at=AT)
    assert OutgoingMail.objects.count() == 30


@pytest.mark.django_db
def test_queue_to_bare_address_keeps_it_out_of_the_key() -> None:
    urls = {"signup_url": f"{settings.SITE_URL}/account/signup/"}
    queue_mail("account_unknown", to="new@example.org", about=None, at=AT, context=urls, language="fr")
    row = OutgoingMail.objects.get()
    assert (row.recipient, row.to_email, row.language, row.subject_id) == (None, "new@example.org", "fr", None)
    assert "example" not in row.key


@pytest.mark.django_db(transaction=True)
def test_queue_outside_transaction_is_a_bug() -> None:
    ada = factories.user()
    with pytest.raises(RuntimeError, match="transaction"):
        queue_mail("account_exists", to=ada, about=ada, at=AT, context=URLS)


@pytest.mark.django_db(transaction=True)
def test_queue_is_undone_with_its_act() -> None:
    ada = factories.user()

    @transaction.atomic
    def act() -> None:
        queue_mail("account_exists", to=ada, about=ada, at=AT, context=URLS)
        raise Refusal("no")

    with pytest.raises(Refusal):
        act()
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_queue_names_the_actor_of_its_act_else_the_system() -> None:
    ada = factories.user()
    with transaction.atomic():
        queue_mail("account_exists", to=ada, about=ada, at=AT, context=URLS, once="1")
        acting(by=ada, at=AT)
        queue_mail("account_exists", to=ada, about=ada, at=AT, context=URLS, once="2")
    table = OutgoingMail._meta.db_table
    moves = Transition.objects.filter(subject_table=table).order_by("id")
    assert [(move.actor, move.agent, move.to_state) for move in moves] == [
        (None, "system", "queued"),
        (ada, "", "queued"),
    ]


@pytest.mark.django_db
def test_secret_mail_keeps_no_words_and_is_never_sent_again() -> None:
    ada, operator = factories.user(), factories.user(is_operator=True)
    queue_mail(EMAIL_CONFIRMATION, to=ada, about=ada, at=AT, secret=True)
    row = OutgoingMail.objects.get()
    assert (row.subject, row.text, row.calendar, row.secret) == ("", "", "", True)
    with pytest.raises(Refusal, match="secret"):
        resend(row, by=operator, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "secret"), [(EMAIL_CONFIRMATION, False), ("account_exists", True)])
def test_secret_kind_and_only_it_is_queued_as_secret(kind: str, secret: bool) -> None:
    ada = factories.user()
    with pytest.raises(LookupError):
        queue_mail(kind, to=ada, about=ada, at=AT, context=URLS, secret=secret)


@pytest.mark.django_db
def test_resend_begins_anew() -> None:
    ada, operator = factories.user(), factories.user(is_operator=True)
    queue_mail("account_exists", to=ada, about=ada, at=AT, context=URLS)
    row = OutgoingMail.objects.get()
    with pytest.raises(Refusal):
        resend(row, by=operator, at=AT)  # it waits already
    acting(by=None, at=AT)
    OutgoingMail.objects.update(state="sending")
    OutgoingMail.objects.update(state="failed", attempts=8, error="no such host")
    later = AT + timedelta(days=1)
    resend(row, by=operator, at=later)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error, row.queued_at, row.due_at) == ("queued", 0, "", later, later)
    assert Transition.objects.of(row).last().actor == operator


@pytest.mark.django_db
def test_mail_speaks_its_readers_language_and_tells_their_time() -> None:
    paris = factories.user("Marie", language="fr", timezone="Europe/Paris")
    context = {**URLS, "what": "Words", "when": AT, "ip": "192.0.2.1"}
    queue_mail("account_changed", to=paris, about=paris, at=AT, context=context)
    text = OutgoingMail.objects.get().text
    assert "2 mars 2027, 13:00" in text
    assert "CET" in text


@pytest.mark.django_db
def test_role_mail_names_role_and_programme() -> None:
    programme = factories.programme(name={"en": "Springboard", "fr": "Tremplin"})
    grant = factories.grant(factories.user("Grace Hopper"), Role.REVIEWER, programme)
    queue_mail("role_ended", to=grant.person, about=grant, at=AT, once="x")
    row = OutgoingMail.objects.get(kind="role_ended")
    assert row.subject == "Your role ends: Reviewer, Springboard"
    assert row.text.startswith("Hello Grace,\n")
