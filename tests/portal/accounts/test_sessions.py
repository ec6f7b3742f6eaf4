"""Sessions end by themselves, are listed and ended by their owner, and end elsewhere when a factor or a password changes."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal import settings as ours
from portal.accounts import actions, sessions
from portal.clock import now
from portal.models import AccountEvent, OutgoingMail, Role, Session, User
from tests import factories
from tests.applications.pages import signed_out
from tests.portal.accounts import second_factors
from tests.portal.accounts.test_accounts import PASSWORD, is_signed_in, log_in, member, sent_path

pytestmark = pytest.mark.django_db
COMMITS = pytest.mark.django_db(transaction=True)
PAGE = "/account/profile/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"


def browser(person: User, agent: str = FIREFOX, **extra: Any) -> Client:
    client = Client(headers={"User-Agent": agent}, **extra)
    log_in(client, person)
    return client


def prove(client: Client) -> None:
    """Give the password once more, as one does before what is sensitive."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def aged(**ago: float) -> None:
    """Let every session be as old as this, and seen last when it began."""
    for row in Session.objects.all():
        data = row.get_decoded()
        data["signed_in"]["at"] -= timedelta(**ago).total_seconds()
        text = Session.get_session_store_class()().encode(data)
        at = timezone.now() - timedelta(**ago)
        Session.objects.filter(pk=row.pk).update(session_data=text, seen_at=at, started_at=at)


def unseen(**ago: float) -> None:
    """Let nobody have been here for so long."""
    for row in Session.objects.all():
        gone = timedelta(**ago)
        Session.objects.filter(pk=row.pk).update(seen_at=row.seen_at - gone, expire_date=row.expire_date - gone)


def test_session_has_a_new_id_after_the_login() -> None:
    ada, client = member(), Client()
    client.post("/language/", {"language": "fr"})
    client.get("/account/login/")
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    before = session.session_key
    log_in(client, ada)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_row_tells_whose_it_is_from_where_and_since_when() -> None:
    ada = member()
    browser(ada, REMOTE_ADDR="192.0.2.9")
    row = Session.objects.get(person=ada)
    assert (row.network, row.device) == ("192.0.2.9", FIREFOX)
    assert row.started_at is not None
    assert timezone.now() - row.started_at < timedelta(minutes=1)
    assert row.expire_date - row.seen_at <= timedelta(seconds=ours.SESSION[0])


def test_session_ends_after_a_while_without_a_visit(settings: LazySettings) -> None:
    settings.SESSION = (3600, 10 * 3600)
    client = browser(member())
    unseen(minutes=59)
    assert is_in(client)
    unseen(minutes=61)
    assert not is_in(client)


def test_visits_keep_it_until_its_longest_time(settings: LazySettings) -> None:
    settings.SESSION = (3600, 10 * 3600)
    client = browser(member())
    aged(hours=9.5)
    assert is_in(client)
    assert Session.objects.get().expire_date < timezone.now() + timedelta(minutes=31)
    aged(hours=1)
    is_in(client)  # seen after its longest time, at the latest now its end stands in the row
    assert not is_in(client)


def test_who_works_at_desks_is_signed_out_sooner(settings: LazySettings) -> None:
    settings.SESSION, settings.STAFF_SESSION = (72 * 3600, 720 * 3600), (3600, 24 * 3600)
    manager = factories.holder(Role.MANAGER, factories.programme())
    client = Client()
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert Session.objects.get().expire_date < timezone.now() + timedelta(minutes=61)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FINANCE_PREPARER, Role.AUDITOR])
@pytest.mark.parametrize("begins_in", [0, 30])
def test_session_that_was_begun_before_a_role_at_the_desks_ends_with_it(role: str, begins_in: int) -> None:
    ada, programme = member(), factories.programme()
    client = browser(ada)
    by, day = factories.user(is_operator=True), now().date() + timedelta(days=begins_in)
    actions.grant_role(ada, role=Role.REVIEWER, scope=programme, starts_on=day, by=by, at=now())
    assert is_in(client)
    actions.grant_role(ada, role=role, scope=programme, starts_on=day, by=by, at=now())
    assert not is_in(client)
    log_in(client, ada)
    [kept] = Session.objects.of(ada)
    assert kept.expire_date <= timezone.now() + timedelta(seconds=ours.STAFF_SESSION[0])
    actions.grant_role(ada, role=role, scope=factories.programme(), starts_on=day, by=by, at=now())
    assert Session.objects.of(ada).get() == kept


