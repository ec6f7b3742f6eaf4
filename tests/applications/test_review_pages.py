"""The reviewer's pages: nothing before the conflict question, nothing of names in a blind phase, no word ever lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions
from applications.documents import storage
from applications.models import Application, Cohort, Document, Question, Review, ReviewAssignment
from demo.applications.pdf import one_page
from portal import clock
from portal.models import OutgoingMail, User
from tests import factories as f
from tests.applications.judging import assigned, cleared, conflict, manager_of, phase_of, reviewed, reviewer_of, write
from tests.applications.pages import signed_out
from tests.arranged import past_laws

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.AT)


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def text(response: Any) -> str:
    body: bytes = response.content
    return body.decode()


def page(assignment: ReviewAssignment, name: str = "review") -> str:
    return reverse(name, args=[assignment.pk])


def known_startup() -> tuple[Application, list[str], Document]:
    """Submit an application full of what tells who it is; give those words, and its document."""
    founder = f.user("Ada Nearlyfamous", email="ada@loomwork.example")
    startup = f.startup(founder, name="Loomwork", website="https://loomwork.example", city="Springfield")
    draft = f.draft(startup)
    by, questions = founder, {q.key: q for q in Question.objects.filter(section__cohort=draft.cohort)}
    actions.save_answer(draft, questions["team_name"], "The Weavers", by=by, at=f.AT)
    actions.save_answer(draft, questions["site"], "https://demo.loomwork.example/try", by=by, at=f.AT)
    kept = storage.keep(
        SimpleUploadedFile("weavers-deck.pdf", one_page("Deck", "Slides"), content_type="application/pdf"), by=by
    )
    document = actions.attach_document(
        draft,
        questions["deck"],
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        stored_as=kept.stored_as,
        by=by,
        at=f.AT,
    )
    actions.submit(draft, by=by, at=f.AT)
    telling = ["Loomwork", "loomwork", "Nearlyfamous", "Weavers", "weavers", "Springfield"]
    return draft, telling, document


# --- the conflict question --------------------------------------------------------------------------


def test_nothing_of_the_application_is_shown_before_the_question_is_answered() -> None:
    application, _telling, document = known_startup()
    made = assigned(application)
    client = signed_in(made.reviewer)
    shown = text(client.get(page(made)))
    assert "Does anything connect you with Loomwork?" in shown
    for hidden in ("A fine product", "Weavers", "weavers-deck", "Springfield", "demo.loomwork", "Nearlyfamous"):
        assert hidden not in shown
    assert client.get(reverse("document", args=[document.pk])).status_code == 404
    assert Review.objects.count() == 0


def test_no_conflict_opens_the_application_and_its_documents() -> None:
    application, _telling, document = known_startup()
    made = assigned(application)
    client = signed_in(made.reviewer)
    assert client.post(page(made), {"action": "clear"}).headers["Location"] == page(made)
    shown = text(client.get(page(made)))
    for word in ("Loomwork", "A fine product", "The Weavers", "weavers-deck.pdf", "Your review", "Submit the review"):
        assert word in shown
    download = client.get(reverse("document", args=[document.pk]))
    assert (download.status_code, download.getvalue()[:5]) == (200, b"%PDF-")
    download.close()


def test_conflict_closes_the_page_for_good() -> None:
    application, telling, document = known_startup()
    made = assigned(application)
    client = signed_in(made.reviewer)
    answer = client.post(page(made), {"action": "conflict", "kind": "other", "note": " "})
    assert (answer.status_code, "what connects you" in text(answer)) == (422, True)
    assert client.post(page(made), {"action": "conflict", "kind": "family", "note": "Sister"}).status_code == 302
    closed = text(client.get(page(made)))
    assert "This application is closed to you" in closed
    assert not [word for word in (*telling, "A fine product") if word in closed]
    assert client.get(reverse("document", args=[document.pk])).status_code == 404
    assert "Conflict of interest" in text(client.get(reverse("reviews")))


def test_conflict_without_a_kind_is_asked_again() -> None:
    made = assigned()
    answer = signed_in(made.reviewer).post(page(made), {"action": "conflict", "note": "Shares since 2020"})
    assert (answer.status_code, "Shares since 2020" in text(answer)) == (422, True)
    assert ReviewAssignment.objects.get().state == "assigned"


def test_conflict_known_from_elsewhere_closes_the_page() -> None:
    review = cleared()
    conflict(review.assignment.reviewer, review.assignment.application.startup)
    client = signed_in(review.assignment.reviewer)
    assert "closed to you" in text(client.get(page(review.assignment)))
    client.post(page(review.assignment, "review_save"), {"comment": "Still here"})
    assert Review.objects.get().comment == ""


def test_conflict_noticed_while_reading_has_its_page() -> None:
    review = cleared()
    client = signed_in(review.assignment.reviewer)
    there = page(review.assignment, "review_conflict")
    assert there in text(client.get(page(review.assignment)))
    assert client.post(there, {"kind": "employer"}).status_code == 302
    assert ReviewAssignment.objects.get().state == "conflicted"


def test_before_the_phase_nothing_can_be_answered() -> None:
    made = assigned()
    phase_of(made.application, opens_at=f.AT + timedelta(days=1))
    client = signed_in(made.reviewer)
    assert "No conflict" not in text(client.get(page(made)))
    shown = client.post(page(made), {"action": "clear"}, follow=True)
    assert "This review phase has not begun." in text(shown)


# --- blindness --------------------------------------------------------------------------------------


def every_page(client: Client, made: ReviewAssignment) -> list[str]:
    """Give the words of every page on which a reviewer meets an application."""
    addresses = [reverse("reviews"), page(made), page(made, "review_conflict"), reverse("dashboard")]
    return [text(client.get(address, follow=True)) for address in addresses]


def test_blind_phase_tells_nowhere_who_it_is() -> None:
    application, telling, document = known_startup()
    made = assigned(application, is_blind=True)
    client = signed_in(made.reviewer)
    shown = every_page(client, made)
    client.post(page(made), {"action": "clear"})
    shown += every_page(client, made)
    shown += [text(client.post(page(made), {"action": "submit", "comment": "x" * 4001}))]
    write(Review.objects.get())
    shown += [text(client.post(page(made), {"action": "submit", "recommendation": "accept"}))]
    shown += [text(client.post(page(made, "review_save"), {"comment": "Fine"}))]
    letters = OutgoingMail.objects.filter(to_email=made.reviewer.email)
    shown += [f"{letter.subject} {letter.text}" for letter in letters]
    assert letters.count() == 1
    for words in shown:
        assert not [word for word in telling if word in words]
    assert any("A fine product" in words for words in shown)
    assert all(application.reference in words for words in shown[4:6])
    assert client.get(reverse("document", args=[document.pk])).status_code == 404
    assert client.get(reverse("application", args=[application.pk])).status_code == 404
    assert client.get(reverse("startup", args=[application.startup_id])).status_code == 404


def test_blind_phase_hides_who_submitted_and_its_history() -> None:
    application, telling, _document = known_startup()
    review = reviewed(application)
    with past_laws():
        phase_of(application, is_blind=True)
    shown = text(signed_in(review.assignment.reviewer).get(page(review.assignment)))
    assert "Reopen to change it" in shown
    assert not [word for word in telling if word in shown]


def test_blind_phase_hides_links_and_files_even_if_nobody_marked_them() -> None:
    application, _telling, _document = known_startup()
    review = cleared(application, is_blind=True)
    shown = text(signed_in(review.assignment.reviewer).get(page(review.assignment)))
    assert ("product?" in shown, "site?" in shown, "deck?" in shown, "team_name?" in shown) == (
        True,
        False,
        False,
        False,
    )


# --- judging ----------------------------------------------------------------------------------------


def filled(review: Review, points: int = 4, **changes: Any) -> dict[str, Any]:
    rubric = review.assignment.application.cohort.rubric.all()
    given = {f"points-{criterion.pk}": str(points) for criterion in rubric}
    return {"action": "submit", "recommendation": "accept", "comment": "Good", "feedback": "Go on"} | given | changes


def test_draft_is_saved_whole_or_half() -> None:
    review = cleared()
    client = signed_in(review.assignment.reviewer)
    answer = client.post(page(review.assignment), {"action": "save", "comment": "Half a thought"}, follow=True)
    assert ("Draft saved" in text(answer), "Half a thought" in text(answer)) == (True, True)
    assert Review.objects.get().state == "draft"
    assert ">Draft<" in text(client.get(reverse("reviews")))


def test_submit_hands_in_what_the_page_says() -> None:
    review = cleared()
    client = signed_in(review.assignment.reviewer)
    answer = client.post(page(review.assignment), filled(review), follow=True)
    assert "Submitted. Thank you" in text(answer)
    review.refresh_from_db()
    assert (review.state, review.recommendation, review.comment, review.feedback) == (
        "submitted",
        "accept",
        "Good",
        "Go on",
    )
    assert set(review.scores.values_list("points", flat=True)) == {4}


def test_submit_of_half_a_review_says_what_is_missing_and_keeps_the_rest() -> None:
    review = cleared()
    rubric = list(review.assignment.application.cohort.rubric.order_by("order"))
    half = {"action": "submit", f"points-{rubric[0].pk}": "5", "comment": "Kept words"}
    answer = signed_in(review.assignment.reviewer).post(page(review.assignment), half)
    shown = text(answer)
    assert (answer.status_code, shown.count("Give points."), "Kept words" in shown) == (422, 2, True)
    assert "Give points for every criterion first." in shown
    review.refresh_from_db()
    assert (review.state, review.comment) == ("draft", "Kept words")


@pytest.mark.parametrize("wrong", [{"comment": "x" * 4001}, {"recommendation": "perhaps"}, {"points": "9"}])
def test_wrong_input_is_refused_and_shown_again(wrong: dict[str, str]) -> None:
    review = cleared()
    words = filled(review, feedback="Still here")
    if "points" in wrong:
        words |= {key: "9" for key in words if key.startswith("points-")}
    answer = signed_in(review.assignment.reviewer).post(page(review.assignment), words | wrong)
    assert (answer.status_code, "Still here" in text(answer)) == (422, True)
    review.refresh_from_db()
    assert review.state == "draft"


def test_double_click_on_submit_is_one_review() -> None:
    review = cleared()
    client = signed_in(review.assignment.reviewer)
    answers = [client.post(page(review.assignment), filled(review)) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert [m.level_tag for m in get_messages(answers[1].wsgi_request)] == ["success"]


def test_other_tab_does_not_overwrite_what_was_handed_in_but_keeps_its_words() -> None:
    review = reviewed()
    answer = signed_in(review.assignment.reviewer).post(
        page(review.assignment), filled(review, 1, comment="Other words")
    )
    assert (answer.status_code, "Other words" in text(answer)) == (422, True)
    assert "Reopen it to change it" in text(answer)
    review.refresh_from_db()
    assert review.comment == ""


def test_submit_after_the_phase_keeps_the_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    review = cleared()
    set_clock(monkeypatch, review.assignment.phase.closes_at)
    client = signed_in(review.assignment.reviewer)
    answer = client.post(page(review.assignment), filled(review, comment="Late but written"))
    assert (answer.status_code, "Your draft is kept" in text(answer)) == (422, True)
    review.refresh_from_db()
    assert (review.state, review.comment) == ("draft", "Late but written")
    assert "phase not open" in text(client.get(page(review.assignment)))


def test_handed_in_review_is_read_only_and_reopens() -> None:
    review = reviewed(comment="Fine work")
    client = signed_in(review.assignment.reviewer)
    shown = text(client.get(page(review.assignment)))
    assert ("Fine work" in shown, "<textarea" in shown) == (True, False)
    assert client.post(page(review.assignment), {"action": "reopen"}).status_code == 302
    assert "<textarea" in text(client.get(page(review.assignment)))
    review.refresh_from_db()
    assert review.state == "draft"


def test_reopen_after_the_phase_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    review = reviewed()
    set_clock(monkeypatch, review.assignment.phase.closes_at)
    client = signed_in(review.assignment.reviewer)
    assert "Reopen" not in text(client.get(page(review.assignment)))
    answer = client.post(page(review.assignment), {"action": "reopen"}, follow=True)
    assert "This review phase is over." in text(answer)


def test_words_survive_a_session_that_ended() -> None:
    review = cleared()
    visitor = signed_out(review.assignment.reviewer)
    answer = visitor.post(page(review.assignment), filled(review, comment="Written before the login"))
    assert "/login/" in answer.headers["Location"]
    visitor.force_login(review.assignment.reviewer, backend=BACKEND)
    shown = text(visitor.get(page(review.assignment)))
    assert ("Written before the login" in shown, "You had been signed out" in shown) == (True, True)


def test_autosave_keeps_words_and_says_so() -> None:
    review = cleared()
    client = signed_in(review.assignment.reviewer)
    there = page(review.assignment, "review_save")
    assert 'data-autosave-state="saved"' in text(client.post(there, {"comment": "As I write"}))
    assert 'data-autosave-state="failed"' in text(client.post(there, {"comment": "x" * 4001}))
    review.refresh_from_db()
    assert review.comment == "As I write"
    assert client.get(there)["Location"] == there.removesuffix("save/")  # back from the login


def test_autosave_after_handing_in_fails_in_words() -> None:
    review = reviewed()
    answer = signed_in(review.assignment.reviewer).post(page(review.assignment, "review_save"), {"comment": "More"})
    assert "This review is submitted" in text(answer)


def test_newer_version_is_told() -> None:
    review = cleared()
    application = review.assignment.application
    actions.return_for_information(application, "Which?", by=manager_of(application), at=f.AT)
    later = f.AT + timedelta(hours=1)
    actions.submit(application, by=f.founder_of(application.startup), at=later)
    assert "A newer version" in text(signed_in(review.assignment.reviewer).get(page(review.assignment)))


def test_withdrawn_application_is_no_longer_asked() -> None:
    review = cleared()
    application = review.assignment.application
    actions.withdraw(application, by=f.founder_of(application.startup), at=f.AT)
    client = signed_in(review.assignment.reviewer)
    assert "No longer needed" in text(client.get(reverse("reviews")))
    assert "no longer waiting for a decision" in text(client.get(page(review.assignment)))


# --- who may ----------------------------------------------------------------------------------------


def test_strangers_get_404_and_visitors_the_login() -> None:
    review = cleared()
    application = review.assignment.application
    others = [f.user(), reviewer_of(application), manager_of(application), f.founder_of(application.startup)]
    for name in ("review", "review_save", "review_conflict"):
        there = page(review.assignment, name)
        for person in others:
            assert signed_in(person).post(there, {"action": "clear"}).status_code == 404
        assert "/login/" in Client().get(there).headers["Location"]


def test_taken_back_review_is_gone() -> None:
    review = cleared()
    actions.take_assignment_back(review.assignment, by=manager_of(review.assignment.application), at=f.AT)
    client = signed_in(review.assignment.reviewer)
    assert client.get(page(review.assignment)).status_code == 404
    assert "Nothing is asked of you now" in text(client.get(reverse("reviews")))


def test_list_groups_by_phase_counts_and_remembers_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = f.cohort()
    reviewer = f.holder("reviewer", cohort.programme)
    done, open_, _new = (f.submitted(to=cohort) for _n in range(3))
    for application in (done, open_):
        review = write(cleared(application, reviewer))
        if application is done:
            actions.submit_review(review, by=reviewer, at=f.AT)
    assigned(_new, reviewer)
    client = signed_in(reviewer)
    shown = text(client.get(reverse("reviews")))
    assert ('value="1" max="3"' in shown, "Conflict question open" in shown) == (True, True)
    set_clock(monkeypatch, phase_of(done).closes_at + timedelta(days=1))
    assert "Phases that are over" in text(client.get(reverse("reviews")))


def queries_of_the_list(client: Client) -> int:
    client.get(reverse("reviews"))
    with CaptureQueriesContext(connection) as asked:
        response = client.get(reverse("reviews"))
    assert response.status_code == 200
    return len(asked)


def test_list_asks_the_database_the_same_for_one_three_and_thirty() -> None:
    cohort: Cohort = f.cohort()
    reviewer = f.holder("reviewer", cohort.programme)
    client, counts, made = signed_in(reviewer), [], 0
    for wanted in (1, 3, 30):
        while made < wanted:
            application = f.submitted(to=cohort)
            write(cleared(application, reviewer)) if made % 2 else assigned(application, reviewer)
            made += 1
        counts.append(queries_of_the_list(client))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 8
