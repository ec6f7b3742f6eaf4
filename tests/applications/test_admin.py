"""Setting up and reading in the admin: who sees which rows, what can be changed until when, what publishing demands."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from applications import actions
from applications.models import (
    Cohort,
    EligibilityCriterion,
    Programme,
    Question,
    ReviewPhase,
    RubricCriterion,
    Section,
    Terms,
)
from portal import clock
from portal.models import Role, User
from portal.money import Money
from portal.refusals import Refusal
from tests import factories as f
from tests.applications.judging import cleared, conflict, manager_of, reviewed

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MODELS = {
    "programme",
    "cohort",
    "terms",
    "section",
    "startup",
    "conflict",
    "application",
    "reviewassignment",
    "decision",
    "offer",
    "agreement",
    "participation",
}
MONEY_TOO = {"startup", "conflict", "offer", "agreement", "participation"}


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: f.AT)


def saved(response: Any) -> bool:
    """Say whether a form was saved; show what is wrong with it otherwise."""
    assert response.status_code == 302, [response.context["errors"], response.context["adminform"].form.errors]
    return True


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def listed(model: str) -> str:
    return reverse(f"admin:applications_{model}_changelist")


def opened(obj: Any) -> str:
    return reverse(f"admin:applications_{obj._meta.model_name}_change", args=[obj.pk])


def act(obj: Any, name: str) -> str:
    return reverse(f"admin:applications_{obj._meta.model_name}_act", args=[obj.pk, name])


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def filled(client: Client, address: str) -> dict[str, Any]:
    """Give what a record's form would post if nothing were changed, inlines included."""
    with timezone.override("America/New_York"):  # that of the programmes made here
        return _filled(client.get(address))


def _filled(response: Any) -> dict[str, Any]:
    forms = [response.context["adminform"].form]
    for formset in response.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    words: dict[str, Any] = {}
    for form in forms:
        for field in form:
            widget, value = field.field.widget, field.value()
            for part in _parts(widget.get_context(field.html_name, value, {})["widget"]):
                words |= part
    return words


def _parts(widget: dict[str, Any]) -> list[dict[str, Any]]:
    if "subwidgets" in widget:
        return [part for inner in widget["subwidgets"] for part in _parts(inner)]
    if widget.get("type") == "checkbox":
        return [{widget["name"]: "on"}] if widget["attrs"].get("checked") else []
    value = widget["value"]
    return [{widget["name"]: value[0] if isinstance(value, list) and value else value or ""}]


# --- who sees what ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.MANAGER, MODELS),
        (Role.AUDITOR, MODELS),
        (Role.FINANCE_PREPARER, MONEY_TOO),
        (Role.FINANCE_APPROVER, MONEY_TOO),
        (Role.REVIEWER, set()),
    ],
)
def test_lists_open_by_role(role: str, seen: set[str]) -> None:
    client = signed_in(f.holder(role, f.programme()))
    assert {model for model in MODELS if client.get(listed(model)).status_code == 200} == seen


def test_operators_see_programmes_and_no_records() -> None:
    client = signed_in(f.user(is_operator=True))
    assert {model for model in MODELS if client.get(listed(model)).status_code == 200} == {"programme"}


def test_rows_follow_the_programme() -> None:
    seat, other = f.participation(), f.participation()
    review = cleared(f.submitted(to=seat.cohort))
    client = signed_in(manager_of(seat.application))
    mine = [
        seat,
        seat.offer,
        seat.offer.decision,
        seat.offer.agreement,
        seat.application,
        seat.startup,
        seat.cohort,
        seat.cohort.programme,
        Terms.objects.get(programme=seat.cohort.programme),
        review.assignment,
        Section.objects.get(cohort=seat.cohort),
    ]
    theirs = [
        other,
        other.offer,
        other.offer.decision,
        other.offer.agreement,
        other.application,
        other.startup,
        other.cohort,
        other.cohort.programme,
        Terms.objects.get(programme=other.cohort.programme),
        Section.objects.get(cohort=other.cohort),
    ]
    assert [client.get(opened(obj)).status_code for obj in mine] == [200] * len(mine)
    assert [client.get(opened(obj)).status_code for obj in theirs] == [404] * len(theirs)
    for model in MODELS:
        shown = text(client.get(listed(model)))
        assert other.application.reference not in shown
        assert other.startup.name not in re.split(r"[^\w ]", shown)


