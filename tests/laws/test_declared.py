"""Laws as constraints of a model: a migration that forgets one is missed, and one that brings it changes the database."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models
from django.db.migrations import AddConstraint, Migration, RemoveConstraint, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.writer import MigrationWriter
from django.db.utils import ProgrammingError

from applications.actions.offers import lapse_offer
from applications.models import Conflict, Offer
from mentorship.models import Mentorship
from payouts.models import Funding
from portal.laws.declared import (
    SEARCH_PATH,
    AppendOnly,
    Declared,
    Function,
    Law,
    References,
    Refuse,
    Stands,
    StateMachine,
    declared,
)
from portal.laws.transitions import move
from portal.models import Transition
from tests import factories
from tests.laws import BREAKERS, applications  # noqa: F401  # its breakers

OTHER = "applications_offer"


def law(name: str) -> Declared:
    [found] = [law for _, law in declared() if law.name == name]
    return found


def mention(law: Declared) -> Declared:
    """Read a law as a migration that names it does."""
    _, args, kwargs = law.deconstruct()
    return type(law)(*args, **kwargs)


def body(function: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc, proconfig FROM pg_proc WHERE proname = %s", [function])
        [(text, config)] = cursor.fetchall()
    assert config == [f"search_path={SEARCH_PATH}"]
    return str(text)


def migrate(app: str, *operations: Operation) -> None:
    """Apply a migration that comes after all there are."""
    migration = type("Next", (Migration,), {"operations": operations})("9999_next", app)
    state = MigrationLoader(connection).project_state()
    with connection.schema_editor(atomic=True) as editor:
        migration.apply(state, editor)


@pytest.fixture
def reworded(monkeypatch: pytest.MonkeyPatch) -> Declared:
    """Give a law whose words were just changed beside its model."""
    found = law("offer_within_seats")
    timing, trigger, text = found.words
    monkeypatch.setattr(found, "_words", (timing, trigger, text.replace("RETURN NULL", "RETURN NULL /* once more */")))
    return found


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an offer be opened again."""
    monkeypatch.setattr(Offer, "TRANSITIONS", {**Offer.TRANSITIONS, "lapsed": ["open"]})


