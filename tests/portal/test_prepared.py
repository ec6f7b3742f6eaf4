"""Prepared queries: written once, and the same rows as Django's own for every value."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import EmailField, Exists, F, OuterRef, Q, QuerySet
from django.test.utils import CaptureQueriesContext

from portal.models import Role, RoleGrant, User
from portal.prepared import Prepared, Slot, instant, slot
from tests import factories

pytestmark = pytest.mark.django_db
BUILT: list[str] = []


def grants(people: Any, at: Any) -> Any:
    """Give grants with their person, and whether that person joined by an instant."""
    joined = User.objects.filter(pk=OuterRef("person"), joined_at__lte=at)
    found = RoleGrant.objects.filter(people).annotate(email=F("person__email"), was_there=Exists(joined))
    return found.select_related("person").order_by("-id")


def _grants() -> "QuerySet[RoleGrant]":
    BUILT.append("grants")
    found: QuerySet[RoleGrant] = grants(Q(person__pk__among=slot("people")), instant("at"))
    return found


def told(found: Any) -> list[tuple[Any, ...]]:
    return [(each, each.person, each.person.name, each.role, each.email, each.was_there) for each in found]


def test_rows_are_those_of_the_query_for_every_value() -> None:
    ask = Prepared(_grants)
    BUILT.clear()
    programme = factories.programme()
    people = [factories.holder(Role.REVIEWER, programme) for _ in range(3)]
    factories.holder(Role.MANAGER, programme)
    for keys in ([], [people[0].pk], [p.pk for p in people], [0, -1, 2**40]):
        for ahead in (-1, 1):
            at = max(person.joined_at for person in people) + timedelta(days=ahead)
            with CaptureQueriesContext(connection) as asked:
                found = told(ask(people=keys, at=at))
            assert len(asked) == 1
            assert found == told(grants(Q(person__in=keys), at))
    assert BUILT == ["grants"]


def test_a_slot_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="at"):
        Prepared(_grants)(people=[1])


def test_values_are_values_and_never_text_of_the_query() -> None:
    ask = Prepared(lambda: User.objects.filter(email__iexact=Slot("email", EmailField())))
    person = factories.user()
    assert ask(email=person.email.upper()) == [person]
    assert ask(email="%") == ask(email="_" * len(person.email)) == []
    assert ask(email="' OR true --") == []


@pytest.mark.django_db(transaction=True)
def test_threads_ask_at_the_same_time() -> None:
    ask = Prepared(_grants)
    programme = factories.programme()
    people = [factories.holder(Role.REVIEWER, programme) for _ in range(4)]
    at = people[-1].joined_at

    def emails(person: User) -> set[str]:
        try:
            return {each.person.email for _ in range(20) for each in ask(people=[person.pk], at=at)}
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(emails, people)) == [{person.email} for person in people]