def test_drafts_are_the_startups_own() -> None:
    cohort = f.cohort()
    draft = f.draft(to=cohort)
    taken_back = f.submitted(to=cohort)
    actions.reopen(taken_back, by=f.founder_of(taken_back.startup), at=f.AT)
    client = signed_in(f.holder(Role.MANAGER, cohort.programme))
    assert [client.get(opened(a)).status_code for a in (draft, taken_back)] == [404, 404]
    assert client.get(opened(draft.startup)).status_code == 404


def test_nobody_in_conflict_reads_application_review_or_decision() -> None:
    application = f.submitted()
    review, decision = reviewed(application), f.confirmed(application, "decline")
    manager = manager_of(application)
    conflict(manager, application.startup)
    client = signed_in(manager)
    assert [client.get(opened(obj)).status_code for obj in (application, review.assignment, decision)] == [404] * 3
    history = reverse("admin:applications_decision_history", args=[decision.pk])
    assert client.get(history).status_code == 404
    for model in ("application", "reviewassignment", "decision"):
        assert application.reference not in text(client.get(listed(model)))


def test_application_is_read_word_for_word() -> None:
    application = f.submitted()
    reviewed(application, comment="Committee words")
    client = signed_in(manager_of(application))
    shown = text(client.get(opened(application)))
    assert [words in shown for words in ("A fine product", "product?", "Version 1", application.startup.name)] == [
        True
    ] * 4
    assignment = application.assignments.get()
    assert "Committee words" in text(client.get(opened(assignment)))
    assert "<textarea" not in shown


def test_what_is_only_looked_at_has_no_form_and_no_more_queries_for_more_rows() -> None:
    application = f.submitted()
    client, asked = signed_in(manager_of(application)), []
    address = reverse("admin:applications_application_change", args=[application.pk])
    for _n in (1, 2):
        review = cleared(application)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(address).content.decode()
        asked.append(sum("portal_democlock" not in query["sql"] for query in queries))
        link = reverse("admin:applications_reviewassignment_change", args=[review.assignment.pk])
        assert [str(review.assignment.reviewer) in shown, link in shown, "TOTAL_FORMS" in shown] == [True, True, False]
    assert asked[0] == asked[1] <= 15
    assert (
        "TOTAL_FORMS"
        in signed_in(manager_of(application))
        .get(
            reverse("admin:applications_cohort_change", args=[f.cohort(application.cohort.programme, publish=False).pk])
        )
        .content.decode()
    )


def test_names_are_found_without_accents() -> None:
    application = f.submitted(f.startup(name="Élan Santé"))
    client = signed_in(manager_of(application))
    for model in ("startup", "application", "conflict"):
        assert "Élan Santé" in text(client.get(listed(model) + "?q=elan+sante"))
        assert "Élan Santé" not in text(client.get(listed(model) + "?q=nothing"))


def test_agreement_shows_the_words_as_signed() -> None:
    seat = f.participation()
    shown = text(signed_in(manager_of(seat.application)).get(opened(seat.offer.agreement)))
    assert [words in shown for words in ("The startup agrees.", "Ada Founder", "192.0.2.1")] == [True] * 3


# --- setting up -------------------------------------------------------------------------------------


def set_up() -> tuple[Cohort, Client]:
    cohort = f.cohort(publish=False)
    return cohort, signed_in(f.holder(Role.MANAGER, cohort.programme))


