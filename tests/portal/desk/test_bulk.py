"""Acts on many rows: counted again, confirmed once, done row by row, by the request or by the worker."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django import forms
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions
from applications.desks import decision_table
from applications.models import Application, Cohort, Decision
from portal import clock
from portal.accounts.actions import close_account
from portal.desk import bulk_jobs
from portal.desk.acts import ActForm
from portal.laws.transitions import acting
from portal.models import BulkJob, JobRun, OutgoingMail, Role, RoleGrant, User
from portal.operations import jobs
from portal.outbox.queue import queue_mail
from portal.refusals import Refusal
from tests import factories as f
from tests.applications.judging import manager_of, proposed
from tests.applications.pages import sign_in_by_page, signed_out, with_password
from tests.arranged import past_laws
from tests.marks import marks, versions

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: f.AT)
    monkeypatch.setattr(bulk_jobs, "nudge", lambda name: None)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def asking(cohort: Cohort, act: str = "decline", **query: Any) -> str:
    """Give the address that asks before an act on rows; applications among them as the board shows them now."""
    query = {
        name: [_shown(each) for each in value] if isinstance(value, list) else value for name, value in query.items()
    }
    address = reverse("admin:desk_bulk", args=["decisions", cohort.pk, act])
    return f"{address}?{urlencode(query, doseq=True)}"


def _shown(told: Any) -> Any:
    if not isinstance(told, Application):
        return told
    return marks(manager_of(told), "decisions", told.cohort_id, [told])[0]


def form_of(page: Any) -> dict[str, Any]:
    """Give what the page that asks would post."""
    return {name: str(value) for name, value in page.context["hidden"].items()}


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def board(n: int) -> tuple[Cohort, User, list[Application]]:
    """Make a cohort with submitted applications, and its manager."""
    cohort = f.cohort()
    made = [f.submitted(to=cohort) for _n in range(n)]
    return cohort, manager_of(made[0]), made


def job_of(cohort: Cohort, person: User, applications: list[Application], act: str = "decline") -> BulkJob:
    return BulkJob(
        person=person,
        table="decisions",
        place=cohort.pk,
        act=act,
        keys=[each.pk for each in applications],
        versions=versions(person, "decisions", cohort.pk, applications),
        asked_at=f.AT,
    )


def declined() -> int:
    return Decision.objects.filter(outcome="decline", state="proposed").count()


# --- The page that asks -----------------------------------------------------------------------------


def test_rows_page_and_all_that_match_are_selected() -> None:
    cohort, manager, made = board(3)
    client = signed_in(manager)
    for query, count in (
        ({"which": "rows", "row": [made[0], made[2]]}, "2 applications"),
        ({"which": "page", "page": ",".join(map(_shown, made))}, "3 applications"),
        ({"which": "all", "counted": 3}, "3 applications"),
        ({"which": "all", "q": made[1].reference}, "1 application"),
    ):
        assert client.get(asking(cohort, **query)).context["about"] == count


@pytest.mark.parametrize("query", [{}, {"row": "x"}, {"row": "²"}, {"row": "9" * 19}, {"which": "page", "page": ","}])
def test_nothing_selected_says_so_and_leads_back(query: dict[str, str]) -> None:
    cohort, manager, _made = board(1)
    response = signed_in(manager).get(asking(cohort, show="open", **query), follow=True)
    assert said(response) == ["Select at least one row."]
    assert response.redirect_chain[-1][0] == f"{reverse('admin:desk_decision_board', args=[cohort.pk])}?show=open"


@pytest.mark.parametrize("query", [{"show": "nonsense"}, {"q": "\0"}])
@pytest.mark.parametrize("which", ["rows", "page", "all"])
def test_invalid_filter_has_no_bulk_act_whatever_is_selected(which: str, query: dict[str, str]) -> None:
    cohort, manager, made = board(1)
    client, key = signed_in(manager), _shown(made[0])
    form = form_of(client.get(asking(cohort, which=which, row=key, page=key)))
    address = asking(cohort, which=which, row=key, page=key, **query)
    assert said(client.get(address, follow=True)) == ["Select at least one row."]
    assert client.post(address, form).status_code == 422
    assert (BulkJob.objects.count(), declined()) == (0, 0)


def test_page_that_asks_reads_no_key_of_what_is_selected() -> None:
    cohort, manager, made = board(3)
    with CaptureQueriesContext(connection) as asked:
        signed_in(manager).get(asking(cohort, which="all"))
    keys = [
        query["sql"] for query in asked if query["sql"].startswith('SELECT "applications_application"."id" AS "pk"')
    ]
    assert (keys, len(made)) == ([], 3)


def test_rows_of_elsewhere_are_not_selected() -> None:
    cohort, manager, made = board(1)
    other = f.submitted()
    page = signed_in(manager).get(asking(cohort, row=[made[0], other]))
    assert page.context["about"] == "1 application"
    assert "It was 2 applications before, and is 1 application now" in page.context["changed"]


def test_confirmed_rows_are_done_and_told() -> None:
    cohort, manager, _made = board(3)
    client = signed_in(manager)
    address = asking(cohort, which="all", counted=3)
    assert said(client.post(address, form_of(client.get(address)), follow=True)) == [
        "3 applications proposed for decline."
    ]
    assert declined() == 3
    job = BulkJob.objects.get()
    assert (job.total, job.position, job.done, job.person) == (3, 3, 3, manager)
    assert job.finished_at is not None


def test_number_that_changed_since_the_list_is_said() -> None:
    cohort, manager, _made = board(2)
    page = signed_in(manager).get(asking(cohort, which="all", counted=5))
    assert "It was 5 applications before, and is 2 applications now" in page.content.decode()
    assert (page.status_code, declined()) == (200, 0)


def test_number_that_changed_since_the_page_is_confirmed_anew() -> None:
    cohort, manager, _made = board(2)
    client = signed_in(manager)
    address = asking(cohort, which="all", counted=2)
    form = form_of(client.get(address))
    f.submitted(to=cohort)
    again = client.post(address, form)
    assert (again.status_code, declined()) == (409, 0)
    assert "It was 2 applications before, and is 3 applications now" in again.content.decode()
    client.post(address, form_of(again))
    assert declined() == 3


def test_second_click_and_the_back_button_are_the_same_job() -> None:
    cohort, manager, made = board(2)
    client = signed_in(manager)
    address = asking(cohort, row=list(made))
    form = form_of(client.get(address))
    first, second = (client.post(address, form, follow=True) for _click in range(2))
    assert said(first) == ["2 applications proposed for decline."]
    assert said(second) == said(first)
    assert (BulkJob.objects.count(), declined()) == (1, 2)


def test_page_that_asks_is_opened_again_by_its_address() -> None:
    cohort, manager, _made = board(2)
    client = signed_in(manager)
    address = asking(cohort, which="all", counted=2)
    assert client.get(address).context["about"] == client.get(address).context["about"] == "2 applications"
    assert client.post(address).status_code == 409  # a form without its page has seen nothing
    assert declined() == 0


def test_refused_rows_are_said_one_by_one() -> None:
    cohort, manager, made = board(2)
    proposed(made[0])
    client = signed_in(manager)
    address = asking(cohort, row=list(made))
    response = client.post(address, form_of(client.get(address)), follow=True)
    [refusal] = response.context["refusals"]
    assert refusal.label == f"{made[0].startup.name} ({made[0].reference})"
    assert "1 application proposed for decline." in response.content.decode()
    assert "Refused: 1 application." in response.content.decode()


def test_acts_are_for_who_may() -> None:
    cohort, _manager, made = board(1)
    for person in (f.holder(Role.AUDITOR, cohort.programme), f.holder(Role.MANAGER, f.programme())):
        assert signed_in(person).get(asking(cohort, row=[made[0]])).status_code == 404
    manager = manager_of(made[0])
    for name in ("nonsense", "release"):
        assert signed_in(manager).get(asking(cohort, name, row=[made[0]])).status_code == 404
    table = reverse("admin:desk_bulk", args=["nonsense", cohort.pk, "decline"])
    assert signed_in(manager).get(table).status_code == 404


def test_job_is_shown_to_who_asked_alone() -> None:
    cohort, manager, made = board(1)
    job = bulk_jobs.start(job_of(cohort, manager, made))
    address = reverse("admin:desk_bulk_job", args=[job.token])
    assert signed_in(manager).get(address).status_code == 200
    assert signed_in(manager_of(made[0])).get(address).status_code == 404


# --- What was typed -----------------------------------------------------------------------------------


class WhyForm(ActForm):
    """What an act on many rows is told here."""

    why = forms.CharField(max_length=40)


def decline(application: Application, *, why: str, by: User, at: datetime) -> None:
    if why == "No":
        raise Refusal("Say more.")
    actions.propose(application, "decline", message=why, by=by, at=at, seen=0)


@pytest.fixture
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the board's acts ask for words."""
    act = replace(decision_table.ACTS[1], form=WhyForm, run=decline)
    monkeypatch.setattr(decision_table, "ACTS", (act,))