@pytest.mark.django_db
@pytest.mark.parametrize("change", [None, "reworded", "moving"])
def test_a_changed_law_without_its_migration_is_found(change: str | None, request: pytest.FixtureRequest) -> None:
    if change is None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)
        return
    request.getfixturevalue(change)
    with pytest.raises(SystemExit):
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (Law("a_law", "BEFORE INSERT", "PERFORM 1;"), "portal.laws.declared.Law('a_law', digest='{}')"),
        (
            Law("a_law", "BEFORE INSERT", "PERFORM 1;", table=OTHER),
            "portal.laws.declared.Law('a_law', digest='{}', table='applications_offer')",
        ),
        (Refuse("a_law", "DELETE"), "portal.laws.declared.Refuse('a_law', digest='{}')"),
        (Stands("a_law", "name"), "portal.laws.declared.Stands('a_law', digest='{}')"),
        (AppendOnly("a_law"), "portal.laws.declared.AppendOnly('a_law', digest='{}')"),
        (References("a_law", "(a, b)", "t (c, d)"), "portal.laws.declared.References('a_law', digest='{}')"),
        (Function("f()", "RETURNS void", ""), "portal.laws.declared.Function('f()', digest='{}')"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_migration_holds_name_and_digest(one: Declared, text: str) -> None:
    assert MigrationWriter.serialize(one) == (text.format(one.digest), {"import portal.laws.declared"})
    assert mention(one) == one
    assert one.clone() is one


def test_the_digest_is_of_the_words_and_not_of_their_indentation() -> None:
    flush = Law("a_law", "BEFORE INSERT", "IF a THEN\n    b;\nEND IF;")
    assert flush == Law("a_law", "BEFORE INSERT", "IF a THEN\n            b;\n        END IF;")
    assert (
        len(
            {
                flush.digest,
                *(Law("a_law", *words).digest for words in (("AFTER INSERT", "a;"), ("BEFORE INSERT", "a;"))),
            }
        )
        == 3
    )


@pytest.mark.django_db
def test_a_migration_brings_the_words_of_now_to_a_database_of_before(reworded: Declared) -> None:
    assert "once more" not in body(reworded.name)
    brought = mention(reworded)
    migrate("applications", RemoveConstraint("offer", reworded.name), AddConstraint("offer", brought))
    assert "once more" in body(reworded.name)


@pytest.mark.django_db
def test_moves_change_with_their_migration(moving: None) -> None:
    offer = factories.offer()
    lapse_offer(offer, at=offer.expires_at)
    offer.refresh_from_db()
    with pytest.raises(IntegrityError, match="moves_applications_offer"):
        move(offer, "open", by=None, at=factories.DECIDED)
    moves = law("moves_applications_offer")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    migrate("applications", RemoveConstraint("offer", moves.name), AddConstraint("offer", mention(moves)))
    move(offer, "open", by=None, at=factories.DECIDED)


@pytest.mark.django_db
def test_words_that_are_no_longer_those_of_now_bring_nothing() -> None:
    before = Law("offer_within_seats", digest="0" * 16)
    with connection.schema_editor(collect_sql=True) as editor:
        editor.add_constraint(Offer, before)
    assert editor.collected_sql == []


@pytest.mark.django_db
def test_a_law_that_cannot_come_takes_the_schema_back_with_it(
    reworded: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    timing, trigger, _ = reworded.words
    monkeypatch.setattr(reworded, "_words", (timing, trigger, "no PL/pgSQL"))
    operations = RemoveConstraint("offer", reworded.name), AddConstraint("offer", mention(reworded))
    before = body(reworded.name)
    with pytest.raises(ProgrammingError):
        migrate("applications", RunSQL("CREATE TABLE made_along (id int)"), *operations)
    assert body(reworded.name) == before
    assert "made_along" not in connection.introspection.table_names()


@pytest.mark.django_db
def test_what_triggers_call_is_replaced_and_never_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    found = law("portal_refuse()")
    kind, text, *_ = found.words
    monkeypatch.setattr(found, "_words", (kind, text.replace("refused", "turned away")))
    migrate("portal", RemoveConstraint("transition", found.name), AddConstraint("transition", mention(found)))
    assert "turned away" in body("portal_refuse")


@pytest.mark.django_db
def test_a_law_of_anothers_table_is_lifted_there() -> None:
    name = "conflict_lasts_while_mentoring"
    assert (Conflict._meta.db_table, Mentorship) == (law(name).deconstruct()[2]["table"], owner(name))
    migrate("mentorship", RemoveConstraint("mentorship", name))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_trigger WHERE tgname = %s UNION ALL SELECT FROM pg_proc WHERE proname = %s", [name, name]
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_a_law_reads_our_tables_whatever_the_session_calls_by_their_names() -> None:
    """The serving role may make no temporary table; a law would not read it."""
    breaker = BREAKERS["section_still_once_published"]()
    next(breaker)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE applications_cohort (LIKE public.applications_cohort) ON COMMIT DROP")
        cursor.execute("SET LOCAL search_path = pg_temp, public")
        cursor.execute("SELECT count(*) FROM applications_cohort")
        assert cursor.fetchone() == (0,)
    with pytest.raises(IntegrityError, match="section_still_once_published"):
        next(breaker)


# Whose rows may be numbered anew: what a cohort asks stands still once it is published, key and all.
NUMBERED_ANEW = {
    "applications_eligibilitycriterion",
    "applications_section",
    "applications_question",
    "applications_rubriccriterion",
    "mentorship_mentor",
    "mentorship_attendance",
    "mentorship_sessionnote",
}


def test_rows_of_which_laws_speak_keep_their_keys() -> None:
    """A row whose key moves away and back was never looked at by what is asked of the key."""
    kept, spoken_of = set(), set()
    for model, found in declared():
        is_fixed = isinstance(found, Refuse) and "UPDATE" in found.words[0] and "WHEN" not in found.words[1]
        if is_fixed or isinstance(found, StateMachine | Stands | AppendOnly) or "OLD.id" in repr(found.words):
            kept.add(model._meta.db_table)
        elif isinstance(found, Law) and not found.table:
            spoken_of.add(model._meta.db_table)
    assert spoken_of - kept <= NUMBERED_ANEW


def owner(name: str) -> type[models.Model]:
    return next(model for model, law in declared() if law.name == name)


def test_every_kind_of_law_is_declared_beside_its_model() -> None:
    assert owner("payouts_funding_append_only") is Funding
    assert owner("portal_break(law text)") is Transition
    assert owner("moves_applications_offer") is Offer