def test_manager_changes_a_cohort_and_its_rules_until_it_is_published() -> None:
    cohort, client = set_up()
    words = filled(client, opened(cohort))
    changes = {
        "name_en": "Spring",
        "name_fr": "Printemps",
        "seats": "7",
        "opens_at": "2027-04-01T09:00",
        "closes_at": "2027-05-01T17:30",
        "rubric-0-name_en": "Need",
        "rubric-0-name_fr": "Besoin",
        "rubric-0-guidance_fr": "Combien ?",
        "rubric-1-name_fr": "Équipe",
        "rubric-1-guidance_fr": "Qui ?",
        "sections-0-title_en": "The product",
        "phases-0-name_fr": "Lecture",
    }
    for n in range(3):
        changes |= {f"criteria-{n}-{name}_fr": "Oui" for name in ("question", "passed", "failed")}
    assert saved(client.post(opened(cohort), words | changes))
    cohort.refresh_from_db()
    assert (cohort.name, cohort.seats) == ({"en": "Spring", "fr": "Printemps"}, 7)
    assert (cohort.opens_at.isoformat(), cohort.closes_at.isoformat()) == (
        "2027-04-01T13:00:00+00:00",
        "2027-05-01T21:30:00+00:00",
    )
    assert RubricCriterion.objects.filter(cohort=cohort).order_by("order")[0].name == {"en": "Need", "fr": "Besoin"}
    assert Section.objects.get(cohort=cohort).title == {"en": "The product", "fr": "Votre produit"}


def names_and_values(client: Client, address: str, *names: str) -> dict[str, str]:
    page = client.get(address).content.decode()
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in names}
    return {name: match[1] if match else "" for name, match in found.items()}


def test_hours_of_a_cohort_are_those_of_its_programme_whoever_looks() -> None:
    cohort = f.cohort(publish=False, closes_at=datetime(2027, 4, 15, 21, 0, tzinfo=UTC))
    phase = ReviewPhase.objects.get(cohort=cohort)
    for zone, day in (("Asia/Tokyo", 16), ("Europe/Paris", 17)):
        manager = f.holder(Role.MANAGER, cohort.programme)
        User.objects.filter(pk=manager.pk).update(timezone=zone)
        client = signed_in(manager)
        shown = names_and_values(client, opened(cohort), "closes_at", "phases-0-closes_at")
        assert shown["closes_at"] == f"{localtime(cohort.closes_at, NEW_YORK):%Y-%m-%dT%H:%M}"
        assert shown["phases-0-closes_at"] == f"{localtime(phase.closes_at, NEW_YORK):%Y-%m-%dT%H:%M}"
        page = text(client.get(opened(cohort)))
        assert "Hours are in New York time." in page
        assert (page.count(">New York time<"), page.count('title="New York time"')) == (2, 2)
        assert "UTC" not in page
        assert "(New York time)" in text(client.get(listed("cohort")))
        told = {"closes_at": f"2027-04-{day}T17:00", "phases-0-closes_at": f"2027-08-{day}T17:00"}
        french = {"name_fr": "Une", "phases-0-name_fr": "Lecture"}
        rules = {f"criteria-{n}-{name}_fr": "Oui" for n in range(3) for name in ("question", "passed", "failed")}
        rubric = {f"rubric-{n}-{name}_fr": "Oui" for n in range(2) for name in ("name", "guidance")}
        words = filled(client, opened(cohort)) | told | french | rules | rubric
        assert saved(client.post(opened(cohort), words))
        cohort.refresh_from_db()
        phase.refresh_from_db()
        assert cohort.closes_at == datetime(2027, 4, day, 21, 0, tzinfo=UTC)
        assert phase.closes_at == datetime(2027, 8, day, 21, 0, tzinfo=UTC)


def test_hours_of_a_new_cohort_are_those_of_the_programme_chosen() -> None:
    here, there = f.programme(), f.programme(timezone="Asia/Tokyo")
    manager = f.holder(Role.MANAGER, here)
    client, address = signed_in(manager), reverse("admin:applications_cohort_add")
    assert "New York time" in text(client.get(address))  # there is no other choice
    f.grant(manager, Role.MANAGER, there)
    assert "In the programme's time zone." in html.unescape(text(client.get(address)))
    words = {
        "programme": str(there.pk),
        "slug": "spring",
        "code": "SP",
        "name_en": "Spring",
        "name_fr": "Printemps",
        "opens_at": "2027-04-01T09:00",
        "closes_at": "2027-05-01T09:00",
        "decisions_on": "2027-06-01",
        "first_period": "2027-07-01",
        "seats": "5",
    }
    wrong = text(client.post(address, words | {"closes_at": "2027-03-01T09:00"}))
    assert "It closes after it opens." in wrong
    assert "Tokyo time" in wrong
    assert saved(client.post(address, words))
    assert Cohort.objects.get(slug="spring").opens_at == datetime(2027, 4, 1, 0, 0, tzinfo=UTC)