@pytest.mark.usefixtures("_told")
def test_words_are_told_to_the_act_on_each_row() -> None:
    cohort, manager, _made = board(2)
    client, address = signed_in(manager), asking(cohort, which="all", counted=2)
    client.post(address, form_of(client.get(address)) | {"why": "Too early"})
    assert [each.message for each in Decision.objects.all()] == ["Too early"] * 2


@pytest.mark.usefixtures("_told")
def test_invalid_form_is_shown_again_with_what_was_typed() -> None:
    cohort, manager, _made = board(2)
    client, address = signed_in(manager), asking(cohort, which="all", counted=2)
    again = client.post(address, form_of(client.get(address)) | {"why": "Too early" * 9})
    shown = again.content.decode()
    assert (again.status_code, "There is a problem" in shown, "Too early" * 9 in shown, declined()) == (
        422,
        True,
        True,
        0,
    )
    client.post(address, form_of(again) | {"why": "Too early"})
    assert declined() == 2


@pytest.mark.usefixtures("_told")
def test_anothers_change_keeps_what_was_typed() -> None:
    cohort, manager, made = board(2)
    client, address = signed_in(manager), asking(cohort, which="all", counted=2)
    form = form_of(client.get(address)) | {"why": "Too early"}
    with past_laws():
        Application.objects.filter(pk=made[0].pk).update(cohort=f.cohort())
    other = f.submitted(to=cohort)  # as many as before, but others
    again = client.post(address, form)
    shown = again.content.decode()
    assert (again.status_code, 'value="Too early"' in shown, declined()) == (409, True, 0)
    assert "This changed after you opened the page" in shown
    assert other.startup.name in shown
    client.post(address, form_of(again) | {"why": "Too early"})
    assert declined() == 2


