"""An account's life as its owner sees it: sign-up, confirmation, login, reset, profile; every mail by the outbox."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail as django_mail
from django.test import Client

from portal.clock import now
from portal.models import OutgoingMail, User
from portal.outbox import deliver
from tests import factories
from tests.portal.outbox.test_deliver import together

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SIGN_UP = {
    "name": "Ada Lovelace",
    "email": "Ada@Example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
    "language": "fr",
}


def member(password: str = PASSWORD, **fields: Any) -> User:
    """Make a person with a confirmed address and a password."""
    person = factories.user(password=password, **fields)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def sent_path(pattern: str = r"/account/\S+") -> str:
    """Send what waits, and give the path of the link in the last mail."""
    deliver.drain(now())
    found = re.findall(pattern, str(django_mail.outbox[-1].body))
    return str(found[0])


def log_in(client: Client, person: User, **extra: str) -> Any:
    return client.post("/account/login/", {"login": person.email, "password": PASSWORD} | extra)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_sign_up_confirm_and_be_signed_in(client: Client) -> None:
    response = client.post("/account/signup/", SIGN_UP)
    assert (response.status_code, response["Location"]) == (302, "/account/confirm-email/")
    ada = User.objects.get()
    assert (ada.name, ada.email, ada.language) == ("Ada Lovelace", "ada@example.org", "fr")
    row = OutgoingMail.objects.get()
    assert (row.kind, row.secret, row.language, row.to_email) == (
        "account_email_confirmation_link",
        True,
        "fr",
        ada.email,
    )
    assert not is_signed_in(client)
    path = sent_path()
    assert EmailAddress.objects.get().verified is False
    assert client.get(path).status_code == 200  # a mail scanner's look confirms nothing
    assert EmailAddress.objects.get().verified is False
    client.post(path)
    assert EmailAddress.objects.get().verified is True
    assert is_signed_in(client)


def test_confirmation_by_another_browser_asks_for_the_password_and_signs_nobody_in(client: Client) -> None:
    client.post("/account/signup/", SIGN_UP)
    other, path = Client(), sent_path()
    assert "Give the password that you chose" in other.get(path, headers={"Accept-Language": "en"}).content.decode()
    for wrong in ({}, {"password": ""}, {"password": "a guess"}):
        assert other.post(path, wrong).status_code == 422
    assert EmailAddress.objects.get().verified is False
    assert other.post(path, {"password": PASSWORD}).status_code == 302
    assert EmailAddress.objects.get().verified is True
    assert not is_signed_in(other)


def test_address_that_a_stranger_signed_up_with_is_its_owners_by_a_new_password(client: Client) -> None:
    client.post("/account/signup/", SIGN_UP)
    owner, path, new = Client(), sent_path(), "a staircase of seven winters"
    assert owner.post(path, {"new_password1": new, "new_password2": "another"}).status_code == 422
    assert owner.post(path, {"new_password1": "short", "new_password2": "short"}).status_code == 422
    assert EmailAddress.objects.get().verified is False
    owner.post(path, {"new_password1": new, "new_password2": new})
    ada = User.objects.get()
    assert (EmailAddress.objects.get().verified, ada.check_password(new)) == (True, True)
    client.get(path)
    log_in(client, ada)
    assert not is_signed_in(client)
    owner.post("/account/login/", {"login": ada.email, "password": new})
    assert is_signed_in(owner)


def test_guesses_at_the_password_of_a_sign_up_are_guesses(client: Client) -> None:
    client.post("/account/signup/", SIGN_UP | {"language": "en"})
    path = sent_path()
    texts = [Client().post(path, {"password": f"guess {nth}"}).content.decode() for nth in range(6)]
    assert ["Too many" in text for text in texts] == [False] * 5 + [True]


def test_unconfirmed_address_cannot_sign_in(client: Client) -> None:
    client.post("/account/signup/", SIGN_UP)
    other = Client()
    response = other.post("/account/login/", {"login": SIGN_UP["email"], "password": PASSWORD})
    assert response["Location"] == "/account/confirm-email/"
    assert not is_signed_in(other)


@pytest.mark.django_db(transaction=True)
def test_double_click_on_sign_up_makes_one_account() -> None:
    answers = together(lambda: Client().post("/account/signup/", SIGN_UP).status_code, times=4)
    assert answers == [302] * 4
    assert [(a.user.email, a.email) for a in EmailAddress.objects.select_related("user")] == [("ada@example.org",) * 2]
    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["account_email_confirmation_link"]


def test_second_click_on_sign_up_goes_on_with_the_account_of_the_first(client: Client) -> None:
    answers = [client.post("/account/signup/", SIGN_UP) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == ["/account/confirm-email/"] * 2
    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["account_email_confirmation_link"]
    client.post(sent_path())
    assert is_signed_in(client)


def test_second_click_that_is_first_at_the_limit_sends_the_mail(client: Client) -> None:
    member(email="ada@example.org")
    EmailAddress.objects.update(verified=False)
    client.post("/account/signup/", SIGN_UP)
    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["account_email_confirmation_link"]


def test_who_signs_up_with_an_unconfirmed_address_of_another_password_takes_nothing_over(client: Client) -> None:
    member("somebody else's password", email="ada@example.org")
    EmailAddress.objects.update(verified=False)
    client.post("/account/signup/", SIGN_UP)
    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["account_exists"]


def test_confirmed_link_says_that_it_is_confirmed(client: Client) -> None:
    client.post("/account/signup/", SIGN_UP)
    path, other = sent_path(), Client()
    client.post(path)
    for answer in (other.get(path), other.post(path), client.post(path)):
        assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    page = other.get(path, follow=True)
    assert page.request["PATH_INFO"] == "/account/login/"
    assert "This email address is already confirmed. You can sign in." in page.content.decode()


@pytest.mark.parametrize("key", ["forged", "MQ:1abc:forged", "x" * 500])
def test_link_that_is_none_confirms_nothing(client: Client, key: str) -> None:
    path = f"/account/confirm-email/{key}/"
    assert (client.get(path).status_code, client.post(path).status_code) == (200, 404)


@pytest.mark.parametrize("name", ["Win at https://evil.example", "www.evil.example", " "])
def test_name_that_advertises_or_is_empty_is_refused(client: Client, name: str) -> None:
    response = client.post("/account/signup/", SIGN_UP | {"name": name})
    assert response.status_code == 200
    assert "name" in response.context["form"].errors
    assert not User.objects.exists()


def test_sign_up_with_a_known_address_tells_only_its_owner(client: Client) -> None:
    ada = member(email="ada@example.org", language="en")
    response = client.post("/account/signup/", SIGN_UP)
    assert response["Location"] == "/account/confirm-email/"  # as for a new address
    assert User.objects.count() == 1
    row = OutgoingMail.objects.get()
    assert (row.kind, row.recipient, row.subject) == ("account_exists", ada, "You already have an account")


def test_reset_for_an_unknown_address_answers_alike(client: Client) -> None:
    member(email="ada@example.org")
    answers = [
        client.post("/account/password/reset/", {"email": email}) for email in ("ada@example.org", "no@example.org")
    ]
    assert {(a.status_code, a["Location"]) for a in answers} == {(302, "/account/password/reset/done/")}
    rows = OutgoingMail.objects.order_by("id")
    assert [(m.kind, m.to_email, m.secret) for m in rows] == [
        ("account_password_reset_link", "ada@example.org", True),
        ("account_unknown", "no@example.org", False),
    ]


def test_reset_link_works_once_and_its_owner_is_told(client: Client) -> None:
    ada = member("the old password")
    client.post("/account/password/reset/", {"email": ada.email})
    path = sent_path()
    set_page = client.get(path)["Location"]
    client.post(set_page, {"password1": PASSWORD, "password2": PASSWORD})
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert OutgoingMail.objects.get(kind="account_changed").subject == "Your password was reset"
    again = Client().get(path)
    assert again.status_code == 200
    assert again.context["token_fail"] is True


def test_link_in_a_mail_names_our_site_whatever_host_the_request_named(client: Client, settings: LazySettings) -> None:
    ada = member()
    client.post("/account/password/reset/", {"email": ada.email}, headers={"host": "evil.example"})
    deliver.drain(now())
    assert "evil.example" not in str(django_mail.outbox[0].body)
    assert f"{settings.SITE_URL}/account/password/reset/key/" in str(django_mail.outbox[0].body)


def test_login_and_back_to_where_one_was(client: Client) -> None:
    ada = member()
    page = client.get("/account/profile/")
    assert page["Location"] == "/account/login/?next=/account/profile/"
    response = log_in(client, ada, next="/account/profile/")
    assert response["Location"] == "/account/profile/"
    assert client.get("/account/profile/").status_code == 200


def test_login_leads_to_no_other_site(client: Client) -> None:
    assert log_in(client, member(), next="https://evil.example/")["Location"] != "https://evil.example/"


def test_session_that_ended_asks_for_login_and_comes_back(client: Client) -> None:
    ada = member()
    log_in(client, ada)
    client.session.flush()
    assert client.get("/account/profile/")["Location"] == "/account/login/?next=/account/profile/"
    log_in(client, ada, next="/account/profile/")
    assert is_signed_in(client)


def test_closed_account_cannot_sign_in(client: Client) -> None:
    ada = member(is_active=False)
    log_in(client, ada)
    assert not is_signed_in(client)


def test_new_address_is_confirmed_before_it_replaces_the_old(client: Client) -> None:
    ada = member(email="old@example.org")
    log_in(client, ada)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"action_add": "", "email": "new@example.org"})
    row = OutgoingMail.objects.get(secret=True)
    assert (row.to_email, row.recipient) == ("new@example.org", ada)
    ada.refresh_from_db()
    assert ada.email == "old@example.org"
    client.post(sent_path())
    ada.refresh_from_db()
    assert ada.email == "new@example.org"
    told = OutgoingMail.objects.get(kind="account_changed")
    assert (told.to_email, told.subject) == ("old@example.org", "Your email address was changed")


def test_new_address_of_a_stranger_is_confirmed_by_no_other_browser(client: Client) -> None:
    thief = member(email="thief@example.org")
    log_in(client, thief)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"action_add": "", "email": "ada@example.org"})
    path, ada, new = sent_path(), Client(), "a staircase of seven winters"
    assert "asks for ada@example.org" in ada.get(path).content.decode()
    for tried in ({}, {"password": "a guess"}, {"new_password1": new, "new_password2": new}):
        assert ada.post(path, tried).status_code == 422
    thief.refresh_from_db()
    assert (thief.email, thief.check_password(PASSWORD)) == ("thief@example.org", True)
    ada.post(path, {"password": PASSWORD})
    thief.refresh_from_db()
    assert thief.email == "ada@example.org"


def test_profile_is_kept(client: Client) -> None:
    ada = member()
    client.force_login(ada)
    response = client.post("/account/profile/", {"name": " Ada  King ", "language": "fr", "timezone": "Europe/Paris"})
    assert response["Location"] == "/account/profile/"
    ada.refresh_from_db()
    assert (ada.name, ada.language, ada.timezone) == ("Ada King", "fr", "Europe/Paris")


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "x" * 121}, {"language": "xx"}, {"timezone": "Moon/Sea"}])
def test_profile_refuses_what_is_wrong(client: Client, wrong: dict[str, str]) -> None:
    ada = member()
    client.force_login(ada)
    response = client.post("/account/profile/", {"name": "Ada", "language": "fr", "timezone": "UTC"} | wrong)
    assert list(response.context["form"].errors) == list(wrong)
    before = ada.name
    ada.refresh_from_db()
    assert ada.name == before


def test_language_is_chosen_with_and_without_account(client: Client) -> None:
    response = client.post("/language/", {"language": "fr", "next": "/account/login/"})
    assert response["Location"] == "/account/login/"
    assert client.get("/account/login/")["Content-Language"] == "fr"
    ada = member(language="en")
    client.force_login(ada)
    assert client.get("/account/profile/")["Content-Language"] == "en"  # the person's choice is before the browser's
    client.post("/language/", {"language": "fr"})
    ada.refresh_from_db()
    assert ada.language == "fr"


@pytest.mark.parametrize("language", ["", "xx", "../../etc"])
def test_unknown_language_changes_nothing(client: Client, language: str) -> None:
    response = client.post("/language/", {"language": language, "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert not response.cookies


def test_language_is_changed_by_post_alone(client: Client, settings: LazySettings) -> None:
    looked = client.get("/language/?language=fr", {"language": "fr"})
    assert (looked.status_code, looked["Location"]) == (302, "/")
    assert settings.LANGUAGE_COOKIE_NAME not in looked.cookies