def test_being_seen_is_written_every_few_minutes_alone() -> None:
    client = browser(member())
    is_in(client)
    with CaptureQueriesContext(connection) as soon:
        is_in(client)
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=6))
    with CaptureQueriesContext(connection) as later:
        is_in(client)
    written = [query["sql"] for query in later if query["sql"].startswith("UPDATE")]
    assert [query["sql"] for query in soon if query["sql"].startswith("UPDATE")] == []
    assert (len(written), "portal_session" in written[0], len(later) - len(soon)) == (1, True, 1)
    assert "session_data" not in written[0]


# --- Nobody's ---------------------------------------------------------------------------------------


def lives_for(row: Session) -> float:
    """Give the hours for which a session lives from now on."""
    return (row.expire_date - timezone.now()) / timedelta(hours=1)


def test_session_of_who_has_signed_out_lives_for_an_hour() -> None:
    client = browser(member())
    client.post("/account/logout/")
    row = Session.objects.get()
    assert (row.person_id, 0.9 < lives_for(row) <= 1) == (None, True)
    assert client.cookies["sessionid"]["max-age"] == 3600
    assert "You have signed out." in client.get("/account/login/").content.decode()


def test_session_of_nobody_lives_as_long_as_its_setting_says(settings: LazySettings) -> None:
    settings.VISITOR_SESSION = (2 * 3600, 24 * 3600)
    browser(member()).post("/account/logout/")
    assert 1.9 < lives_for(Session.objects.get()) <= 2


def test_session_of_a_kept_form_lives_for_a_day_whatever_is_said_in_it_later() -> None:
    client = signed_out(member())
    client.post(reverse("startup_new"), {"name": "Loomwork"})
    client.post("/account/password/reset/", {"email": "ada@example.org"})
    session = client.session
    session["more"] = 1
    session.save()
    assert 23 < lives_for(Session.objects.get()) <= 24


def test_login_that_waits_for_its_second_factor_is_no_long_session() -> None:
    ada = member()
    second_factors.set_up(browser(ada))
    Session.objects.all().delete()
    browser(ada, SAFARI)
    row = Session.objects.get()
    assert (row.person_id, lives_for(row) <= 24) == (None, True)