@pytest.mark.usefixtures("_told")
def test_rows_that_are_gone_meanwhile_keep_what_was_typed() -> None:
    cohort, manager, made = board(1)
    client, address = signed_in(manager), asking(cohort, row=[made[0]])
    form = form_of(client.get(address)) | {"why": "Too early"}
    actions.withdraw(made[0], by=f.founder_of(made[0].startup), at=f.AT)
    again = client.post(address, form)
    shown = again.content.decode()
    assert (again.status_code, 'value="Too early"' in shown) == (422, True)
    assert "Select at least one row." in shown
    assert 'class="btn btn-primary" type="submit"' not in shown  # a button that can only refuse


@pytest.mark.usefixtures("_told")
def test_words_survive_an_ended_session() -> None:
    cohort, manager, _made = board(2)
    address = asking(cohort, which="all", counted=2)
    form = form_of(signed_in(manager).get(address)) | {"why": "Too early"}
    client = signed_out(with_password(manager))
    gone = client.post(address, form)
    page = sign_in_by_page(client, manager, gone["Location"])
    assert page.redirect_chain[-1][0] == address
    assert ('value="Too early"' in page.content.decode(), declined()) == (True, 0)
    client.post(address, form_of(page) | {"why": "Too early"})
    assert declined() == 2


