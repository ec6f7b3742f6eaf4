"""Who works in the admin opens nothing without a second factor given in that very session."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from portal.accounts import actions, second_factor
from portal.models import OutgoingMail, Role, SecondFactorReset, User
from portal.refusals import Refusal
from tests import factories
from tests.factories import AT
from tests.portal.accounts.second_factors import code_of, set_up
from tests.portal.accounts.test_accounts import PASSWORD, is_signed_in, log_in, member

pytestmark = pytest.mark.django_db
# allauth reports what was set up once it is committed.
COMMITS = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_exemption(settings: LazySettings) -> None:
    settings.DEMO_WITHOUT_SECOND_FACTOR = False
    settings.MFA_TOTP_TOLERANCE = 1  # a code made in one half minute may be given in the next


def manager() -> User:
    person = member()
    factories.grant(person, Role.MANAGER, factories.programme())
    return person


def goes_to(client: Client, path: str = "/admin/") -> Any:
    response = client.get(path)
    return response["Location"] if response.status_code == 302 else response.status_code


# --- The way in -----------------------------------------------------------------------------------------


def test_admins_own_login_is_the_portals() -> None:
    assert goes_to(Client(), "/admin/") == "/account/login/?next=/admin/"
    assert goes_to(Client(), "/admin/login/?next=/admin/portal/") == "/account/login/?next=/admin/portal/"
    assert goes_to(Client(), "/admin/login/?next=https://evil.example/") == "/account/login/?next=/admin/"


def test_password_alone_cannot_be_posted_to_the_admins_login() -> None:
    ada, client = manager(), Client()
    client.post("/admin/login/", {"username": ada.email, "password": PASSWORD})
    assert not is_signed_in(client)


@pytest.mark.parametrize("role", Role.desk())
def test_desk_roles_set_a_factor_up_before_anything_else(role: str) -> None:
    ada, client = member(), Client()
    factories.grant(ada, role, factories.programme())
    log_in(client, ada)
    for path in ("/admin/", "/admin/login/", "/admin/portal/rolegrant/", "/dashboard/", "/"):
        assert goes_to(client, path) == "/account/2fa/", path
    assert goes_to(client, "/account/2fa/") == 200


@COMMITS
def test_factor_set_up_opens_the_admin_and_its_owner_is_told() -> None:
    ada, client = manager(), Client()
    log_in(client, ada)
    assert goes_to(client) == "/account/2fa/"
    set_up(client)
    assert goes_to(client) == 200
    secret = Authenticator.objects.get(type="totp").data["secret"]
    assert len(secret) > 60  # an envelope, not the 32 letters of a secret
    subjects = set(OutgoingMail.objects.filter(kind="account_changed").values_list("subject", flat=True))
    assert subjects == {"An authenticator app was set up"}


def test_operator_needs_a_factor_and_others_do_not() -> None:
    assert second_factor.is_needed(member(is_operator=True))
    assert not second_factor.is_needed(member())
    reviewer = member()
    factories.grant(reviewer, Role.REVIEWER, factories.programme())
    assert not second_factor.is_needed(reviewer)


def test_demo_exempts_its_accounts(settings: LazySettings) -> None:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    client = Client()
    client.force_login(manager())
    assert goes_to(client) == 200


def test_login_with_a_factor_asks_for_it_and_goes_on_to_the_admin() -> None:
    ada, first, client = manager(), Client(), Client()
    log_in(first, ada)
    set_up(first)
    response = log_in(client, ada, next="/admin/")
    assert response["Location"].startswith("/account/2fa/authenticate/")
    assert not is_signed_in(client)
    response = client.post("/account/2fa/authenticate/", {"code": code_of(ada)})
    assert response["Location"] == "/admin/"
    assert goes_to(client) == 200


def test_stranger_learns_nothing_of_the_admin() -> None:
    client = Client()
    client.force_login(member())
    for path in ("/admin/", "/admin/login/", "/admin/portal/user/", "/admin/nothing/here/", "/admin/jsi18n/"):
        assert goes_to(client, path) == 404, path


# --- Sessions that were begun before ----------------------------------------------------------------------


@COMMITS
def test_session_begun_before_the_factor_is_ended() -> None:
    ada, old, new = manager(), Client(), Client()
    log_in(old, ada)
    log_in(new, ada)
    set_up(new)
    assert goes_to(new) == 200
    assert goes_to(old) == "/account/login/?next=/admin/"
    log_in(old, ada)
    old.post("/account/2fa/authenticate/", {"code": code_of(ada)})
    assert goes_to(old) == 200


def test_old_session_cannot_make_up_for_it_by_password_nor_by_a_factor_of_its_own() -> None:
    ada, old, new = manager(), Client(), Client()
    log_in(old, ada)
    log_in(new, ada)
    set_up(new)
    response = old.post("/account/reauthenticate/", {"password": PASSWORD})
    assert response["Location"] == "/account/2fa/reauthenticate/"
    assert goes_to(old, "/account/2fa/webauthn/add/").startswith("/account/2fa/reauthenticate/")
    assert goes_to(old, "/account/2fa/totp/deactivate/").startswith("/account/2fa/reauthenticate/")
    assert goes_to(old) == "/account/2fa/reauthenticate/?next=%2Fadmin%2F"


def test_taken_away_factor_closes_the_admin_again() -> None:
    ada, client = manager(), Client()
    log_in(client, ada)
    set_up(client)
    Authenticator.objects.all().delete()
    assert goes_to(client) == "/account/2fa/"


def test_recovery_codes_alone_are_no_second_factor() -> None:
    ada, client = manager(), Client()
    log_in(client, ada)
    set_up(client)
    Authenticator.objects.exclude(type="recovery_codes").delete()
    assert not second_factor.is_set_up(ada)
    assert goes_to(client) == "/account/2fa/"


def test_role_received_meanwhile_needs_the_factor_at_the_next_click() -> None:
    ada, client = member(), Client()
    log_in(client, ada)
    assert goes_to(client, "/account/profile/") == 200
    factories.grant(ada, Role.FINANCE_APPROVER, factories.programme())
    assert goes_to(client, "/") == "/account/2fa/"


# --- The first operator -------------------------------------------------------------------------------------


def operator_link(email: str = "root@example.org") -> str:
    out = StringIO()
    call_command("create_operator", email, "--name", "Root", stdout=out)
    return "/account/setup/" + out.getvalue().split("/account/setup/")[1].strip()


@COMMITS
def test_first_operator_sets_password_and_factor_by_the_link() -> None:
    path, client = operator_link(), Client()
    assert goes_to(client, path) == 200
    response = client.post(path, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert response["Location"] == "/account/2fa/totp/activate/"
    assert goes_to(client, "/admin/") == "/account/2fa/"
    assert goes_to(client, "/account/2fa/totp/activate/") == 200
    set_up(client)
    assert goes_to(client) == 200


def test_link_works_once() -> None:
    path = operator_link()
    Client().post(path, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert goes_to(Client(), path) == 410


def test_link_of_the_wrong_hands_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    path = operator_link()
    assert goes_to(Client(), path[:-3] + "x/") == 410
    monkeypatch.setattr("portal.accounts.first_operator.HOURS", 0)
    assert goes_to(Client(), path) == 410


def test_link_dies_with_the_role() -> None:
    path = operator_link()
    User.objects.update(is_operator=False)
    assert goes_to(Client(), path) == 410


def test_link_refuses_a_weak_password() -> None:
    path = operator_link()
    response = Client().post(path, {"new_password1": "12345", "new_password2": "12345"})
    assert "new_password2" in response.context["form"].errors
    assert goes_to(Client(), path) == 200


def test_link_for_who_has_a_factor_asks_for_it() -> None:
    path, first = operator_link(), Client()
    first.post(path, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    set_up(first)
    client = Client()
    response = client.post(operator_link(), {"new_password1": PASSWORD * 2, "new_password2": PASSWORD * 2})
    assert response["Location"].startswith("/account/2fa/authenticate/")
    assert not is_signed_in(client)


def test_link_opened_in_anothers_session_ends_it() -> None:
    client = Client()
    log_in(client, member())
    client.post(operator_link(), {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert client.session["_auth_user_id"] == str(User.objects.get(email="root@example.org").pk)


def test_known_person_is_made_an_operator_and_keeps_the_rest() -> None:
    ada = member(email="ada@example.org")
    operator_link("Ada@example.org")
    assert User.objects.get() == ada
    ada.refresh_from_db()
    assert (ada.is_operator, ada.check_password(PASSWORD)) == (True, True)


def test_operator_without_an_address_is_refused() -> None:
    with pytest.raises(CommandError, match="no email address"):
        call_command("create_operator", "ada")


# --- A lost factor ------------------------------------------------------------------------------------------


def lost() -> tuple[User, User, User]:
    """Give a person with a second factor and two operators."""
    ada = member()
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "x"})
    return ada, member(is_operator=True), member(is_operator=True)


def test_lost_factor_is_taken_away_by_two_and_its_owner_is_told() -> None:
    ada, one, two = lost()
    reset = actions.ask_second_factor_reset(ada, reason="Seen on video", by=one, at=AT)
    assert second_factor.is_set_up(ada)
    actions.confirm_second_factor_reset(reset, by=two, at=AT)
    assert not Authenticator.objects.filter(user=ada).exists()
    row = OutgoingMail.objects.get()
    assert (row.recipient, row.kind) == (ada, "second_factor_reset")
    assert str(one) in row.text
    assert str(two) in row.text


def test_reset_is_confirmed_by_somebody_else() -> None:
    ada, one, two = lost()
    reset = actions.ask_second_factor_reset(ada, reason="Seen on video", by=one, at=AT)
    for by in (one, ada, member()):
        with pytest.raises(Refusal):
            actions.confirm_second_factor_reset(reset, by=by, at=AT)
    assert second_factor.is_set_up(ada)
    actions.confirm_second_factor_reset(reset, by=two, at=AT)
    with pytest.raises(Refusal, match="done already"):
        actions.confirm_second_factor_reset(reset, by=two, at=AT)


def test_reset_is_asked_once_by_who_may_vouch_for_somebody_with_a_factor() -> None:
    ada, one, two = lost()
    for by in (ada, member()):
        with pytest.raises(Refusal):
            actions.ask_second_factor_reset(ada, reason="me", by=by, at=AT)
    with pytest.raises(Refusal, match="has no second factor"):
        actions.ask_second_factor_reset(two, reason="you", by=one, at=AT)
    actions.ask_second_factor_reset(ada, reason="Seen", by=one, at=AT)
    with pytest.raises(Refusal, match="already"):
        actions.ask_second_factor_reset(ada, reason="Seen", by=two, at=AT)
    assert SecondFactorReset.objects.count() == 1


@pytest.mark.parametrize("how", ["no operator any more", "account", "time"])
def test_reset_is_not_confirmed_once_who_asked_may_no_longer_or_it_is_old(how: str) -> None:
    ada, one, two = lost()
    actions.ask_second_factor_reset(ada, reason="Seen on video", by=one, at=AT)
    at = factories.takes_leave(one, how, AT)
    if how == "no operator any more":
        User.objects.filter(pk=one.pk).update(is_operator=False)
    with pytest.raises(Refusal, match="Ask for it again"):
        actions.confirm_second_factor_reset(SecondFactorReset.objects.get(), by=two, at=at)
    assert second_factor.is_set_up(ada)
    anew = actions.ask_second_factor_reset(ada, reason="Seen on video", by=two, at=at)
    actions.confirm_second_factor_reset(anew, by=member(is_operator=True), at=at)
    assert not second_factor.is_set_up(ada)


def test_managers_vouch_for_the_people_of_their_programme_alone() -> None:
    ada, operator, _two = lost()
    programme = factories.programme()
    inside, outside = factories.holder(Role.MANAGER, programme), factories.holder(Role.MANAGER, factories.programme())
    factories.grant(ada, Role.FINANCE_PREPARER, programme)
    Authenticator.objects.create(user=operator, type="totp", data={"secret": "x"})
    factories.grant(operator, Role.REVIEWER, programme)
    with pytest.raises(Refusal):
        actions.ask_second_factor_reset(ada, reason="Seen", by=outside, at=AT)
    with pytest.raises(Refusal):
        actions.ask_second_factor_reset(operator, reason="Seen", by=inside, at=AT)
    assert actions.ask_second_factor_reset(ada, reason="Seen", by=inside, at=AT).asked_by == inside
