"""People, roles and mails in the admin: each sees what their grants cover, acts are asked before, 404 otherwise."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from portal.accounts import actions
from portal.accounts.mails import EMAIL_CONFIRMATION
from portal.clock import now
from portal.models import JobRun, LawCheck, OutgoingMail, Role, RoleGrant, SecondFactorReset, User
from portal.operations import law_checks
from portal.outbox import deliver
from portal.outbox.queue import mark_bounced, queue_mail
from tests import factories
from tests.portal.desk.test_bulk import form_of
from tests.portal.outbox.test_queue import URLS

pytestmark = pytest.mark.django_db
NumQueries = Callable[[int], Any]


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def operator() -> User:
    return factories.user("Olive Operator", is_operator=True)


def page(model: str, which: str = "changelist", *args: object) -> str:
    return reverse(f"admin:portal_{model}_{which}", args=args)


# --- Who sees what ------------------------------------------------------------------------------------


def test_index_shows_each_only_their_own_kinds_of_record() -> None:
    scope = factories.programme()
    seen = {}
    for person in (operator(), factories.holder(Role.MANAGER, scope), factories.holder(Role.AUDITOR, scope)):
        apps = signed_in(person).get("/admin/").context["app_list"]
        seen[str(person)] = [m["object_name"] for app in apps if app["app_label"] == "portal" for m in app["models"]]
    assert set(next(iter(seen.values()))) >= {
        "User",
        "RoleGrant",
        "OutgoingMail",
        "JobRun",
        "LawCheck",
        "Transition",
        "Disclosure",
    }
    assert [set(models) for models in list(seen.values())[1:]] == [
        {"User", "RoleGrant", "SecondFactorReset"},
        {"User", "RoleGrant", "Transition", "Disclosure", "Export", "JobRun", "LawCheck"},
    ]


def test_records_of_others_libraries_have_no_page() -> None:
    client = signed_in(operator())
    for path in ("auth/group", "account/emailaddress", "mfa/authenticator"):
        assert client.get(f"/admin/{path}/").status_code == 404
    assert Group.objects.count() == 0


def test_manager_sees_grants_and_people_of_the_own_programme_alone() -> None:
    ours, theirs = factories.programme(), factories.programme()
    mine, other = (factories.grant(factories.user(), Role.REVIEWER, scope) for scope in (ours, theirs))
    client = signed_in(factories.holder(Role.MANAGER, ours))
    listed = {grant.pk for grant in client.get(page("rolegrant")).context["cl"].queryset}
    assert mine.pk in listed
    assert other.pk not in listed
    assert client.get(page("rolegrant", "change", mine.pk)).status_code == 200
    assert client.get(page("user", "change", mine.person.pk)).status_code == 200
    for path in (
        page("rolegrant", "change", other.pk),
        page("rolegrant", "history", other.pk),
        page("rolegrant", "act", other.pk, "end"),
        page("user", "change", other.person.pk),
        page("rolegrant", "change", 0),
        page("outgoingmail"),
        page("jobrun"),
        page("rolegrant", "add"),
        page("rolegrant", "delete", mine.pk),
    ):
        assert client.get(path).status_code == 404, path


def test_own_grant_elsewhere_is_not_seen_as_managers() -> None:
    ours, theirs = factories.programme(), factories.programme()
    person = factories.holder(Role.MANAGER, ours)
    reviewing = factories.grant(person, Role.REVIEWER, theirs)
    assert signed_in(person).get(page("rolegrant", "change", reviewing.pk)).status_code == 404


def test_filters_offer_and_find_only_ones_own_programmes() -> None:
    ours, also_ours, theirs = factories.programme(), factories.programme(), factories.programme()
    person = factories.holder(Role.MANAGER, ours)
    factories.grant(person, Role.AUDITOR, also_ours)
    html = signed_in(person).get(page("rolegrant")).content.decode()
    assert f"scope__id__exact={ours.pk}" in html
    assert f"scope__id__exact={also_ours.pk}" in html
    assert f"scope__id__exact={theirs.pk}" not in html


def test_search_for_related_people_finds_only_ones_own() -> None:
    ours = factories.programme()
    mine, other = factories.user("Grace Near"), factories.user("Grace Far")
    factories.grant(mine, Role.REVIEWER, ours)
    factories.grant(other, Role.REVIEWER, factories.programme())
    asked = {"app_label": "portal", "model_name": "rolegrant", "field_name": "person", "term": "grace"}
    client = signed_in(factories.holder(Role.MANAGER, ours))
    found = client.get("/admin/autocomplete/", asked).json()["results"]
    assert [result["text"] for result in found] == ["Grace Near"]
    hidden = asked | {"model_name": "transition", "field_name": "actor"}
    assert client.get("/admin/autocomplete/", hidden).json()["results"] == found  # of the same people


@pytest.mark.parametrize("lookup", ["password__startswith=s", "email__startswith=a", "person__password__contains=a"])
def test_hidden_fields_cannot_be_searched_by_the_address(lookup: str) -> None:
    client = signed_in(operator())
    model = "rolegrant" if lookup.startswith("person") else "user"
    assert client.get(f"{page(model)}?{lookup}")["Location"] == f"{page(model)}?e=1"  # one answer, whatever is there


def test_nothing_is_editable_but_what_is_said_to_be() -> None:
    client, ada = signed_in(operator()), factories.user("Ada")
    form = client.get(page("user", "change", ada.pk)).context["adminform"].form
    assert set(form.fields) == {"name", "language", "timezone"}
    client.post(
        page("user", "change", ada.pk), {"name": "Ada King", "language": "fr", "timezone": "", "is_operator": "on"}
    )
    ada.refresh_from_db()
    assert (ada.name, ada.is_operator) == ("Ada King", False)
    manager = signed_in(factories.holder(Role.MANAGER, factories.grant(ada, Role.MENTOR, factories.programme()).scope))
    assert manager.post(page("user", "change", ada.pk), {"name": "x"}).status_code == 404
    assert client.get(page("user", "add")).status_code == 404


def test_nothing_is_deleted() -> None:
    client, ada = signed_in(operator()), factories.user()
    assert client.post(page("user", "delete", ada.pk), {"post": "yes"}).status_code == 404
    client.post(page("user"), {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"})
    assert User.objects.filter(pk=ada.pk).exists()


def test_password_is_on_no_page() -> None:
    ada = factories.user(password="x")
    html = signed_in(operator()).get(page("user", "change", ada.pk)).content.decode()
    assert ada.password not in html
    assert "password" not in re.findall(r'name="(\w+)"', html)


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_grants_takes_the_same_queries_for_any_number(
    count: int, django_assert_max_num_queries: NumQueries
) -> None:
    scope = factories.programme()
    for _ in range(count):
        factories.grant(factories.user(), Role.REVIEWER, scope)
    client = signed_in(operator())
    with django_assert_max_num_queries(8):
        client.get(page("rolegrant"))


# --- Acts ---------------------------------------------------------------------------------------------


def test_role_is_given_confirmed_and_ended_by_acts() -> None:
    one, two, ada, scope = operator(), operator(), factories.user("Ada"), factories.programme()
    client = signed_in(one)
    told = {"person": ada.email.upper(), "role": Role.FINANCE_APPROVER, "scope": scope.pk, "starts_on": "2026-01-01"}
    assert client.get(page("rolegrant", "list_act", "grant")).status_code == 200
    assert client.post(page("rolegrant", "list_act", "grant"), told)["Location"] == page("rolegrant")
    grant = RoleGrant.objects.get(person=ada)
    confirm = page("rolegrant", "act", grant.pk, "confirm")
    refused = client.post(confirm)
    assert refused.status_code == 422
    assert "third person" in refused.content.decode()
    assert signed_in(two).post(confirm).status_code == 302
    grant.refresh_from_db()
    assert (grant.granted_by, grant.confirmed_by) == (one, two)
    client.post(page("rolegrant", "act", grant.pk, "end"), {"on": "2026-02-01"})
    grant.refresh_from_db()
    assert str(grant.ends_on) == "2026-02-01"
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("id")] == [
        "Confirm the role",
        "End the role",
    ]


def test_act_is_asked_before_it_is_done() -> None:
    grant = factories.grant(factories.user(), Role.REVIEWER, factories.programme())
    client = signed_in(operator())
    assert client.get(page("rolegrant", "act", grant.pk, "end")).status_code == 200
    grant.refresh_from_db()
    assert grant.ends_on is None


def test_acts_need_the_token_of_the_form() -> None:
    grant = factories.grant(factories.user(), Role.REVIEWER, factories.programme())
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator())
    assert client.post(page("rolegrant", "act", grant.pk, "end"), {"on": "2026-02-01"}).status_code == 403


def test_managers_form_offers_what_is_theirs_to_give() -> None:
    ours = factories.programme()
    factories.programme()
    client = signed_in(factories.holder(Role.MANAGER, ours))
    form = client.get(page("rolegrant", "list_act", "grant")).context["form"]
    assert [role for role, _label in form.fields["role"].choices] == [Role.REVIEWER, Role.MENTOR]
    assert list(form.fields["scope"].queryset) == [ours]


def test_role_for_an_unknown_address_says_so() -> None:
    told = {
        "person": "nobody@example.org",
        "role": "reviewer",
        "scope": factories.programme().pk,
        "starts_on": "2027-01-01",
    }
    response = signed_in(operator()).post(page("rolegrant", "list_act", "grant"), told)
    assert "Nobody has signed up" in response.content.decode()


def test_auditor_reads_and_acts_not() -> None:
    scope = factories.programme()
    grant = factories.grant(factories.user(), Role.REVIEWER, scope)
    client = signed_in(factories.holder(Role.AUDITOR, scope))
    response = client.get(page("rolegrant", "change", grant.pk))
    assert (response.status_code, response.context["acts"]) == (200, [])
    assert client.post(page("rolegrant", "act", grant.pk, "end"), {"on": "2026-02-01"}).status_code == 404
    assert client.get(page("rolegrant", "list_act", "grant")).status_code == 404


@pytest.mark.parametrize("act", ["nothing", "grant"])
def test_unknown_act_is_not_found(act: str) -> None:
    grant = factories.grant(factories.user(), Role.REVIEWER, factories.programme())
    assert signed_in(operator()).get(page("rolegrant", "act", grant.pk, act)).status_code == 404


def test_lost_factor_goes_through_two_pairs_of_hands() -> None:
    ada, one, two = factories.user("Ada"), operator(), operator()
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "x"})
    signed_in(one).post(page("user", "act", ada.pk, "reset-second-factor"), {"reason": "Seen on video"})
    reset = SecondFactorReset.objects.get()
    confirm = page("secondfactorreset", "act", reset.pk, "confirm")
    signed_in(one).post(confirm)
    assert Authenticator.objects.exists()
    signed_in(two).post(confirm)
    assert not Authenticator.objects.exists()


# --- Mail ---------------------------------------------------------------------------------------------


def test_mail_is_read_and_sent_again_but_a_secret_is_not() -> None:
    ada, client = factories.user("Ada"), signed_in(operator())
    with transaction.atomic():
        queue_mail("account_exists", to=ada, about=ada, at=now(), context=URLS)
        queue_mail(EMAIL_CONFIRMATION, to=ada, about=ada, at=now(), secret=True)
    deliver.drain(now())
    plain, secret = OutgoingMail.objects.order_by("id")
    assert plain.state == "sent"
    assert "You already have an account" in client.get(page("outgoingmail", "change", plain.pk)).content.decode()
    response = client.get(page("outgoingmail", "change", secret.pk))
    assert "carries a secret" in response.content.decode()
    assert response.context["acts"] == []
    assert client.post(page("outgoingmail", "act", plain.pk, "resend")).status_code == 302
    refused = client.post(page("outgoingmail", "act", secret.pk, "resend"), follow=True)
    assert "carries a secret" in refused.content.decode()
    assert list(OutgoingMail.objects.order_by("id").values_list("state", flat=True)) == ["queued", "failed"]


def test_chosen_mails_are_sent_again_and_each_refusal_is_told() -> None:
    ada, client = factories.user("Ada"), signed_in(operator())
    with transaction.atomic():
        for once in "ab":
            queue_mail("account_exists", to=ada, about=ada, at=now(), context=URLS, once=once)
    deliver.drain(now())
    chosen = {"action": "resend", "_selected_action": list(OutgoingMail.objects.values_list("pk", flat=True))}

    def send_again() -> Any:
        seen = re.findall(r'name="seen_as" value="([^"]+)"', client.get(page("outgoingmail")).content.decode())
        asking = client.post(page("outgoingmail"), {**chosen, "seen_as": seen})["Location"]
        return client.post(asking, form_of(client.get(asking)), follow=True)

    assert [str(m) for m in send_again().context["messages"]] == ["Done for 2 rows."]
    refused = send_again().context["refusals"]
    assert (len(refused), all("already been done" in each.words for each in refused)) == (2, True)


def test_history_of_a_mail_names_states_and_who_moved_it() -> None:
    ada, by = factories.user("Ada"), operator()
    with transaction.atomic():
        queue_mail("account_exists", to=ada, about=ada, at=now(), context=URLS)
    deliver.drain(now())
    row = OutgoingMail.objects.get()
    mark_bounced(row, by=by, at=now(), error="full")
    moves = signed_in(by).get(page("outgoingmail", "history", row.pk)).context["moves"]
    assert [(str(m.before), str(m.what), str(m.who)) for m in moves] == [
        ("", "waiting", "the system"),
        ("waiting", "being sent", "the system"),
        ("being sent", "sent", "the system"),
        ("sent", "came back", "Olive Operator"),
    ]


def test_a_check_of_the_laws_shows_each_law_its_count_and_what_breaks_it() -> None:
    verdicts = [
        law_checks.Verdict(law, 2 * (law == 4), ["award:1:payable holds 5"] * (law == 4)) for law in law_checks.LAWS
    ]
    law_checks.keep(verdicts, now())
    client = signed_in(operator())
    listed = client.get(page("lawcheck"))
    assert [(row.law, row.count) for row in listed.context["cl"].result_list] == [
        (law, 2 * (law == 4)) for law in sorted(law_checks.LAWS, reverse=True)
    ]
    assert [listed.content.decode().count(escape(str(words))) for words in law_checks.LAWS.values()] == [1] * len(
        law_checks.LAWS
    )
    assert "award:1:payable holds 5" in client.get(page("lawcheck", "change", broken().pk)).content.decode()


def test_an_auditor_reads_words_about_records_only_where_all_programmes_are_theirs() -> None:
    law_checks.keep([law_checks.Verdict(4, 1, ["award:1:payable holds 5"])], now())
    run = JobRun.objects.create(name="mail", started_at=now(), error="Traceback of some row")
    auditor = factories.holder(Role.AUDITOR, factories.programme())
    pages = [page("lawcheck", "change", broken().pk), page("jobrun", "change", run.pk)]

    def read() -> list[bool]:
        client = signed_in(auditor)
        shown = [client.get(each).content.decode() for each in pages]
        return ["award:1:payable" in shown[0], "Traceback of" in shown[1]]

    assert read() == [True, True]
    factories.programme()
    assert read() == [False, False]


def broken() -> LawCheck:
    return LawCheck.objects.get(count__gt=0)


def test_every_kernel_page_opens() -> None:
    by = operator()
    client, ada = signed_in(by), factories.user()
    JobRun.objects.create(name="mail", started_at=now(), error="Traceback")
    actions.close_account(ada, by=by, at=now())
    for model in ("user", "rolegrant", "secondfactorreset", "outgoingmail", "jobrun", "transition", "disclosure"):
        assert client.get(page(model), {"q": "a"}).status_code == 200
    assert client.get(page("jobrun", "change", JobRun.objects.get().pk)).status_code == 200
    assert client.get("/admin/portal/").status_code == 200