@pytest.mark.usefixtures("_told")
def test_refused_words_are_told_row_by_row() -> None:
    cohort, manager, _made = board(2)
    client, address = signed_in(manager), asking(cohort, which="all", counted=2)
    page = client.post(address, form_of(client.get(address)) | {"why": "No"}, follow=True)
    assert [refusal.words for refusal in page.context["refusals"]] == ["Say more."] * 2


def test_same_rows_are_asked_for_again_as_a_new_job() -> None:
    cohort, manager, made = board(1)
    client, address = signed_in(manager), asking(cohort, row=[made[0]])
    client.post(address, form_of(client.get(address)))
    actions.take_back(Decision.objects.get(), by=manager, at=f.AT)
    client.post(address, form_of(client.get(address)))
    assert (BulkJob.objects.count(), declined()) == (2, 1)


# --- Record lists -------------------------------------------------------------------------------------


def test_act_on_records_of_a_list_asks_before_it_is_done() -> None:
    operator, ada = f.user(is_operator=True), f.user()
    for n in range(2):
        queue_mail(
            "account_exists", to=ada, about=ada, at=f.AT, once=str(n), context={"login_url": "/", "reset_url": "/"}
        )
    acting(by=None, at=f.AT)
    OutgoingMail.objects.update(state="sending")
    OutgoingMail.objects.update(state="failed", error="no such host")
    mails, client = list(OutgoingMail.objects.all()), signed_in(operator)
    chosen = client.post(
        reverse("admin:portal_outgoingmail_changelist"),
        {
            "action": "resend",
            "_selected_action": [mail.pk for mail in mails],
            "seen_as": marks(operator, "portal_outgoingmail", 0, mails),
        },
    )
    asked = client.get(chosen["Location"])
    assert (asked.context["about"], asked.context["title"]) == ("2 rows", "Send again")
    done = client.post(chosen["Location"], form_of(asked), follow=True)
    assert said(done) == ["Done for 2 rows."]
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {"queued"}
    assert LogEntry.objects.filter(change_message__contains="Send again").count() == 2


# --- The worker -------------------------------------------------------------------------------------