def test_words_are_asked_for_in_every_language() -> None:
    cohort, client = set_up()
    answer = client.post(opened(cohort), filled(client, opened(cohort)) | {"name_fr": ""})
    assert (answer.status_code, "Say it in every language." in text(answer)) == (200, True)


def test_published_rules_stand_still_on_every_page() -> None:
    cohort = f.cohort()
    client = signed_in(f.holder(Role.MANAGER, cohort.programme))
    names = set(re.findall(r'name="([^"]+)"', client.get(opened(cohort)).content.decode()))
    assert {"seats", "closes_at", "name_en", "phases-0-closes_at"} <= names
    assert not names & {"slug", "code", "opens_at", "first_period"}
    rules = [name for name in names if re.match(r"(criteria|rubric|sections)-\d+-(?!id$|cohort$)", name)]
    assert rules == []
    forged = filled(client, opened(cohort)) | {
        "name_fr": "Une",
        "phases-0-name_fr": "Lecture",
        "rubric-0-weight": "9",
        "slug": "x",
    }
    assert saved(client.post(opened(cohort), forged))
    assert not RubricCriterion.objects.filter(weight=9).exists()
    assert Cohort.objects.get(pk=cohort.pk).slug == cohort.slug
    section = Section.objects.get(cohort=cohort)
    assert "<textarea" not in client.get(opened(section)).content.decode()
    assert client.post(opened(section), {"title_en": "Other", "title_fr": "Autre"}).status_code == 404
    section.refresh_from_db()
    assert section.title["en"] == "Your product"


def test_questions_are_written_on_their_sections_page() -> None:
    cohort, client = set_up()
    section = Section.objects.get(cohort=cohort)
    words = filled(client, opened(section))
    answer = client.post(
        opened(section),
        words | {"intro_en": "Be brief", "intro_fr": "Soyez bref", "questions-0-label_en": "What is it?"},
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert Question.objects.get(section=section, key="product").label == {
        "en": "What is it?",
        "fr": "product ?",
    }


def test_phase_is_prolonged_but_keeps_its_veil_once_somebody_reads() -> None:
    application = f.submitted()
    cohort = application.cohort
    client = signed_in(manager_of(application))
    ReviewPhase.objects.filter(cohort=cohort).update(name={"en": "First", "fr": "Première"})
    Cohort.objects.filter(pk=cohort.pk).update(name={"en": "One", "fr": "Une"})
    words = filled(client, opened(cohort)) | {"phases-0-closes_at": "2027-08-01T12:00"}
    assert client.post(opened(cohort), words).status_code == 302
    assert ReviewPhase.objects.get(cohort=cohort).closes_at.isoformat() == "2027-08-01T16:00:00+00:00"
    cleared(application)
    answer = client.post(opened(cohort), words | {"phases-0-is_blind": "on"})
    assert (answer.status_code, "it stays as it was announced" in text(answer)) == (200, True)


def test_auditors_change_nothing_and_managers_no_other_programme() -> None:
    cohort = f.cohort(publish=False)
    auditor, elsewhere = f.holder(Role.AUDITOR, cohort.programme), f.holder(Role.MANAGER, f.programme())
    for obj in (
        cohort,
        cohort.programme,
        Section.objects.get(cohort=cohort),
        Terms.objects.get(programme=cohort.programme),
    ):
        assert signed_in(auditor).get(opened(obj)).status_code == 200
        assert signed_in(auditor).post(opened(obj), {}).status_code == 404
        assert signed_in(elsewhere).get(opened(obj)).status_code == 404
    assert signed_in(auditor).get(act(cohort, "publish")).status_code == 404


def test_operators_make_programmes_and_managers_fill_them() -> None:
    there = reverse("admin:applications_programme_add")
    programme = f.programme()
    operator, manager = signed_in(f.user(is_operator=True)), signed_in(f.holder(Role.MANAGER, programme))
    assert [client.get(there).status_code for client in (operator, manager)] == [200, 404]
    words = filled(manager, opened(programme)) | {"tagline_en": "New words", "tagline_fr": "Mots nouveaux"}
    words |= {f"{name}_{code}": "Words" for name in ("offer", "conditions", "afterwards") for code in ("en", "fr")}
    assert saved(manager.post(opened(programme), words))
    programme.refresh_from_db()
    assert (programme.tagline["fr"], programme.currency) == ("Mots nouveaux", "USD")
    words |= {"slug": "made-anew", "currency": "EUR"}
    assert saved(operator.post(there, words))
    assert Programme.objects.get(slug="made-anew").currency == "EUR"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"timezone": "Mars/Base"}, "Give a zone by its name"), ({"banking_calendar": "MOON"}, "Select a valid choice")],
)
def test_programme_refuses_what_the_system_does_not_know(wrong: dict[str, str], words: str) -> None:
    programme = f.programme()
    client = signed_in(f.holder(Role.MANAGER, programme))
    answer = client.post(opened(programme), filled(client, opened(programme)) | wrong)
    assert (answer.status_code, words in text(answer)) == (200, True)


