"""From the first word to the frozen version: each effect, each refusal, each race."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications import actions
from applications.documents import storage
from applications.models import (
    Answer,
    Application,
    Conflict,
    Document,
    EligibilityFinding,
    Membership,
    Question,
)
from applications.questions.entries import AsSent, Overtaken
from applications.questions.questionnaire import contents
from demo.applications.pdf import one_page
from portal.models import OutgoingMail, Transition, User
from portal.refusals import Refusal
from tests import factories as f
from tests.races import outcomes

pytestmark = pytest.mark.django_db
PDF = one_page("Deck", "Slides")


def question(application: Application, key: str) -> Question:
    return Question.objects.get(section__cohort=application.cohort, key=key)


def editor_of(application: Application, role: str = "editor") -> User:
    person = f.user()
    Membership.objects.create(startup=application.startup, person=person, role=role, joined_at=f.AT)
    return person


# --- starting ---------------------------------------------------------------------------------------


def test_start_gives_a_draft_with_a_reference() -> None:
    startup, cohort = f.startup(), f.cohort()
    made = actions.start_application(startup, cohort, by=f.founder_of(startup), at=f.AT)
    assert (made.state, made.reference, made.started_at) == ("draft", f"{cohort.code}-{made.pk:04d}", f.AT)
    first = Transition.objects.of(made).get()
    assert (first.from_state, first.to_state, first.actor) == ("", "draft", f.founder_of(startup))


def test_start_twice_gives_the_same_application() -> None:
    startup, cohort = f.startup(), f.cohort()
    by = f.founder_of(startup)
    first = actions.start_application(startup, cohort, by=by, at=f.AT)
    assert actions.start_application(startup, cohort, by=by, at=f.AT) == first


@pytest.mark.parametrize("days", [-31, 31])
def test_start_outside_the_dates_is_refused(days: int) -> None:
    startup, cohort = f.startup(), f.cohort()
    with pytest.raises(Refusal, match="does not take applications now"):
        actions.start_application(startup, cohort, by=f.founder_of(startup), at=f.AT + timedelta(days=days))
    assert not Application.objects.exists()


def test_start_in_an_unpublished_cohort_is_refused() -> None:
    startup = f.startup()
    with pytest.raises(Refusal):
        actions.start_application(startup, f.cohort(publish=False), by=f.founder_of(startup), at=f.AT)


@pytest.mark.parametrize("role", ["viewer", None])
def test_only_founders_and_editors_write(role: str | None) -> None:
    draft = f.draft()
    by = editor_of(draft, role) if role else f.user()
    with pytest.raises(Refusal, match="only founders and editors"):
        actions.save_answer(draft, question(draft, "product"), "Mine", by=by, at=f.AT)
    with pytest.raises(Refusal, match="only founders and editors"):
        actions.submit(draft, by=by, at=f.AT)


# --- answers ----------------------------------------------------------------------------------------


def test_answers_keep_what_cannot_be_submitted_yet() -> None:
    draft = f.draft()
    by = f.founder_of(draft.startup)
    actions.save_answer(draft, question(draft, "product"), "x" * 501, by=by, at=f.AT)
    actions.save_answer(draft, question(draft, "site"), "not an address", by=by, at=f.AT)
    assert contents(draft).problems() == {
        question(draft, "product").pk: "1 character too long.",
        question(draft, "site").pk: "Enter a web address that starts with https://",
    }


def test_answer_beyond_measure_is_refused() -> None:
    draft = f.draft()
    with pytest.raises(Refusal, match="far too long"):
        actions.save_answer(draft, question(draft, "product"), "x" * 10_000, by=f.founder_of(draft.startup), at=f.AT)
    assert draft.answers.get(question__key="product").value == "A fine product"


def test_blank_answer_makes_no_row_and_same_answer_no_version() -> None:
    draft = f.draft()
    by = f.founder_of(draft.startup)
    assert actions.save_answer(draft, question(draft, "site"), "", by=by, at=f.AT) is None
    actions.save_answer(draft, question(draft, "product"), "A fine product", by=by, at=f.AT)
    assert list(draft.answers.values_list("question__key", "version")) == [("product", 1)]


def test_another_editors_later_answer_is_not_overwritten() -> None:
    draft = f.draft()
    ana, ben = f.founder_of(draft.startup), editor_of(draft)
    asked = question(draft, "product")
    actions.save_answer(draft, asked, "Ana's words", by=ana, at=f.AT, seen=1)
    with pytest.raises(Overtaken) as caught:
        actions.save_answer(draft, asked, "Ben's words", by=ben, at=f.AT, seen=1)
    assert caught.value.stored.value == "Ana's words"
    actions.save_answer(draft, asked, "Ben's words", by=ben, at=f.AT, seen=2)
    assert Answer.objects.get(application=draft, question=asked).value == "Ben's words"


def test_ones_own_second_window_is_told_and_overwrites_nothing() -> None:
    draft = f.draft()
    by, asked = f.founder_of(draft.startup), question(draft, "product")
    later = f.AT + timedelta(minutes=5)
    actions.save_answer(draft, asked, "Window one", by=by, at=f.AT, seen=1)
    with pytest.raises(Overtaken, match="in another window"):
        actions.save_answer(draft, asked, "Window two", by=by, at=later, seen=1)
    assert draft.answers.get(question=asked).value == "Window one"


def test_ones_own_save_of_a_moment_ago_is_the_same_hand() -> None:
    draft = f.draft()
    by, asked = f.founder_of(draft.startup), question(draft, "product")
    actions.save_answer(draft, asked, "Half a sen", by=by, at=f.AT, seen=1)
    actions.save_answer(draft, asked, "Half a sentence", by=by, at=f.AT + timedelta(seconds=2), seen=1)
    assert draft.answers.get(question=asked).value == "Half a sentence"


def test_many_fields_are_saved_at_once_and_one_that_cannot_be_keeps_none_from_it() -> None:
    draft = f.draft()
    by = f.founder_of(draft.startup)
    asked = {key: question(draft, key) for key in ("product", "site", "team_name")}
    country, raised = draft.cohort.criteria.get(fact="country"), draft.cohort.criteria.get(fact="raised")
    written = [
        AsSent(asked["product"], "x" * 10_000),
        AsSent(asked["site"], "https://a.example"),
        AsSent(asked["team_name"], "Us"),
        AsSent(country, None),
        AsSent(raised, "much"),
    ]
    saved = actions.save_draft(draft, written, by=by, at=f.AT)
    assert {str(words) for words in saved.refused.values()} == {
        "This text is far too long to be kept: at most 500 characters.",
        "This value does not fit the question “raised?”.",
    }
    assert dict(draft.answers.values_list("question__key", "value")) == {
        "product": "A fine product",
        "site": "https://a.example",
        "team_name": "Us",
    }
    assert dict(draft.facts.values_list("fact", "value")) == {"raised": 100_000_000, "developers": 2}


def test_saving_many_equals_saving_each() -> None:
    one, many = f.draft(), f.draft()
    values = {"product": "Better", "site": "", "team_name": "Us"}
    for key, value in values.items():
        actions.save_answer(one, question(one, key), value, by=f.founder_of(one.startup), at=f.AT)
    written = [AsSent(question(many, key), value) for key, value in values.items()]
    actions.save_draft(many, written, by=f.founder_of(many.startup), at=f.AT)
    rows = ("question__key", "value", "version", "saved_at")
    assert list(one.answers.order_by("id").values_list(*rows)) == list(many.answers.order_by("id").values_list(*rows))


def test_facts_are_stated_changed_and_taken_back() -> None:
    draft = f.draft()
    by, criterion = f.founder_of(draft.startup), draft.cohort.criteria.get(fact="raised")
    later = f.AT + timedelta(days=1)
    actions.state_fact(draft, criterion, 5, by=by, at=later)
    fact = draft.facts.get(fact="raised")
    assert (fact.value, fact.as_of, fact.stated_by) == (5, later.date(), by)
    actions.state_fact(draft, criterion, None, by=by, at=later)
    assert not draft.facts.filter(fact="raised").exists()
    with pytest.raises(Refusal, match="does not fit"):
        actions.state_fact(draft, criterion, "much", by=by, at=later)


def seen_of(draft: Application, fact: str) -> int:
    return draft.facts.get(fact=fact).version


def test_another_editors_later_fact_is_not_overwritten() -> None:
    draft = f.draft()
    ana, ben = f.founder_of(draft.startup), editor_of(draft)
    raised = draft.cohort.criteria.get(fact="raised")
    stale = seen_of(draft, "raised")
    actions.state_fact(draft, raised, 5, by=ana, at=f.AT, seen=stale)
    for value in (6, None):
        with pytest.raises(Overtaken, match=f"{ana} changed this answer meanwhile") as caught:
            actions.state_fact(draft, raised, value, by=ben, at=f.AT, seen=stale)
        assert caught.value.stored.row == draft.facts.get(fact="raised")
    actions.state_fact(draft, raised, 5, by=ben, at=f.AT, seen=stale)  # the same is no conflict
    actions.state_fact(draft, raised, 6, by=ben, at=f.AT, seen=seen_of(draft, "raised"))
    assert (draft.facts.get(fact="raised").value, draft.facts.get(fact="raised").stated_by) == (6, ben)


def test_fact_that_was_changed_and_changed_back_was_changed() -> None:
    draft = f.draft()
    ana, ben, later = f.founder_of(draft.startup), editor_of(draft), f.AT + timedelta(minutes=5)
    raised, stale = draft.cohort.criteria.get(fact="raised"), seen_of(draft, "raised")
    before = draft.facts.get(fact="raised").value
    for value in (5, before):
        actions.state_fact(draft, raised, value, by=ana, at=later)
    with pytest.raises(Overtaken):
        actions.state_fact(draft, raised, 7, by=ben, at=later, seen=stale)


def test_fact_taken_back_meanwhile_is_not_stated_anew_in_silence() -> None:
    draft = f.draft()
    ana, ben = f.founder_of(draft.startup), editor_of(draft)
    raised, stale = draft.cohort.criteria.get(fact="raised"), seen_of(draft, "raised")
    actions.state_fact(draft, raised, None, by=ana, at=f.AT, seen=stale)
    with pytest.raises(Overtaken, match="taken back meanwhile"):
        actions.state_fact(draft, raised, 7, by=ben, at=f.AT, seen=stale)
    actions.state_fact(draft, raised, None, by=ben, at=f.AT, seen=stale)
    actions.state_fact(draft, raised, 7, by=ben, at=f.AT, seen=0)
    assert draft.facts.get(fact="raised").value == 7


def test_ones_own_fact_of_a_moment_ago_is_the_same_hand() -> None:
    draft = f.draft()
    by, raised = f.founder_of(draft.startup), draft.cohort.criteria.get(fact="raised")
    stale = seen_of(draft, "raised")
    actions.state_fact(draft, raised, 5, by=by, at=f.AT, seen=stale)
    actions.state_fact(draft, raised, 50, by=by, at=f.AT + timedelta(seconds=2), seen=stale)
    with pytest.raises(Overtaken, match="in another window"):
        actions.state_fact(draft, raised, 6, by=by, at=f.AT + timedelta(minutes=5), seen=stale)
    assert draft.facts.get(fact="raised").value == 50


# --- documents --------------------------------------------------------------------------------------


def attach(draft: Application, body: bytes = PDF, name: str = "deck.pdf") -> Document:
    by = f.founder_of(draft.startup)
    kept = storage.keep(SimpleUploadedFile(name, body), by=by)
    return actions.attach_document(
        draft,
        question(draft, "deck"),
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        stored_as=kept.stored_as,
        by=by,
        at=f.AT,
    )


def test_document_is_bound_to_its_question_once() -> None:
    draft = f.draft()
    first = attach(draft)
    assert attach(draft) == first
    with storage.read(first.stored_as, first.sha256) as kept:
        assert kept.read() == PDF
    assert (first.size, first.content_type, first.uploaded_at) == (len(PDF), "application/pdf", f.AT)


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("empty.pdf", b"", "is empty"),
        ("virus.pdf", b"MZ\x90\x00" + b"\x00" * 4000, "is not a PDF"),
        ("half.pdf", b"%PDF-1.7\n" + b"x" * 5000, "or it is broken"),
        ("huge.pdf", PDF + b" " * (30 * 1024 * 1024), "is too large"),
    ],
)
def test_wrong_files_are_refused_by_their_bytes(name: str, body: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        storage.keep(SimpleUploadedFile(name, body), by=User(pk=1))


def test_a_question_takes_five_documents() -> None:
    draft = f.draft()
    for n in range(5):
        attach(draft, PDF + b" " * n)
    with pytest.raises(Refusal, match="5 documents here already"):
        attach(draft, PDF + b" " * 5)
    assert attach(draft, PDF).pk == Document.objects.order_by("id")[0].pk


def test_removed_document_leaves_the_draft_and_stays_as_a_trace() -> None:
    draft = f.draft()
    document = attach(draft)
    actions.remove_document(document, by=f.founder_of(draft.startup), at=f.AT)
    assert not Document.objects.filter(removed_at=None).exists()
    assert Document.objects.get().removed_at == f.AT
    attach(draft)
    assert Document.objects.filter(removed_at=None).count() == 1


# --- submitting -------------------------------------------------------------------------------------


def test_submit_freezes_a_version_records_findings_and_tells_every_member() -> None:
    draft = f.draft()
    editor_of(draft)
    document = attach(draft)
    version = actions.submit(draft, by=f.founder_of(draft.startup), at=f.AT)
    assert (draft.state, draft.submitted_at, version.number) == ("submitted", f.AT, 1)
    answers = {q["key"]: q for s in version.content["sections"] for q in s["questions"]}
    assert answers["product"]["value"] == "A fine product"
    assert [d["id"] for d in answers["deck"]["documents"]] == [document.pk]
    assert version.content["facts"]["country"]["value"] == "US"
    assert list(EligibilityFinding.objects.values_list("verdict", flat=True)) == ["pass"] * 3
    mails = OutgoingMail.objects.filter(kind="application_submitted")
    assert mails.count() == 2
    assert draft.reference in mails[0].text


def test_submit_reads_the_draft_once() -> None:
    made = f.draft()
    founder = f.founder_of(made.startup)
    draft = Application.objects.select_related("cohort__programme", "startup").get(pk=made.pk)
    with CaptureQueriesContext(connection) as asked:
        actions.submit(draft, by=founder, at=f.AT)
    assert sum("SAVEPOINT" not in query["sql"] for query in asked) == 15


def test_submit_twice_is_one_submission() -> None:
    draft = f.draft()
    by = f.founder_of(draft.startup)
    actions.submit(draft, by=by, at=f.AT)
    with pytest.raises(Refusal):
        actions.submit(draft, by=by, at=f.AT)
    assert (draft.versions.count(), OutgoingMail.objects.filter(kind="application_submitted").count()) == (1, 1)


def test_submit_after_the_deadline_is_refused_and_keeps_every_word() -> None:
    draft = f.draft()
    late = draft.cohort.closes_at
    by = f.founder_of(draft.startup)
    actions.save_answer(draft, question(draft, "product"), "Written at midnight", by=by, at=late)
    with pytest.raises(Refusal, match="deadline has passed"):
        actions.submit(draft, by=by, at=late)
    draft.refresh_from_db()
    assert (draft.state, draft.answers.get(question__key="product").value) == ("draft", "Written at midnight")


def test_submit_with_missing_answers_says_how_many() -> None:
    draft = f.draft()
    by = f.founder_of(draft.startup)
    actions.save_answer(draft, question(draft, "product"), "", by=by, at=f.AT)
    with pytest.raises(Refusal, match="1 answer still needs"):
        actions.submit(draft, by=by, at=f.AT)


@pytest.mark.parametrize(("value", "words"), [(None, "Answer every eligibility question"), ("FR", "not all met")])
def test_submit_without_eligibility_is_refused(value: str | None, words: str) -> None:
    draft = f.draft()
    by = f.founder_of(draft.startup)
    actions.state_fact(draft, draft.cohort.criteria.get(fact="country"), value, by=by, at=f.AT)
    with pytest.raises(Refusal, match=words):
        actions.submit(draft, by=by, at=f.AT)
    assert (draft.state, draft.findings.count(), draft.versions.count()) == ("draft", 0, 0)


def test_submitted_application_can_no_longer_be_changed() -> None:
    made = f.submitted()
    by = f.founder_of(made.startup)
    for act in (
        lambda: actions.save_answer(made, question(made, "product"), "Other", by=by, at=f.AT),
        lambda: actions.state_fact(made, made.cohort.criteria.get(fact="country"), "FR", by=by, at=f.AT),
    ):
        with pytest.raises(Refusal, match="can no longer be changed"):
            act()


def test_reopen_change_and_submit_again_makes_a_second_version() -> None:
    made = f.submitted()
    by = f.founder_of(made.startup)
    actions.reopen(made, by=by, at=f.AT)
    actions.save_answer(made, question(made, "product"), "Better", by=by, at=f.AT)
    actions.submit(made, by=by, at=f.AT)
    values = [v.content["sections"][0]["questions"][0]["value"] for v in made.versions.order_by("number")]
    assert values == ["A fine product", "Better"]


def test_reopen_is_refused_after_the_deadline_and_once_read() -> None:
    made = f.submitted()
    by = f.founder_of(made.startup)
    with pytest.raises(Refusal, match="deadline"):
        actions.reopen(made, by=by, at=made.cohort.closes_at)
    reviewer = f.holder("reviewer", made.cohort.programme)
    actions.assign_reviewer(
        made, reviewer, made.cohort.phases.get(), by=f.holder("manager", made.cohort.programme), at=f.AT
    )
    with pytest.raises(Refusal, match="Reviewers are reading"):
        actions.reopen(made, by=by, at=f.AT)


def test_returned_application_is_answered_after_the_deadline() -> None:
    made = f.submitted()
    actions.return_for_information(made, "Which model?", by=f.holder("manager", made.cohort.programme), at=f.AT)
    late = made.cohort.closes_at + timedelta(days=1)
    actions.submit(made, by=f.founder_of(made.startup), at=late)
    assert (made.state, made.versions.count()) == ("submitted", 2)
    assert OutgoingMail.objects.filter(kind="application_returned").count() == 1


def test_return_needs_a_question() -> None:
    made = f.submitted()
    with pytest.raises(Refusal, match="what you need to know"):
        actions.return_for_information(made, "  ", by=f.holder("manager", made.cohort.programme), at=f.AT)


def test_return_is_a_managers_act_and_not_of_one_in_conflict() -> None:
    made = f.submitted()
    manager = f.holder("manager", made.cohort.programme)
    with pytest.raises(Refusal, match="Only managers"):
        actions.return_for_information(made, "Which model?", by=f.user(), at=f.AT)
    Conflict.objects.create(person=manager, startup=made.startup, kind="family", declared_at=f.AT)
    with pytest.raises(Refusal, match="conflict of interest"):
        actions.return_for_information(made, "Which model?", by=manager, at=f.AT)


def test_return_waits_until_no_decision_is_proposed() -> None:
    made = f.submitted()
    f.confirmed(made, "decline")
    with pytest.raises(Refusal, match="proposed already"):
        actions.return_for_information(made, "Which model?", by=f.holder("manager", made.cohort.programme), at=f.AT)


def test_programme_goes_on_without_an_answer() -> None:
    made = f.submitted()
    manager = f.holder("manager", made.cohort.programme)
    with pytest.raises(Refusal, match="not asked"):
        actions.go_on_without_answer(made, by=manager, at=f.AT)
    actions.return_for_information(made, "Which model?", by=manager, at=f.AT)
    actions.go_on_without_answer(made, by=manager, at=f.AT)
    assert (made.state, made.versions.count()) == ("submitted", 1)
    assert OutgoingMail.objects.filter(kind="application_resumed").count() == 1


def test_withdrawal_takes_what_was_about_to_be_decided_along() -> None:
    decision = f.confirmed()
    actions.withdraw(decision.application, by=f.founder_of(decision.application.startup), at=f.DECIDED)
    decision.refresh_from_db()
    assert decision.state == "withdrawn"


def test_withdraw_is_final_and_a_founders_act() -> None:
    made = f.submitted()
    with pytest.raises(Refusal, match="Only a founder"):
        actions.withdraw(made, by=editor_of(made), at=f.AT)
    actions.withdraw(made, by=f.founder_of(made.startup), at=f.AT)
    with pytest.raises(Refusal):
        actions.submit(made, by=f.founder_of(made.startup), at=f.AT)


# --- races ------------------------------------------------------------------------------------------


def race(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at once, each on a connection of its own; give what each returned or refused."""
    barrier = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(i: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[i] = act()
        except Refusal as refusal:
            results[i] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, act)) for i, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_start_one_application() -> None:
    startup, cohort = f.startup(), f.cohort()
    by = f.founder_of(startup)
    made = race(
        *[lambda: actions.start_application(type(startup).objects.get(pk=startup.pk), cohort, by=by, at=f.AT)] * 4
    )
    assert {a.pk for a in made if isinstance(a, Application)} == {Application.objects.get().pk}
    assert not [a for a in made if isinstance(a, Refusal)]


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_once_are_one() -> None:
    draft = f.draft()
    by = f.founder_of(draft.startup)
    results = race(*[lambda: actions.submit(Application.objects.get(pk=draft.pk), by=by, at=f.AT)] * 3)
    assert outcomes(results) == ["ApplicationVersion", "Refusal", "Refusal"]
    assert (draft.versions.count(), OutgoingMail.objects.filter(kind="application_submitted").count()) == (1, 1)