def test_login_by_whatever_way_forgets_for_how_long_a_form_was_kept() -> None:
    client = signed_out(member())
    client.post(reverse("startup_new"), {"name": "Loomwork"})
    client.force_login(member(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.session.get_expiry_age() == ours.SESSION[1]
    assert lives_for(Session.objects.get()) > 24


def asks_a_passkey(client: Client) -> int:
    return client.get(reverse("mfa_login_webauthn"), headers={"X-Requested-With": "XMLHttpRequest"}).status_code


def test_network_begins_so_many_sessions_of_nobody_an_hour(settings: LazySettings) -> None:
    settings.VISITORS_PER_NETWORK = 3
    ada, known = member(), Client()
    log_in(known, ada)
    known.post("/account/logout/")
    del known.cookies["sessionid"]
    Session.objects.all().delete()
    assert [asks_a_passkey(Client()) for _ in range(5)] == [200] * 3 + [429] * 2
    for _ in range(5):  # a word for the next page is a session, too
        Client().post("/account/password/reset/", {"email": ada.email})
        Client().get(f"/account/confirm-email/{EmailConfirmationHMAC(EmailAddress.objects.get()).key}/")
    assert Session.objects.count() == 3
    assert [asks_a_passkey(each) for each in (known, known, Client(REMOTE_ADDR="192.0.2.7"))] == [200] * 3


def test_login_that_waits_for_its_second_factor_is_kept_whatever_strangers_begin(settings: LazySettings) -> None:
    settings.VISITORS_PER_NETWORK = 1
    ada, later = member(), Client()
    second_factors.set_up(browser(ada))
    assert [asks_a_passkey(Client()) for _ in range(2)] == [200, 429]
    log_in(later, ada)
    later.post(reverse("mfa_authenticate"), {"code": second_factors.code_of(ada)})
    assert is_in(later)


# --- The list ---------------------------------------------------------------------------------------


def test_owner_sees_where_they_are_signed_in_and_nobody_else_does() -> None:
    ada = member()
    client = browser(ada)
    browser(ada, SAFARI, REMOTE_ADDR="192.0.2.9")
    browser(member(), REMOTE_ADDR="203.0.113.5")
    text = client.get(reverse("account_sessions")).content.decode()
    assert text.index("Firefox on Linux") < text.index("Safari on iPhone")
    assert "192.0.2.9" in text
    assert "203.0.113.5" not in text
    assert not any(key in text for key in Session.objects.values_list("session_key", flat=True))


def test_owner_ends_one() -> None:
    ada = member()
    client, phone, tablet = browser(ada), browser(ada, SAFARI), browser(ada, SAFARI)
    [handle] = Session.objects.filter(session_key=phone.session.session_key).values_list("handle", flat=True)
    asked = client.post(reverse("account_session_end", args=[handle]))
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert is_in(phone)
    client.post(asked["Location"], {"password": PASSWORD})
    assert [is_in(each) for each in (client, phone, tablet)] == [True, False, True]
    answer = client.post(reverse("account_session_end", args=[handle]), follow=True)
    assert "This is done already." in answer.content.decode()


def kept_of(client: Client) -> str:
    """Give all that stands in the session of a browser."""
    return str(dict(client.session.items()))


def test_what_waits_for_a_proof_is_kept_without_cookies_and_passwords() -> None:
    client = browser(member())
    client.cookies["other"] = "of-another-page"
    typed = {"email": "new@example.org", "action_add": "", "password": "typed by mistake"}
    asked = client.post(reverse("account_email"), typed)
    assert "new%40example.org" in kept_of(client)
    assert [words in kept_of(client) for words in ("of-another-page", client.cookies["device"].value, "typed")] == [
        False
    ] * 3
    client.post(asked["Location"], {"password": PASSWORD})
    assert "new%40example.org" not in kept_of(client)
    assert OutgoingMail.objects.filter(to_email="new@example.org").exists()


def test_much_that_waits_for_a_proof_is_not_kept_at_all() -> None:
    client = browser(member())
    asked = client.post(reverse("account_sessions_end_others"), {"x": secrets.token_hex(150_000)})
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert len(Session.objects.get().session_data) < 4_000
    client.post(asked["Location"], {"password": PASSWORD})
    assert is_in(client)


def test_of_who_is_not_signed_in_nothing_waits_for_a_proof() -> None:
    asked = Client().post(reverse("mfa_add_webauthn"), {"name": "y" * 3_000})
    assert asked["Location"].startswith("/account/login/?next=")
    assert not Session.objects.exists()


def test_browser_that_its_owner_ends_is_a_stranger_and_the_owners_own_is_none() -> None:
    ada = member()
    client, thief = browser(ada), Client(headers={"User-Agent": SAFARI})
    thief.cookies["device"] = client.cookies["device"].value
    log_in(thief, ada)
    assert not OutgoingMail.objects.exists()
    [handle] = Session.objects.filter(device=SAFARI).values_list("handle", flat=True)
    prove(client)
    client.post(reverse("account_session_end", args=[handle]))
    client.post("/account/logout/")
    log_in(client, ada)
    assert not OutgoingMail.objects.exists()
    log_in(thief, ada)
    assert OutgoingMail.objects.get().kind == "account_new_device"


def test_nobody_ends_what_is_another_persons() -> None:
    ada, bob = member(), member()
    client, other = browser(ada), browser(bob)
    [handle] = Session.objects.filter(person=ada).values_list("handle", flat=True)
    prove(other)
    other.post(reverse("account_session_end", args=[handle]))
    assert is_in(client)


def test_owner_ends_all_others_and_their_devices_are_strangers_again() -> None:
    ada = member()
    client, phone = browser(ada), browser(ada, SAFARI)
    prove(client)
    client.post(reverse("account_sessions_end_others"))
    assert [is_in(each) for each in (client, phone)] == [True, False]
    before = OutgoingMail.objects.count()
    client.post("/account/logout/")
    log_in(client, ada)
    assert OutgoingMail.objects.count() == before
    log_in(phone, ada)
    assert [mail.kind for mail in OutgoingMail.objects.order_by("pk")[before:]] == ["account_new_device"]


# --- What ends them elsewhere -----------------------------------------------------------------------


def test_new_password_ends_the_others() -> None:
    ada = member()
    client, phone = browser(ada), browser(ada, SAFARI)
    new = "a staircase of seven winters"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert [is_in(each) for each in (client, phone)] == [True, False]
    assert Session.objects.filter(person=ada).count() == 1
    assert AccountEvent.objects.filter(kind="password", person=ada).count() == 1


def test_password_by_the_mailed_link_ends_all() -> None:
    ada = member()
    phone = browser(ada, SAFARI)
    visitor = Client()
    visitor.post("/account/password/reset/", {"email": ada.email})
    new = "a staircase of seven winters"
    visitor.post(visitor.get(sent_path())["Location"], {"password1": new, "password2": new})
    assert not is_in(phone)
    assert not Session.objects.filter(person=ada).exists()


@COMMITS
def test_new_factor_ends_the_others_and_so_does_one_removed() -> None:
    ada = member()
    client, phone = browser(ada), browser(ada, SAFARI)
    second_factors.set_up(client)
    assert [is_in(each) for each in (client, phone)] == [True, False]
    log_in(phone, ada)
    phone.post(reverse("mfa_authenticate"), {"code": second_factors.code_of(ada)})
    assert is_in(phone)
    client.post("/account/2fa/reauthenticate/", {"code": second_factors.code_of(ada)})
    client.post("/account/2fa/totp/deactivate/")
    assert [is_in(each) for each in (client, phone)] == [True, False]
    told = OutgoingMail.objects.filter(kind="account_changed").values_list("subject", flat=True)
    assert {"An authenticator app was set up", "The authenticator app was removed"} <= set(told)
    kinds = set(AccountEvent.objects.filter(person=ada).values_list("kind", flat=True))
    assert {"factor_added", "factor_removed"} <= kinds


def test_factor_taken_away_by_two_colleagues_ends_all() -> None:
    ada = member()
    phone = browser(ada, SAFARI)
    second_factors.set_up(phone)
    one, two = factories.user(is_operator=True), factories.user(is_operator=True)
    reset = actions.ask_second_factor_reset(ada, reason="By voice", by=one, at=now())
    actions.confirm_second_factor_reset(reset, by=two, at=now())
    assert not is_in(phone)


def test_closed_account_is_signed_out() -> None:
    ada = member()
    phone = browser(ada)
    actions.close_account(ada, by=factories.user(is_operator=True), at=now())
    assert not is_in(phone)
    assert not Session.objects.filter(person=ada).exists()


# --- Devices ----------------------------------------------------------------------------------------


def test_login_from_a_new_device_is_told_but_for_the_first() -> None:
    ada = member()
    client = browser(ada)
    assert not OutgoingMail.objects.exists()
    client.post("/account/logout/")
    log_in(client, ada)
    assert not OutgoingMail.objects.exists()
    browser(ada, SAFARI, REMOTE_ADDR="192.0.2.9")
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.recipient) == ("account_new_device", ada)
    assert "Safari on iPhone" in mail.text
    assert "192.0.2.9" in mail.text


@pytest.mark.parametrize("cookie", ["", "forged", "e30:1abc:forged"])
def test_forged_device_is_no_known_one(cookie: str) -> None:
    ada = member()
    browser(ada)
    client = Client()
    client.cookies["device"] = cookie
    log_in(client, ada)
    assert is_signed_in(client)
    assert OutgoingMail.objects.get().kind == "account_new_device"


@pytest.mark.parametrize(
    ("agent", "name"),
    [(FIREFOX, "Firefox on Linux"), (SAFARI, "Safari on iPhone"), ("curl/8", "Unknown device"), ("", "Unknown device")],
)
def test_device_has_a_name(agent: str, name: str) -> None:
    assert sessions.device_name(agent) == name


def test_sign_in_events_name_the_browser_as_people_do() -> None:
    event = AccountEvent.objects.create(person=member(), kind="signed_in", device=FIREFOX, at=now())
    client = Client()
    client.force_login(factories.user(is_operator=True), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("admin:portal_accountevent_changelist")).content.decode()
    assert ("Firefox on Linux" in page, ">Signed in<" in page, "Mozilla/5.0" in page) == (True, True, False)
    assert FIREFOX in client.get(reverse("admin:portal_accountevent_change", args=[event.pk])).content.decode()