def test_programme_money_is_typed_in_whole_units() -> None:
    programme = f.programme()
    client = signed_in(f.holder(Role.MANAGER, programme))
    words = filled(client, opened(programme))
    words |= {
        f"{name}_{code}": "Words" for name in ("tagline", "offer", "conditions", "afterwards") for code in ("en", "fr")
    }
    assert words["monthly_cap"] == "6000"
    assert saved(client.post(opened(programme), words | {"monthly_cap": "7500.50"}))
    programme.refresh_from_db()
    assert programme.monthly_cap_minor == 750_050
    Programme.objects.filter(pk=programme.pk).update(currency="JPY")
    refused = client.post(opened(programme), words | {"monthly_cap": "7500.50"})
    assert "This currency has fewer decimals." in text(refused)
    auditor = signed_in(f.holder(Role.AUDITOR, programme))
    assert "¥750,050" in text(auditor.get(opened(programme)))


def test_application_page_writes_facts_as_people_read_them() -> None:
    application = f.submitted()
    client = signed_in(f.holder(Role.MANAGER, application.cohort.programme))
    shown = text(client.get(opened(application)))
    raised = application.facts.get(fact="raised").value
    assert [words in shown for words in ("United States", "raised?", Money(raised, "USD").format(short=True))] == [
        True
    ] * 3
    assert "&quot;US&quot;" not in shown


def test_programme_is_made_in_a_known_currency() -> None:
    client = signed_in(f.user(is_operator=True))
    answer = client.post(reverse("admin:applications_programme_add"), {"slug": "new", "currency": "QQQ"})
    assert "Give a currency by its three letters" in text(answer)


def test_cohort_keeps_its_offered_seats_and_closes_after_opening() -> None:
    offer = f.offer()
    Cohort.objects.filter(pk=offer.cohort_id).update(name={"en": "One", "fr": "Une"})
    ReviewPhase.objects.filter(cohort=offer.cohort_id).update(name={"en": "First", "fr": "Première"})
    client = signed_in(manager_of(offer.application))
    words = filled(client, opened(offer.cohort))
    for wrong, said in (
        ({"seats": "0"}, "1 seat is offered or taken already."),
        ({"closes_at": "2020-01-01T09:00"}, "It closes after it opens."),
    ):
        answer = client.post(opened(offer.cohort), words | wrong)
        assert (answer.status_code, said in text(answer)) == (200, True)
    assert saved(client.post(opened(offer.cohort), words | {"seats": "1"}))


# --- publishing -------------------------------------------------------------------------------------


def test_publish_act_of_the_admin_publishes_once() -> None:
    cohort, client = set_up()
    assert act(cohort, "publish") in text(client.get(opened(cohort)))
    assert client.post(act(cohort, "publish")).status_code == 302
    cohort.refresh_from_db()
    assert cohort.published_at is not None
    assert act(cohort, "publish") not in text(client.get(opened(cohort)))
    assert "published already" in text(client.post(act(cohort, "publish"), follow=True))


def assert_not_publishable(cohort: Cohort, words: str, at: Any = f.AT) -> None:
    with pytest.raises(Refusal, match=words):
        actions.publish_cohort(cohort, by=f.holder(Role.MANAGER, cohort.programme), at=at)
    assert Cohort.objects.get(pk=cohort.pk).published_at is None


