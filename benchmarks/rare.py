"""What a crowd has no trace of, brought about once: a second mentor, a batch that waits for approval, a correction,
other settings and other ids at the bank that are asked for, a refused login, an export."""

from datetime import datetime

from django.test import Client
from django.urls import reverse

from applications.actions import ask_settings_change
from applications.models import Cohort, Participation, Programme, SettingsChange
from benchmarks.pages import BACKEND
from demo.applications import crowd
from demo.applications.crowd.shape import SLUG
from mentorship.actions import pair
from mentorship.models import Mentorship
from payouts.actions import ask_correction, ask_source_change, open_month, prepare_batch
from payouts.models import Correction, Disbursement, Payment, PaymentBatch, PaymentSource, SourceChange
from portal.models import AccountEvent, Export, Role, RoleGrant


def bring_about(at: datetime) -> None:
    """Do each act whose outcome is not there."""
    programme = Programme.objects.get(slug=SLUG)
    if not Mentorship.objects.active().filter(is_primary=False).exists():
        _pair_again(programme, at)
    if not PaymentBatch.objects.filter(state="draft", programme=programme).exists():
        _prepare_one(programme)
    if not Correction.objects.exists():
        _ask_correction(programme, at)
    if not SettingsChange.objects.exists():
        _ask_other_settings(programme, at)
    if not SourceChange.objects.exists():
        _ask_other_ids(programme, at)
    if not AccountEvent.objects.exists():
        AccountEvent.objects.create(person=crowd.cast("manager"), kind=AccountEvent.Kind.REFUSED, at=at)
    if not Export.objects.exists():
        _export(Cohort.objects.get(slug=f"{SLUG}-4"))


def _pair_again(programme: Programme, at: datetime) -> None:
    seats = Participation.objects.filter(cohort__programme=programme, state="active", mentorships__state="active")
    seat = seats.order_by("-pk")[0]
    others = RoleGrant.objects.people(Role.MENTOR, programme.pk, at).exclude(pk__in=seat.mentorships.values("mentor"))
    pair(seat, others.order_by("pk")[0], by=crowd.cast("manager"), at=at)


def _prepare_one(programme: Programme) -> None:
    """Prepare a batch of the next month that comes, at its day."""
    coming = Disbursement.objects.filter(award__cohort__programme=programme, state="scheduled").order_by("due_at", "pk")
    at = coming[0].due_at
    month = coming.due(at).unblocked(at)[0]
    open_month(month, by=None, at=at)
    prepare_batch(programme, months=[month.pk], by=crowd.cast("preparer"), at=at)


def _ask_correction(programme: Programme, at: datetime) -> None:
    paid = Payment.objects.filter(batch__programme=programme, state="settled", disbursement__state="paid")
    ask_correction(paid.order_by("-pk")[0], reason="The bank's list names another.", by=crowd.cast("preparer"), at=at)


def _ask_other_settings(programme: Programme, at: datetime) -> None:
    told = {"monthly_cap_minor": programme.monthly_cap_minor, "months": programme.months + 1}
    days, by = programme.cooling_off_days, crowd.cast("manager")
    ask_settings_change(programme, **told, cooling_off_days=days, reason="A month more for everybody.", by=by, at=at)


def _ask_other_ids(programme: Programme, at: datetime) -> None:
    source = PaymentSource.objects.required(programme)
    ids = {"destination": source.destination, "origin": source.origin, "odfi": source.odfi, "company_id": "9987654321"}
    ask_source_change(source, **ids, reason="The bank gave us another id.", by=crowd.cast("approver"), at=at)


def _export(cohort: Cohort) -> None:
    client = Client(SERVER_NAME="localhost")
    client.force_login(crowd.cast("manager"), backend=BACKEND)
    address = reverse("admin:desk_export", args=["decisions", cohort.pk])
    client.post(f"{address}?which=all", {"format": Export.Format.XLSX})
