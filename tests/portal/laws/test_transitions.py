"""Law 1: one door per change of state, and a history that the database writes."""

from itertools import product
from typing import Any, cast

import pytest
from django.db import IntegrityError, connection, models, transaction

from applications.models import Application
from portal.laws.transitions import acting, move, move_many, stateful_models
from portal.models import Transition
from portal.refusals import Done, Refusal
from tests import factories as f

MODELS = stateful_models()


def states_of(model: type[models.Model]) -> list[str]:
    field = cast("models.Field[Any, Any]", model._meta.get_field("state"))
    return list(dict(field.flatchoices))


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_database_knows_exactly_the_moves_of_the_model(model: Any) -> None:
    """Every pair of states, the first state included, is tried against the history's CHECK."""
    states = [*states_of(model), ""]
    table = model._meta.db_table
    allowed = {(a, b) for a, successors in model.TRANSITIONS.items() for b in successors}
    refused = set()
    for before, after in product(states, states):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("ALTER TABLE portal_transition DISABLE TRIGGER transition_only_by_trigger")
                cursor.execute(
                    "INSERT INTO portal_transition (subject_table, subject_id, from_state, to_state, agent, at, reason)"
                    " VALUES (%s, 1, %s, %s, 'test', now(), '')",
                    [table, before, after],
                )
                transaction.set_rollback(True)
        except IntegrityError as error:
            refused.add((before, after) if f"moves_{table}" in str(error) else (repr(error), ""))
    assert set(product(states, states)) - refused == allowed


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_states_of_the_table_are_the_states_of_the_model(model: Any) -> None:
    table = model.TRANSITIONS
    named = {state for a, successors in table.items() for state in (a, *successors)} - {""}
    assert named == set(states_of(model))
    assert len(table[""]) == 1


@pytest.mark.django_db
def test_move_leaves_one_transition_with_actor_instant_and_reason() -> None:
    application = f.submitted()
    manager = f.user("Manager")
    move(application, "returned", by=manager, at=f.AT, reason="Which country?", returned_question="Which country?")
    last = Transition.objects.of(application).last()
    assert last is not None
    assert (last.from_state, last.to_state, last.actor, last.agent, last.at, last.reason) == (
        "submitted",
        "returned",
        manager,
        "",
        f.AT,
        "Which country?",
    )


@pytest.mark.django_db
def test_move_by_nobody_names_the_system() -> None:
    application = f.submitted()
    move(application, "withdrawn", by=None, at=f.AT)
    last = Transition.objects.of(application).last()
    assert last is not None
    assert (last.actor, last.agent) == (None, "system")


@pytest.mark.django_db
def test_move_refuses_what_the_table_does_not_name_and_changes_nothing() -> None:
    application = f.submitted()
    before = Transition.objects.count()
    with pytest.raises(Done, match="this application is “submitted”"):
        move(application, "submitted", by=None, at=f.AT)
    application.refresh_from_db()
    assert (application.state, Transition.objects.count()) == ("submitted", before)


@pytest.mark.django_db
def test_move_reads_the_row_anew_before_it_decides() -> None:
    application = f.submitted()
    stale = Application.objects.get(pk=application.pk)
    move(application, "withdrawn", by=None, at=f.AT)
    with pytest.raises(Refusal):
        move(stale, "draft", by=None, at=f.AT)
    assert stale.state == "withdrawn"


@pytest.mark.django_db
def test_move_outside_a_transaction_is_a_bug(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        acting(by=None, at=f.AT)


@pytest.mark.django_db
def test_raw_sql_without_an_actor_is_refused() -> None:
    application = f.submitted()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tremplin.actor', '', true)")
        with pytest.raises(IntegrityError, match="transition_has_actor_and_instant"), transaction.atomic():
            cursor.execute("UPDATE applications_application SET state = 'withdrawn' WHERE id = %s", [application.pk])


@pytest.mark.django_db
def test_raw_bulk_sql_leaves_one_transition_a_row() -> None:
    rows = [f.submitted(), f.submitted()]
    acting(by=None, at=f.AT, reason="by hand")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE applications_application SET state = 'withdrawn'")
    assert [Transition.objects.of(a).last().reason for a in rows] == ["by hand", "by hand"]


@pytest.mark.django_db
def test_move_many_moves_what_may_move_and_equals_move() -> None:
    one, two, draft = f.submitted(), f.submitted(), f.draft()
    by = f.user()
    ids = [one.pk, two.pk, draft.pk]
    moved = move_many(Application.objects.filter(pk__in=ids), "returned", by=by, at=f.AT, reason="More, please")
    alone = f.submitted()
    move(alone, "returned", by=by, at=f.AT, reason="More, please")
    entries = [
        (t.from_state, t.to_state, t.actor, t.at, t.reason)
        for a in (one, two, alone)
        if (t := Transition.objects.of(a).last())
    ]
    assert moved == 2
    assert len(set(entries)) == 1
    draft.refresh_from_db()
    assert draft.state == "draft"