def test_publish_names_what_is_missing() -> None:
    assert_not_publishable(f.cohort(publish=False), "terms first", at=f.AT - timedelta(days=90))
    assert_not_publishable(f.cohort(publish=False), "closing date has passed", at=f.AT + timedelta(days=30))
    cohort = f.cohort(publish=False)
    ReviewPhase.objects.filter(cohort=cohort).delete()
    assert_not_publishable(cohort, "no review phase")
    RubricCriterion.objects.filter(cohort=cohort).delete()
    assert_not_publishable(cohort, "rubric has no criterion")
    Question.objects.filter(section__cohort=cohort).delete()
    assert_not_publishable(cohort, "no question")


@pytest.mark.parametrize(
    ("fact", "value"),
    [("country", "US"), ("country", []), ("country", [1]), ("raised", "much"), ("raised", True)],
)
def test_publish_refuses_criteria_that_can_never_be_judged(fact: str, value: Any) -> None:
    cohort = f.cohort(publish=False)
    EligibilityCriterion.objects.filter(cohort=cohort, fact=fact).update(value=value)
    assert_not_publishable(cohort, "does not fit its kind")


@pytest.mark.parametrize("choices", [[], ["a"], [["a"]], [["a", "words"]], {"a": {"en": "A"}}])
def test_publish_refuses_choices_that_cannot_be_shown(choices: Any) -> None:
    cohort = f.cohort(publish=False)
    Question.objects.filter(section__cohort=cohort, key="product").update(kind="choice", choices=choices)
    assert_not_publishable(cohort, "needs its choices")
    Question.objects.filter(section__cohort=cohort, key="product").update(kind="long", choices=[])
    EligibilityCriterion.objects.filter(cohort=cohort, fact="country").update(kind="choice", choices=choices)
    assert_not_publishable(cohort, "needs its choices")


def test_publish_is_a_managers_act() -> None:
    cohort = f.cohort(publish=False)
    for by in (f.user(), f.holder(Role.AUDITOR, cohort.programme), f.holder(Role.MANAGER, f.programme())):
        with pytest.raises(Refusal, match="Only managers"):
            actions.publish_cohort(cohort, by=by, at=f.AT)


def new_terms(programme: Programme, version: int = 2, **words: Any) -> Terms:
    values = {"title": {"en": "New", "fr": "Nouveau"}, "text": {"en": "Words", "fr": "Mots"}} | words
    return Terms.objects.create(programme=programme, version=version, **values)


def test_terms_are_published_once_whole_and_in_order() -> None:
    programme = f.programme()
    manager = f.holder(Role.MANAGER, programme)
    with pytest.raises(Refusal, match="every language"):
        actions.publish_terms(new_terms(programme, 2, text={"en": "Words"}), by=manager, at=f.AT)
    with pytest.raises(Refusal, match="Only managers"):
        actions.publish_terms(new_terms(programme, 3), by=f.user(), at=f.AT)
    latest = new_terms(programme, 4)
    actions.publish_terms(latest, by=manager, at=f.AT)
    assert latest.published_at == f.AT
    with pytest.raises(Refusal, match="published already"):
        actions.publish_terms(latest, by=manager, at=f.AT)
    with pytest.raises(Refusal, match="later version"):
        actions.publish_terms(Terms.objects.get(programme=programme, version=3), by=manager, at=f.AT)


def test_terms_are_written_and_published_in_the_admin_and_then_stand_still() -> None:
    programme = f.programme()
    client = signed_in(f.holder(Role.MANAGER, programme))
    words = {
        "programme": programme.pk,
        "version": 2,
        "title_en": "New",
        "title_fr": "Nouveau",
        "text_en": "Words",
        "text_fr": "Mots",
        "is_material": "on",
    }
    assert saved(client.post(reverse("admin:applications_terms_add"), words))
    made = Terms.objects.get(programme=programme, version=2)
    assert made.digest == Terms.digest_of({"en": "New", "fr": "Nouveau"}, {"en": "Words", "fr": "Mots"})
    assert client.post(act(made, "publish")).status_code == 302
    assert client.post(opened(made), words | {"text_en": "Other"}).status_code == 404
    assert "<textarea" not in client.get(opened(made)).content.decode()
    elsewhere = words | {"programme": f.programme().pk, "version": 9}
    assert client.post(reverse("admin:applications_terms_add"), elsewhere).status_code == 200
    assert not Terms.objects.filter(version=9).exists()