def test_many_rows_are_left_to_the_worker(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    nudged: list[str] = []
    monkeypatch.setattr(bulk_jobs, "AT_ONCE", 2)
    monkeypatch.setattr(bulk_jobs, "nudge", nudged.append)
    cohort, manager, _made = board(3)
    client = signed_in(manager)
    address = asking(cohort, which="all", counted=3)
    asked = client.get(address)
    assert "it goes on without you" in asked.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        waiting = client.post(address, form_of(asked), follow=True)
    assert (declined(), nudged, waiting.context["job"].position) == (0, ["bulk_acts"], 0)
    assert "Under way" in waiting.content.decode()
    run = jobs.run_sweep(bulk_jobs.SWEEP, f.AT)
    assert (run.acted, declined()) == (3, 3)
    job = BulkJob.objects.get()
    long_run = JobRun.objects.get(pk=job.run_key or 0)
    assert (long_run.name, long_run.progress, long_run.acted) == ("bulk_acts:decisions", "3 / 3", 3)
    assert jobs.run_sweep(bulk_jobs.SWEEP, f.AT).acted == 0  # twice is once
    assert "Finished" in client.get(reverse("admin:desk_bulk_job", args=[job.token])).content.decode()


def test_job_whose_worker_died_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, manager, made = board(3)
    job = job_of(cohort, manager, made)
    job.save()
    step: Callable[..., int] = bulk_jobs._step
    steps = iter((True, False))

    def dies(*args: Any) -> int:
        if next(steps):
            return step(*args)
        raise OperationalError("the server went away")

    monkeypatch.setattr(bulk_jobs, "_step", dies)
    run = jobs.run_sweep(bulk_jobs.SWEEP, f.AT)
    assert ("went away" in run.error, declined()) == (True, 1)
    monkeypatch.setattr(bulk_jobs, "_step", step)
    assert jobs.run_sweep(bulk_jobs.SWEEP, f.AT).acted == 2
    job.refresh_from_db()
    assert (job.position, job.done, declined()) == (3, 3, 3)


def test_time_that_is_over_leaves_the_rest_for_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, manager, made = board(2)
    job_of(cohort, manager, made).save()
    monkeypatch.setattr(bulk_jobs, "STOPS_AFTER", 0.0)
    assert (bulk_jobs.run_due(f.AT), declined()) == (0, 0)
    monkeypatch.setattr(bulk_jobs, "STOPS_AFTER", 60.0)
    assert (bulk_jobs.run_due(f.AT), declined()) == (2, 2)


def test_who_lost_the_role_meanwhile_acts_no_further() -> None:
    cohort, manager, made = board(2)
    job = job_of(cohort, manager, made)
    job.save()
    RoleGrant.objects.filter(person=manager).update(ends_on=f.AT.date() - timedelta(days=1))
    bulk_jobs.run_due(f.AT)
    job.refresh_from_db()
    assert (job.position, job.done, declined()) == (2, 0, 0)
    assert set(job.refusals.values_list("words", flat=True)) == {"You don't have permission any more."}


def test_closed_account_acts_no_further() -> None:
    cohort, manager, made = board(2)
    job = job_of(cohort, manager, made)
    job.save()
    close_account(manager, by=f.user(is_operator=True), at=f.AT)
    bulk_jobs.run_due(f.AT)
    job.refresh_from_db()
    assert (job.position, job.done, declined()) == (2, 0, 0)


@pytest.mark.parametrize("lost", ["role", "account"])
def test_who_loses_the_role_between_two_rows_does_the_one_and_not_the_other(
    lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort, manager, made = board(3)
    job = job_of(cohort, manager, made)
    job.save()
    step: Callable[..., int] = bulk_jobs._step

    def steps(*args: Any) -> int:
        done = step(*args)
        if lost == "role":
            RoleGrant.objects.filter(person=manager).update(ends_on=f.AT.date() - timedelta(days=1))
        else:
            User.objects.filter(pk=manager.pk).update(is_active=False)
        return done

    monkeypatch.setattr(bulk_jobs, "_step", steps)
    bulk_jobs.run_due(f.AT)
    job.refresh_from_db()
    assert (job.position, job.done, declined()) == (3, 1, 1)


def test_row_that_fails_is_told_and_the_others_are_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cohort, manager, made = board(2)
    real = actions.propose

    def fails(found: Application, *args: Any, **kwargs: Any) -> Any:
        if found.pk == made[0].pk:
            raise ValueError("a bug")
        return real(found, *args, **kwargs)

    monkeypatch.setattr(actions, "propose", fails)
    job = bulk_jobs.start(job_of(cohort, manager, made))
    assert (job.position, job.done, declined()) == (2, 1, 1)
    assert "Something went wrong on our side" in job.refusals.get().words
    assert "a bug" in caplog.text


def test_old_jobs_are_forgotten_and_open_ones_kept() -> None:
    cohort, manager, made = board(1)
    done, waiting = bulk_jobs.start(job_of(cohort, manager, made)), job_of(cohort, manager, made)
    waiting.token = uuid4()
    waiting.save()
    with past_laws():
        BulkJob.objects.filter(pk=done.pk).update(finished_at=f.AT - jobs.EVENTFUL_KEPT - timedelta(days=1))
    assert bulk_jobs.forget_old(f.AT) == 1
    assert BulkJob.objects.get() == waiting


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_each_row_once() -> None:
    cohort, manager, made = board(6)
    job_of(cohort, manager, made).save()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            bulk_jobs.run_due(f.AT)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    bulk_jobs.run_due(f.AT)
    job = BulkJob.objects.get()
    assert (failed, job.done, job.refusals.count(), declined()) == ([], 6, 0, 6)
