"""What anybody reads without an account: programmes, their rules and dates, and the self-check."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import EligibilityCriterion
from tests import factories as f
from tests.applications import pages
from tests.applications.pages import LONG, SCRIPT, signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
present = pages.present


def words(en: str) -> dict[str, str]:
    return {"en": en, "fr": f"{en} (fr)"}


def test_home_shows_what_is_open_and_what_opens_soon() -> None:
    open_ = f.cohort(f.programme(name=words("Open one")))
    soon = f.cohort(
        f.programme(name=words("Soon one")), opens_at=f.AT + timedelta(days=3), closes_at=f.AT + timedelta(days=30)
    )
    f.cohort(f.programme(name=words("Hidden one")), publish=False)
    f.cohort(f.programme(name=words("Closed one")), opens_at=f.AT - timedelta(days=9), closes_at=f.AT)
    response = Client().get(reverse("home"))
    assert (response.context["open"], response.context["announced"]) == ([open_], [soon])
    page = text(response)
    assert "Open one" in page
    assert "Soon one" in page
    assert "Hidden one" not in page + "Closed one"
    assert "$6,000 a month" in page


def test_home_without_a_call_says_so() -> None:
    assert "No call is open now" in text(Client().get(reverse("home")))


def test_home_speaks_the_language_of_the_visitor() -> None:
    f.cohort(f.programme(name=words("Springboard")))
    page = text(Client().get(reverse("home"), headers={"Accept-Language": "fr"}))
    assert "Springboard (fr)" in page
    assert '<html lang="fr">' in page


def test_home_asks_the_same_of_the_database_for_one_and_many() -> None:
    client = Client()
    f.cohort()
    one = pages.queries(client, reverse("home"))
    for _n in range(5):
        f.cohort()
    assert pages.queries(client, reverse("home")) == one


def test_programme_shows_offer_rules_dates_and_terms() -> None:
    cohort = f.cohort(f.programme(name=words(SCRIPT), offer=words(f"First thing\n\n{SCRIPT}{LONG}"), funder=SCRIPT))
    response = Client().get(reverse("programme", args=[cohort.programme.slug]))
    page = text(response)
    assert SCRIPT not in page
    for said in (
        "$6,000",
        "6 months",
        "$36,000",
        "First thing",
        LONG,
        "country fits",
        "33% of the points",
        "Participation agreement",
    ):
        assert said in page, said
    assert [(str(step.label), step.state) for step in response.context["dates"]] == [
        ("Applications open", "done"),
        ("Deadline", "current"),
        ("Decisions for everybody", "todo"),
        ("First money", "todo"),
    ]
    assert reverse("application_start", args=[cohort.slug]) in page


def test_programme_leads_on_who_began_already() -> None:
    draft = f.draft()
    client = signed_in(f.founder_of(draft.startup))
    page = text(client.get(reverse("programme", args=[draft.cohort.programme.slug])))
    assert reverse("application", args=[draft.pk]) in page
    assert reverse("application_start", args=[draft.cohort.slug]) not in page


@pytest.mark.parametrize(("days", "said"), [(-40, "Applications are not open yet"), (40, "This call is closed")])
def test_programme_that_takes_no_applications_says_why(days: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = f.cohort()
    pages.set_clock(monkeypatch, f.AT + timedelta(days=days))
    page = text(Client().get(reverse("programme", args=[cohort.programme.slug])))
    assert said in page
    assert reverse("application_start", args=[cohort.slug]) not in page


def test_programme_shows_the_cohort_that_matters() -> None:
    programme = f.programme()
    past = f.cohort(programme, opens_at=f.AT - timedelta(days=90), closes_at=f.AT - timedelta(days=60))
    soon = f.cohort(programme, opens_at=f.AT + timedelta(days=10), closes_at=f.AT + timedelta(days=20))
    url = reverse("programme", args=[programme.slug])
    assert Client().get(url).context["cohort"] == soon
    open_ = f.cohort(programme)
    assert Client().get(url).context["cohort"] == open_
    assert past not in (soon, open_)


@pytest.mark.parametrize("name", ["programme", "eligibility_check"])
def test_programme_without_a_published_cohort_is_not_there(name: str) -> None:
    hidden = f.cohort(publish=False)
    assert Client().get(reverse(name, args=[hidden.programme.slug])).status_code == 404
    assert Client().get(reverse(name, args=["nothing"])).status_code == 404


# --- The self-check -------------------------------------------------------------------------------------


FITS = {"fact-country": "US", "fact-raised": "1200000.5", "fact-developers": "2"}


@pytest.mark.parametrize(
    ("answers", "title", "verdicts", "status"),
    [
        (FITS, "You can apply", ["pass", "pass", "pass"], 200),
        ({**FITS, "fact-country": "FR"}, "You are not eligible, based on these answers", ["fail", "pass", "pass"], 200),
        ({**FITS, "fact-developers": ""}, "We can’t tell yet", ["pass", "pass", "unknown"], 200),
        ({**FITS, "fact-developers": "-1"}, "We can’t tell yet", ["pass", "pass", "unknown"], 422),
        ({**FITS, "fact-raised": SCRIPT}, "We can’t tell yet", ["pass", "unknown", "pass"], 422),
        ({**FITS, "fact-country": "XX"}, "We can’t tell yet", ["unknown", "pass", "pass"], 422),
        ({}, "We can’t tell yet", ["unknown", "unknown", "unknown"], 200),
    ],
)
def test_check_answers_each_condition_and_says_what_to_do_next(
    answers: dict[str, str], title: str, verdicts: list[str], status: int
) -> None:
    cohort = f.cohort()
    response = Client().post(reverse("eligibility_check", args=[cohort.programme.slug]), answers)
    page = text(response)
    assert (response.status_code, title in page) == (status, True)
    assert [question.verdict for question in response.context["questions"]] == verdicts
    assert (reverse("application_start", args=[cohort.slug]) in page) == (title == "You can apply")
    assert SCRIPT not in page


def test_check_says_what_cannot_be_read_beside_it() -> None:
    cohort = f.cohort()
    page = text(Client().post(reverse("eligibility_check", args=[cohort.programme.slug]), {"fact-raised": "much"}))
    assert "Enter a number." in page
    assert "country fits" not in page


def test_wish_that_does_not_hold_bars_nobody() -> None:
    cohort = f.cohort(publish=False)
    EligibilityCriterion.objects.filter(cohort=cohort, fact="raised").update(is_hard=False)
    cohort.published_at = f.AT - timedelta(days=31)
    cohort.save(update_fields=["published_at"])
    response = Client().post(
        reverse("eligibility_check", args=[cohort.programme.slug]), {**FITS, "fact-raised": "99999999"}
    )
    assert "You can apply" in text(response)


def test_check_before_the_call_opens_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = f.cohort()
    pages.set_clock(monkeypatch, f.AT - timedelta(days=31))
    page = text(Client().post(reverse("eligibility_check", args=[cohort.programme.slug]), FITS))
    assert "Applications open on January 31, 2027." in page
    assert reverse("application_start", args=[cohort.slug]) not in page
