"""Which pages are measured, with whose eyes, and on which rows of the crowd."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db.models import F
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from applications.models import (
    Application,
    Cohort,
    Membership,
    Offer,
    Participation,
    Programme,
    ReviewAssignment,
)
from demo.applications import crowd
from demo.applications.crowd.shape import SLUG
from mentorship.models import MentorSession, Mentorship
from payouts.models import Hold, PaymentBatch, PayoutAccount
from portal import clock
from portal.desk.paging import in_address, ordered, place_of
from portal.desk.records import ScopedAdmin
from portal.desk.tables_by_name import open_table
from portal.desk.versions import mark
from portal.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Addresses that answer no page: they take posts, files, probes, or lead on to another page.
NOT_PAGES = {
    "a1", "action_item_change", "admin:autocomplete", "admin:desk_account_number", "admin:desk_assign",
    "admin:desk_batch_file", "admin:desk_bulk_job", "admin:desk_export_file", "admin:index", "admin:jsi18n", "admin:view_on_site",
    "application_reopen", "application_save", "document", "healthz", "invitation_withdraw", "metrics", "offer_sign",
    "offer_accept", "operator_setup", "readyz", "review_save", "session_invitation", "set_language", "startup_invite",
    "mentor_hours_remove", "upload_allowed",
}  # fmt: skip  # pages as a table, one a line


# Pages of which no row of a crowd is in the right state: an open invitation, bank details that wait for a proof, a proposal, a
# session that began and is not logged.
WITHOUT_ROWS = {
    "invitation", "payout_account_confirm", "payout_account_confirm_prove", "payout_account_prove", "session_no_show",
    "startup_invite_prove", "admin:desk_decision_act", "styleguide",
    *(f"admin:portal_{name}_{verb}" for name in ("jobrun", "lawcheck", "secondfactorreset")
      for verb in ("change", "history")),
}  # fmt: skip  # pages as a table, one a line


@dataclass(frozen=True, slots=True)
class Page:
    """One address: `first` names the page beside which a deep page or a search is judged."""

    name: str
    person: User | None
    path: str
    kind: str = "page"
    first: str = ""


def founder(of: Any) -> User:
    """Return the first founder of what belongs to a startup."""
    return Membership.objects.filter(startup=of.startup_id, role="founder").order_by("pk")[0].person


def middle(rows: Any) -> Any:
    """Return the row in the middle: neither the newest nor the oldest is like the others."""
    keys = rows.order_by("pk").values_list("pk", flat=True)
    return rows.get(pk=keys[len(keys) // 2])


def portal_pages() -> Iterator[Page]:
    """Yield what visitors, founders, reviewers and mentors open."""
    ours = Application.objects.filter(cohort__programme__slug=SLUG)
    seat = middle(Participation.objects.filter(cohort__slug=f"{SLUG}-2", state="active", mentorships__state="active"))
    session = middle(MentorSession.objects.filter(mentorship__participation=seat, state="booked"))
    held = middle(MentorSession.objects.filter(mentorship__participation=seat, state="held"))
    draft, handed_in = middle(ours.filter(state="draft")), middle(ours.filter(state="submitted", assignments=None))
    offer = middle(Offer.objects.filter(cohort__programme__slug=SLUG, state="open"))
    for name in ("account_login", "account_signup", "account_reset_password"):
        yield Page(name, None, reverse(name))
    yield Page("home", None, reverse("home"))
    yield Page("programme", None, reverse("programme", args=[SLUG]))
    yield Page("eligibility_check", None, reverse("eligibility_check", args=[SLUG]))
    one = founder(seat)
    for name in ("account_profile", "account_email", "mfa_index"):
        yield Page(name, one, reverse(name))
    yield Page("dashboard", one, reverse("dashboard"), "dashboard")
    yield Page("dashboard of a draft", founder(draft), reverse("dashboard"), "dashboard")
    yield Page("startup", one, reverse("startup", args=[seat.startup_id]), "application")
    yield Page("startup_new", one, reverse("startup_new"))
    yield Page("application", one, reverse("application", args=[seat.application_id]), "application")
    yield Page("application_start", founder(handed_in), reverse("application_start", args=[f"{SLUG}-5"]))
    yield Page("application_edit", founder(draft), reverse("application_edit", args=[draft.pk]))
    yield Page("application_withdraw", founder(handed_in), reverse("application_withdraw", args=[handed_in.pk]))
    for name in ("offer", "offer_decline"):
        yield Page(name, founder(offer.application), reverse(name, args=[offer.pk]))
    yield Page("agreement", one, reverse("agreement", args=[seat.offer_id]))
    yield Page("participation", one, reverse("participation", args=[seat.pk]), "application")
    yield Page("payout_account", one, reverse("payout_account", args=[seat.pk]))
    yield Page("booking", one, reverse("booking", args=[seat.pk]))
    yield Page("action_items", one, reverse("action_items", args=[seat.pk]))
    yield Page("mentor_session", one, reverse("mentor_session", args=[session.pk]))
    yield Page("session_cancel", one, reverse("session_cancel", args=[session.pk]))
    yield Page("session_reschedule", one, reverse("session_reschedule", args=[session.pk]))
    yield from _second_founder()
    mentor = session.mentorship.mentor.person
    for name in ("mentoring", "mentor_profile", "mentor_hours"):
        yield Page(name, mentor, reverse(name))
    yield Page("mentor_session of a mentor", mentor, reverse("mentor_session", args=[held.pk]))
    yield Page("session_log", mentor, reverse("session_log", args=[held.pk]))
    assigned = middle(ReviewAssignment.objects.filter(phase__cohort__slug=f"{SLUG}-4", state="cleared"))
    asked = middle(ReviewAssignment.objects.filter(phase__cohort__slug=f"{SLUG}-4", state="assigned"))
    yield Page("reviews", assigned.reviewer, reverse("reviews"))
    yield Page("review", assigned.reviewer, reverse("review", args=[assigned.pk]))
    yield Page("review_conflict", asked.reviewer, reverse("review_conflict", args=[asked.pk]))


def _second_founder() -> Iterator[Page]:
    """Yield what waits for a second person, where the crowd has it."""
    pending = PayoutAccount.objects.filter(state="pending")
    for account in pending.order_by("pk")[:100]:
        seat = account.participation
        if other := Membership.objects.filter(startup=seat.startup_id).exclude(person=account.changed_by).first():
            path = reverse("payout_account_confirm", args=[seat.pk, account.version])
            yield Page("payout_account_confirm", other.person, path)
            return


def desk_pages() -> Iterator[Page]:
    """Yield the boards of managers and finance, and a later page of each that is a list."""
    for page in _desks():
        yield page
        if page.kind == "desk" and (path := _later(page)) != page.path:
            yield Page(f"{page.name} deep", page.person, path, "desk", page.name)


def _later(page: Page) -> str:
    """Return the address that is reached by asking for the next page as often as a person might."""
    client, path = Client(SERVER_NAME="localhost"), page.path
    if page.person:
        client.force_login(page.person, backend=BACKEND)
    for _turn in range(TURNS):
        if not (found := NEXT.search(client.get(path).content.decode())):
            break
        path = f"{page.path.partition('?')[0]}{unescape(found[1])}"
    return path


def _desks() -> Iterator[Page]:
    manager, preparer = crowd.cast("manager"), crowd.cast("preparer")
    reading, decided = (Cohort.objects.get(slug=f"{SLUG}-{name}") for name in ("4", "3"))
    waiting = middle(Application.objects.filter(cohort=reading, state="submitted"))
    seat = middle(Participation.objects.filter(cohort__slug=f"{SLUG}-2", state="active", mentorships__state="active"))
    yield Page("admin:index", manager, reverse("admin:index"))
    yield Page("admin:index of finance", preparer, reverse("admin:index"))
    for name in ("assignments", "decisions", "pairing"):
        yield Page(f"admin:desk_{name}", manager, reverse(f"admin:desk_{name}"), "desk")
    assignment = reverse("admin:desk_assignment", args=[reading.pk])
    yield Page("admin:desk_assignment", manager, assignment, "desk")
    yield Page("admin:desk_assignment few", manager, f"{assignment}?show=few", "desk")
    board = reverse("admin:desk_decision_board", args=[reading.pk])
    yield Page("admin:desk_decision_board", manager, board, "desk")
    [shown] = [
        mark(*each) for each in open_table("decisions", manager, reading.pk, clock.now()).versions([waiting.pk]).items()
    ]
    for name, *args in (("bulk", "decline"), ("export",)):
        address = reverse(f"admin:desk_{name}", args=["decisions", reading.pk, *args])
        yield Page(f"admin:desk_{name}", manager, f"{address}?which=page&page={shown}", "desk")
    yield Page("admin:desk_exports", manager, reverse("admin:desk_exports"), "desk")
    yield Page("admin:desk_pairing search", manager, f"{reverse('admin:desk_pairing')}?show=paired&q=nordic", "desk")
    for name in ("ask", "decision"):
        yield Page(f"admin:desk_{name}", manager, reverse(f"admin:desk_{name}", args=[waiting.pk]), "desk")
    returned = middle(Application.objects.filter(cohort=reading, state="returned"))
    yield Page("admin:desk_go_on", manager, reverse("admin:desk_go_on", args=[returned.pk]))
    taken = ReviewAssignment.objects.filter(application=waiting).order_by("pk")[0]
    yield Page("admin:desk_take_back", manager, reverse("admin:desk_take_back", args=[taken.pk]))
    yield Page("admin:desk_release", manager, reverse("admin:desk_release", args=[reading.pk]))
    offer = middle(Offer.objects.filter(cohort=decided, state="open"))
    yield Page("admin:desk_revoke", manager, reverse("admin:desk_revoke", args=[offer.pk]))
    yield Page("admin:desk_offer_next", manager, reverse("admin:desk_offer_next", args=[offer.cohort_id]))
    pair = seat.mentorships.get()
    yield Page("admin:desk_pairing_pair", manager, reverse("admin:desk_pairing_pair", args=[seat.pk]))
    yield Page("admin:desk_pairing_end", manager, reverse("admin:desk_pairing_end", args=[pair.pk]))
    second = Mentorship.objects.active().filter(is_primary=False).order_by("pk")[0]
    yield Page("admin:desk_pairing_first", manager, reverse("admin:desk_pairing_first", args=[second.pk]))
    yield from _money_desks(seat)


def _money_desks(seat: Participation) -> Iterator[Page]:
    manager, preparer, approver = (crowd.cast(key) for key in ("manager", "preparer", "approver"))
    programme = Programme.objects.get(slug=SLUG)
    yield Page("admin:desk_batches", preparer, reverse("admin:desk_batches"))
    yield Page("admin:desk_batch_prepare", preparer, reverse("admin:desk_batch_prepare", args=[programme.pk]), "desk")
    yield Page("admin:desk_batch_blocked", preparer, reverse("admin:desk_batch_blocked", args=[programme.pk]), "desk")
    batch = PaymentBatch.objects.filter(programme=programme).order_by(F("count").desc(nulls_last=True))[0]
    yield Page("admin:desk_batch", approver, reverse("admin:desk_batch", args=[batch.pk]), "desk")
    waits = PaymentBatch.objects.filter(programme=programme, state="draft").order_by("pk")[0]
    yield Page("admin:desk_batch_act", approver, reverse("admin:desk_batch_act", args=[waits.pk, "approve"]))
    payment = batch.payments.order_by("pk")[0]
    yield Page("admin:desk_payment_act", preparer, reverse("admin:desk_payment_act", args=[payment.pk, "return"]))
    account = middle(PayoutAccount.objects.filter(state="confirmed"))
    yield Page("admin:desk_accounts", preparer, reverse("admin:desk_accounts"), "desk")
    yield Page("admin:desk_account", preparer, reverse("admin:desk_account", args=[account.pk]), "desk")
    yield Page("admin:desk_account_act", preparer, reverse("admin:desk_account_act", args=[account.pk, "verify"]))
    yield Page("admin:desk_money", preparer, reverse("admin:desk_money"))
    money = reverse("admin:desk_cohort_money", args=[Cohort.objects.get(slug=f"{SLUG}-2").pk])
    yield Page("admin:desk_cohort_money", preparer, money, "desk")
    yield Page("admin:desk_fund", preparer, f"{money}fund/")
    yield Page("admin:desk_hold", manager, reverse("admin:desk_hold", args=[seat.pk]))
    yield Page("admin:desk_holds", manager, reverse("admin:desk_holds"), "desk")
    # One seat in fifty is on hold: a small crowd may have none.
    for held in Hold.objects.filter(participation__cohort__programme=programme, lifted_at=None).order_by("pk")[:1]:
        yield Page("admin:desk_hold_act", manager, reverse("admin:desk_hold_act", args=[held.pk, "lift"]))


def record_pages() -> Iterator[Page]:
    """Yield the lists of the admin: first page, filtered, deep, searched; and one record with its history."""
    for model in filter(admin.site.is_registered, apps.get_models()):
        page = admin.site.get_model_admin(model)
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if person := _eyes(page):
            rows = getattr(model._default_manager, "visible_to", lambda _person, m=model: m._default_manager.all())(
                person
            )
            yield from _list(name, page, person, rows)
            if (row := page.get_queryset(_request(person)).order_by("-pk").first()) is not None:
                yield from _record(name, page, person, row)


def _record(name: str, page: ModelAdmin[Any], person: User, row: Any) -> Iterator[Page]:
    kind = "page" if isinstance(row, Cohort) else "record"  # as the budgets have it
    yield Page(f"{name}_change", person, reverse(f"{name}_change", args=[row.pk]), kind)
    yield Page(f"{name}_history", person, reverse(f"{name}_history", args=[row.pk]))
    request = _request(person)
    if page.has_add_permission(request):
        yield Page(f"{name}_add", person, reverse(f"{name}_add"))
    subject = page.get_object(request, str(row.pk))
    for act in getattr(page, "offered_acts", lambda *_: ())(request, subject):
        yield Page(f"{name}_act: {act['label']}", person, act["href"])


def _eyes(page: ModelAdmin[Any]) -> User | None:
    """Return somebody of the cast who may see the list."""
    for key in ("manager", "preparer", "auditor", "operator"):
        person = crowd.cast(key)
        if page.has_view_permission(_request(person)):
            return person
    return None


def _request(person: User) -> HttpRequest:
    request: HttpRequest = RequestFactory().get("/")
    request.user = person
    return request


TURNS = 10
NEXT = re.compile(r'href="([^"]*)" rel="next"')
DEEP = 200  # rows of a list that has later pages
WORDS = {"reference": "GL4", "name_folded": "nordic", "email": "founder1", "code": "award", "key": "approve"}


def _list(name: str, page: ModelAdmin[Any], person: User, rows: Any) -> Iterator[Page]:
    path = reverse(f"{name}_changelist")
    first = f"{name}_changelist"
    yield Page(first, person, path, "list")
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if len(keys) > DEEP and isinstance(page, ScopedAdmin):
        # From the row in the middle: as deep as any page is.
        order = page.order_of(_request(person), "")
        place = place_of(ordered(rows, order).get(pk=keys[len(keys) // 2]), order)
        yield Page(f"{first} deep", person, f"{path}?{urlencode({'after': in_address(place)})}", "list", first)
    field = next((f for f in page.list_filter if f in ("state", "kind", "event", "reason", "role")), None)
    if isinstance(field, str):
        values = page.model._default_manager.values_list(field, flat=True).distinct()[:1]
        for value in values:
            yield Page(f"{first} filtered", person, f"{path}?{field}__exact={value}", "list")
    for searched in page.search_fields[:1]:
        word = next((word for key, word in WORDS.items() if searched.endswith(key)), "a")
        yield Page(f"{first} searched", person, f"{path}?q={word}", "list", first)


def all_pages() -> list[Page]:
    """Return every page there is, in the order in which a programme meets them."""
    return [*portal_pages(), *desk_pages(), *record_pages()]
