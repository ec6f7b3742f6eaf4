"""What was written when a session had ended survives the login: whole forms and what is saved as one writes."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, Startup
from portal import kept
from tests import factories as f
from tests.applications import pages
from tests.applications.pages import form_on, name_of, sign_in_by_page, signed_in, text, with_password

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
present = pages.present

SIGNED_OUT = "You were signed out meanwhile. What you wrote is kept: sign in, and it is there again."


class Writer:
    """Somebody before a draft whose session has ended."""

    def __init__(self) -> None:
        self.draft: Application = f.draft()
        self.person = with_password(f.founder_of(self.draft.startup))
        self.product, self.site = name_of(self.draft, "product"), name_of(self.draft, "site")
        self.edit = reverse("application_edit", args=[self.draft.pk])
        self.save = reverse("application_save", args=[self.draft.pk])
        self.fields = form_on(signed_in(self.person).get(self.edit))
        self.client = Client()

    def says(self) -> dict[str, Any]:
        return dict(self.draft.answers.values_list("question__key", "value"))


def test_whole_form_stands_in_the_page_again_after_the_login() -> None:
    writer = Writer()
    sent = {**writer.fields, writer.product: f"An hour of words {pages.SCRIPT}", "fact-developers": "7"}
    gone = writer.client.post(writer.edit, {**sent, "action": "submit"})
    assert gone["Location"] == f"{reverse('account_login')}?next={writer.edit}"
    assert SIGNED_OUT in text(writer.client.get(gone["Location"]))
    response = sign_in_by_page(writer.client, writer.person, gone["Location"])
    page = text(response)
    assert response.redirect_chain[-1][0] == writer.edit
    assert "An hour of words &lt;script&gt;" in page
    assert 'data-autosave-state="unsaved"' in page
    assert "Your words are here again" in page
    assert writer.says() == {"product": "A fine product"}  # nothing is done in anybody's name
    # Until it is saved it is there again and again; then it is forgotten.
    assert "An hour of words" in text(writer.client.get(writer.edit))
    fields = form_on(writer.client.get(writer.edit))
    writer.client.post(writer.edit, {**fields, "action": "save"})
    assert writer.says() == {"product": f"An hour of words {pages.SCRIPT}"}
    assert writer.draft.facts.get(fact="developers").value == 7
    assert "Your words are here again" not in text(writer.client.get(writer.edit))


def test_what_is_saved_as_one_writes_leads_the_page_to_the_login_and_back() -> None:
    writer = Writer()
    sent = {**writer.fields, writer.product: "A paragraph"}
    gone = writer.client.post(writer.save, sent, headers={"HX-Request": "true"})
    assert (gone.status_code, gone["HX-Redirect"]) == (204, f"{reverse('account_login')}?next={writer.save}")
    response = sign_in_by_page(writer.client, writer.person, gone["HX-Redirect"])
    assert response.redirect_chain[-1][0] == writer.edit
    assert "A paragraph" in text(response)
    saved = writer.client.post(writer.save, form_on(response), headers={"HX-Request": "true"})
    assert (saved.status_code, writer.says()["product"]) == (200, "A paragraph")
    assert "Your words are here again" not in text(writer.client.get(writer.edit))


def test_later_words_are_kept_and_it_is_said_once() -> None:
    writer = Writer()
    for words in ("One", "One two"):
        gone = writer.client.post(writer.save, {**writer.fields, writer.product: words})
    assert text(writer.client.get(gone["Location"])).count(SIGNED_OUT) == 1
    assert "One two" in text(sign_in_by_page(writer.client, writer.person, gone["Location"]))


def test_kept_words_do_not_overwrite_what_somebody_else_wrote_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    gone = writer.client.post(writer.edit, {**writer.fields, writer.product: "Mine"})
    other = signed_in(pages.member(writer.draft.startup, "editor"))
    other.post(writer.save, {**writer.fields, writer.product: "Theirs", writer.site: "https://theirs.example"})
    response = sign_in_by_page(writer.client, writer.person, gone["Location"])
    refused = writer.client.post(writer.edit, {**form_on(response), "action": "save"})
    assert (refused.status_code, "Theirs" in text(refused), "Mine" in text(refused)) == (422, True, True)
    assert writer.says() == {"product": "Theirs", "site": "https://theirs.example"}


def test_another_person_on_the_same_browser_sees_nothing_of_it() -> None:
    writer, other = Writer(), with_password(f.user())
    gone = writer.client.post(writer.edit, {**writer.fields, writer.product: "Secret words"})
    response = sign_in_by_page(writer.client, other, gone["Location"])
    assert (response.status_code, "Secret words" in text(response)) == (404, False)


def test_form_of_any_page_survives() -> None:
    person, client = with_password(f.user()), Client()
    gone = client.post(reverse("startup_new"), {"name": "Lumen Care", "country": "US", "description": pages.SCRIPT})
    page = text(sign_in_by_page(client, person, gone["Location"]))
    assert 'value="Lumen Care"' in page
    assert pages.SCRIPT not in page
    assert not Startup.objects.exists()
    assert "Lumen Care" not in text(client.get(reverse("startup_new")))


def test_invitation_half_written_stands_in_its_own_form() -> None:
    startup = f.startup(name="Lumen Care")
    person, client = with_password(f.founder_of(startup)), Client()
    gone = client.post(reverse("startup_invite", args=[startup.pk]), {"email": "ben@example.org", "role": "viewer"})
    response = sign_in_by_page(client, person, gone["Location"])
    assert response.redirect_chain[-1][0] == reverse("startup", args=[startup.pk])
    assert 'value="ben@example.org"' in text(response)
    assert 'value="Lumen Care"' in text(response)


def test_signature_survives_and_passwords_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pages.set_clock(monkeypatch, f.DECIDED)
    made = f.participation(signed=False).offer
    person, client = with_password(f.founder_of(made.application.startup)), Client()
    words = {"signed_name": "Ada Founder", "agreed": "on", "digest": made.terms.digest, "language": "en"}
    gone = client.post(reverse("offer_sign", args=[made.pk]), {**words, "password": "hidden", "account_number_1": "12"})
    stored = "".join(str(value) for value in client.session.values())
    assert "Ada" in stored
    assert "hidden" not in stored
    assert "account_number" not in stored
    page = text(sign_in_by_page(client, person, gone["Location"]))
    assert 'value="Ada Founder"' in page


def test_form_beyond_any_measure_is_not_kept() -> None:
    client = Client()
    client.post(reverse("startup_new"), {"name": "x" * 1_000_001})
    assert not [key for key in client.session.keys() if key.startswith("kept:")]  # noqa: SIM118  # a session is no dict


def test_empty_form_keeps_nothing() -> None:
    client = Client()
    client.post(reverse("application_reopen", args=[f.submitted().pk]))
    assert not client.session.keys()


def test_page_of_what_is_saved_as_one_writes_is_that_of_its_form() -> None:
    assert kept._page("/applications/3/edit/save/") == kept._page("/applications/3/edit/") == "/applications/3/edit"
