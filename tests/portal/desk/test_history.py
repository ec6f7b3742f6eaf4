"""The lists of history and of looks at secrets: all for operators, for auditors what is of their programmes."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from payouts import actions
from payouts.models import PayoutAccount
from portal.models import Disclosure, Role, Transition, User
from tests import factories as f
from tests.payouts import money

pytestmark = pytest.mark.django_db
LISTS = [Transition, Disclosure]


def client(person: User) -> Client:
    made = Client()
    made.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made


def listed(person: User, model: Any) -> set[tuple[str, int]]:
    """Give the rows that the list names."""
    response = client(person).get(reverse(f"admin:portal_{model._meta.model_name}_changelist"))
    assert response.status_code == 200
    return {(row.subject_table, row.subject_id) for row in response.context["cl"].result_list}


def mentioned(model: Any) -> set[tuple[str, int]]:
    return set(model.objects.values_list("subject_table", "subject_id"))


def looked_at() -> PayoutAccount:
    """Make an account whose number somebody saw."""
    account = money.verified()
    actions.open_numbers([account], purpose="A test", by=None, at=money.DUE)
    return account


def test_auditor_is_told_of_their_programmes_records() -> None:
    mine, other = looked_at(), looked_at()
    draft = f.draft(to=mine.participation.cohort)
    auditor = f.holder(Role.AUDITOR, mine.participation.cohort.programme)
    told = listed(auditor, Transition)
    seat, theirs = mine.participation, other.participation
    for record in (mine, seat, seat.offer, seat.application, seat.offer.decision):
        assert (record._meta.db_table, record.pk) in told
    for record in (other, theirs, theirs.offer, theirs.application, theirs.offer.decision, draft):
        assert (record._meta.db_table, record.pk) not in told
    assert listed(auditor, Disclosure) == {(mine._meta.db_table, mine.pk)}


@pytest.mark.parametrize("model", LISTS)
def test_operator_is_told_of_all(model: Any) -> None:
    looked_at()
    assert listed(f.user(is_operator=True), model) == mentioned(model)


@pytest.mark.parametrize("model", LISTS)
def test_row_of_another_programme_is_not_there(model: Any) -> None:
    account = looked_at()
    row = model.objects.filter(subject_table=account._meta.db_table).order_by("pk")[0]
    address = reverse(f"admin:portal_{model._meta.model_name}_change", args=[row.pk])
    home = account.participation.cohort.programme
    answers = {
        "auditor": client(f.holder(Role.AUDITOR, home)).get(address).status_code,
        "auditor elsewhere": client(f.holder(Role.AUDITOR, f.programme())).get(address).status_code,
        "manager": client(f.holder(Role.MANAGER, home)).get(address).status_code,
    }
    assert answers == {"auditor": 200, "auditor elsewhere": 404, "manager": 404}


@pytest.mark.parametrize("model", LISTS)
def test_list_asks_the_same_for_one_and_many(model: Any, django_assert_max_num_queries: Any) -> None:
    account = looked_at()
    auditor = client(f.holder(Role.AUDITOR, account.participation.cohort.programme))
    address = reverse(f"admin:portal_{model._meta.model_name}_changelist")
    auditor.get(address)
    for _n in range(2):
        actions.open_numbers([account], purpose="A test", by=None, at=money.DUE)
    with django_assert_max_num_queries(12):
        auditor.get(address)
