"""Money settings of a programme: free until a cohort is published, then changed by two people."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from applications.actions import ask_settings_change, confirm_settings_change, withdraw_settings_change
from applications.models import Programme, SettingsChange
from portal import clock
from portal.laws.transitions import acting
from portal.models import OutgoingMail, Role, Transition, User
from portal.refusals import Refusal
from tests import factories as f
from tests.races import outcomes, race

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEW = {"monthly_cap_minor": 1_200_000, "months": 6, "cooling_off_days": 0}


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: f.AT)


def published() -> Programme:
    """Make a programme that has a published cohort."""
    return f.cohort(f.programme(cooling_off_days=3)).programme


def managers(programme: Programme) -> tuple[User, User]:
    return f.holder(Role.MANAGER, programme, "Ruth"), f.holder(Role.MANAGER, programme, "Soren")


def asked() -> tuple[SettingsChange, User, User]:
    """Ask for other settings of a programme with a published cohort; give who asked and a colleague."""
    programme = published()
    ruth, soren = managers(programme)
    return ask_settings_change(programme, **NEW, reason="A larger grant", by=ruth, at=f.AT), ruth, soren


def settings_of(programme: Programme) -> dict[str, int]:
    found: dict[str, int] = Programme.objects.values(*NEW).get(pk=programme.pk)
    return found


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def record(found: Any, act: str = "") -> str:
    name = f"admin:applications_{found._meta.model_name}_{'act' if act else 'change'}"
    return reverse(name, args=[found.pk, act] if act else [found.pk])


# --- The acts -------------------------------------------------------------------------------------------


def test_change_is_in_force_once_a_second_manager_confirms_it() -> None:
    change, ruth, soren = asked()
    before = settings_of(change.programme)
    assert before == {"monthly_cap_minor": 600_000, "months": 6, "cooling_off_days": 3}
    assert list(OutgoingMail.objects.values_list("kind", "recipient")) == [("settings_change_asked", soren.pk)]
    with pytest.raises(Refusal, match="A colleague must confirm"):
        confirm_settings_change(change, by=ruth, at=f.AT)
    assert settings_of(change.programme) == before
    confirm_settings_change(change, by=soren, at=f.AT)
    assert settings_of(change.programme) == NEW
    assert change.programme.cooling_off_days == 0  # the object in hand, too
    assert (
        OutgoingMail.objects.filter(kind="settings_change_confirmed").values_list("recipient", flat=True).get()
        == ruth.pk
    )
    assert [move.to_state for move in Transition.objects.of(change)] == ["asked", "confirmed"]


def test_mail_says_what_changes_and_why() -> None:
    change, _ruth, _soren = asked()
    mail = OutgoingMail.objects.get(kind="settings_change_asked")
    assert mail.subject == f"Your move: confirm a change of money settings of {change.programme}"
    for words in ("- Monthly maximum: $6,000.00 → $12,000.00", "- Cooling-off days: 3 → 0", "> A larger grant"):
        assert words in mail.text
    assert "Months:" not in mail.text


def test_withdrawn_change_leaves_everything_and_makes_room() -> None:
    change, _ruth, soren = asked()
    withdraw_settings_change(change, by=soren, at=f.AT)
    assert settings_of(change.programme)["cooling_off_days"] == 3
    with pytest.raises(Refusal):
        confirm_settings_change(change, by=soren, at=f.AT)
    ask_settings_change(change.programme, **NEW, reason="After all", by=soren, at=f.AT)


@pytest.mark.parametrize("how", ["role", "account", "time"])
def test_change_is_not_confirmed_once_who_asked_may_no_longer_or_it_is_old(how: str) -> None:
    change, ruth, soren = asked()
    at = f.takes_leave(ruth, how, f.AT)
    change = SettingsChange.objects.get()
    with pytest.raises(Refusal, match="Withdraw it and request it again"):
        confirm_settings_change(change, by=soren, at=at)
    acting(by=soren, at=at)
    told = {"state": "confirmed", "confirmed_by": soren, "confirmed_at": at}
    with pytest.raises(IntegrityError, match="settings_change_confirmed_by_who_acts"), transaction.atomic():
        SettingsChange.objects.update(**told)
    withdraw_settings_change(change, by=soren, at=at)
    anew = ask_settings_change(change.programme, **NEW, reason="A larger grant", by=soren, at=at)
    confirm_settings_change(anew, by=f.holder(Role.MANAGER, change.programme), at=at)


def test_refusals_of_asking() -> None:
    change, ruth, soren = asked()
    programme = change.programme
    refused: list[tuple[str, User, dict[str, Any]]] = [
        ("already waits for a colleague", ruth, {}),
        ("Say why", ruth, {"reason": " "}),
        ("Only managers", f.holder(Role.FINANCE_APPROVER, programme), {}),
        ("Only managers", f.holder(Role.MANAGER, f.programme()), {}),
        ("not possible", ruth, {"months": 0}),
        ("not possible", ruth, {"months": 61}),
        ("not possible", ruth, {"monthly_cap_minor": 0}),
        ("not possible", ruth, {"cooling_off_days": -1}),
        ("not possible", ruth, {"cooling_off_days": 91}),
    ]
    for words, by, told in refused:
        figures: dict[str, Any] = {**NEW, "reason": "Why", **told}
        with pytest.raises(Refusal, match=words):
            ask_settings_change(programme, **figures, by=by, at=f.AT)
    for act in (confirm_settings_change, withdraw_settings_change):
        with pytest.raises(Refusal, match="Only managers"):
            act(change, by=f.holder(Role.MANAGER, f.programme()), at=f.AT)
    confirm_settings_change(change, by=soren, at=f.AT)
    with pytest.raises(Refusal, match="Nothing would change"):
        ask_settings_change(programme, **NEW, reason="Why", by=ruth, at=f.AT)
    fresh = f.cohort(publish=False).programme
    manager = f.holder(Role.MANAGER, fresh)
    with pytest.raises(Refusal, match="No cohort of this programme is published yet"):
        ask_settings_change(fresh, **NEW, reason="Why", by=manager, at=f.AT)
    assert SettingsChange.objects.count() == 1


def test_settings_are_free_until_a_cohort_is_published() -> None:
    programme = f.cohort(publish=False).programme
    Programme.objects.filter(pk=programme.pk).update(**NEW)
    assert settings_of(programme) == NEW


@pytest.mark.parametrize("column", list(NEW))
def test_no_column_changes_alone_once_a_cohort_is_published(column: str) -> None:
    programme = published()
    with pytest.raises(IntegrityError, match="programme_money_set_by_two"), transaction.atomic():
        Programme.objects.filter(pk=programme.pk).update(**{column: 5})
    Programme.objects.filter(pk=programme.pk).update(funder="The Guild")  # everything else does


def test_currency_changes_by_nobody_once_a_cohort_is_published() -> None:
    programme = published()
    with pytest.raises(IntegrityError, match="programme_money_set_by_two"), transaction.atomic():
        Programme.objects.filter(pk=programme.pk).update(currency="KWD")


@pytest.mark.django_db(transaction=True)
def test_confirmed_and_withdrawn_at_once_is_one_of_both() -> None:
    change, _ruth, soren = asked()
    stale = SettingsChange.objects.select_related("programme").get(pk=change.pk)
    results = race(
        lambda: confirm_settings_change(change, by=soren, at=f.AT),
        lambda: withdraw_settings_change(stale, by=soren, at=f.AT),
    )
    assert outcomes(results) == ["NoneType", "Refusal"]
    state = SettingsChange.objects.values_list("state", flat=True).get(pk=change.pk)
    assert settings_of(change.programme)["cooling_off_days"] == {"confirmed": 0, "withdrawn": 3}[state]


# --- The pages ------------------------------------------------------------------------------------------


def test_programme_page_shows_the_settings_and_leads_to_their_change() -> None:
    programme = published()
    ruth, _soren = managers(programme)
    client = signed_in(ruth)
    page = client.get(record(programme)).content.decode()
    assert ('name="cooling_off_days"' in page, 'name="months"' in page, 'name="monthly_cap"' in page) == (False,) * 3
    assert (record(programme, "settings") in page, "$6,000" in page) == (True, True)
    asking = client.get(record(programme, "settings"))
    form = asking.context["form"]
    assert [str(form[name].value()) for name in ("monthly_cap", "months", "cooling_off_days")] == [
        "6E+3",
        "6",
        "3",
    ] or [str(form[name].value()) for name in ("monthly_cap", "months", "cooling_off_days")] == ["6000", "6", "3"]
    told = {"monthly_cap": "12000", "months": "6", "cooling_off_days": "0", "reason": "A larger grant"}
    done = client.post(record(programme, "settings"), {**asking.context["hidden"], **told}, follow=True)
    assert "Requested. A colleague must confirm the change." in done.content.decode()
    assert SettingsChange.objects.get().monthly_cap_minor == 1_200_000
    assert record(programme, "settings") not in client.get(record(programme)).content.decode()


def test_programme_page_says_which_change_waits_and_leads_who_sees_it_there() -> None:
    programme = published()
    ruth, soren = managers(programme)
    assert signed_in(soren).get(record(programme)).context["waiting"] is None
    change = ask_settings_change(programme, **NEW, reason="A larger grant", by=ruth, at=f.AT)
    page = signed_in(soren).get(record(programme)).content.decode()
    assert f"{ruth} asked for a change on" in page
    assert "Monthly maximum: $6,000.00 → $12,000.00 · Cooling-off days: 3 → 0" in page
    assert f'href="{record(change)}"' in page
    elsewhere = signed_in(f.user(is_operator=True)).get(record(programme)).content.decode()
    assert (f"{ruth} asked for a change on" in elsewhere, record(change) in elsewhere) == (True, False)
    confirm_settings_change(change, by=soren, at=f.AT)
    assert signed_in(soren).get(record(programme)).context["waiting"] is None


def test_programme_without_a_published_cohort_is_edited_on_its_page() -> None:
    programme = f.cohort(publish=False).programme
    client = signed_in(f.holder(Role.MANAGER, programme))
    page = client.get(record(programme)).content.decode()
    assert ('name="cooling_off_days"' in page, record(programme, "settings") in page) == (True, False)


def test_second_manager_confirms_on_the_record_and_who_asked_does_not() -> None:
    change, ruth, soren = asked()
    mine, theirs = signed_in(ruth), signed_in(soren)
    assert record(change, "confirm") not in mine.get(record(change)).content.decode()
    refused = mine.get(record(change, "confirm"))
    assert (refused.context["is_possible"], refused.context["refusal"]) == (
        False,
        "You asked for this change. A colleague must confirm it.",
    )
    assert record(change, "confirm") in theirs.get(record(change)).content.decode()
    page = theirs.get(record(change, "confirm"))
    assert page.context["consequences"][:2] == ["Monthly maximum: $6,000.00 → $12,000.00", "Cooling-off days: 3 → 0"]
    done = theirs.post(record(change, "confirm"), page.context["hidden"], follow=True)
    assert "Confirmed. The change is in force." in done.content.decode()
    assert settings_of(change.programme) == NEW
