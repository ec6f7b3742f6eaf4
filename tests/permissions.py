"""The permission matrix: one line an address, one letter a part.

V visitor · F founder of the startup · S a founder of another one · R reviewer, assigned and free of conflicts ·
T the startup's mentor · M manager · P finance, prepares · A finance, approves · U auditor · O operator ·
E manager and auditor of other programmes. Everybody who is not named gets 404; visitors get the login.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin

from applications.mails import make_token
from applications.models import Invitation
from mentorship.models import ActionItem
from portal.models import BulkJob, Export, StepUp
from tests.world import World

LETTERS = {
    "visitor": "V",
    "founder": "F",
    "stranger": "S",
    "reviewer": "R",
    "mentor": "T",
    "manager": "M",
    "preparer": "P",
    "approver": "A",
    "auditor": "U",
    "operator": "O",
    "elsewhere": "E",
}
ALL = "VFSRTMPAUOE"
IN = "FSRTMPAUOE"

# Addresses of allauth and of Django's admin itself, tested by their libraries and in tests/portal.
OF_LIBRARIES = (
    "account_",
    "mfa_",
    "admin:login",
    "admin:logout",
    "admin:password",
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:view_on_site",
    "admin:app_list",
    "admin:None",
)

# The first row of a record belongs to the world's programme, but of these the last.
LATEST = ("applications_startup", "applications_conflict")

PAGES: dict[str, str] = {
    # What anybody may open
    "eligibility_check": ALL,
    "healthz": ALL,
    "home": ALL,
    "invitation": ALL,
    "operator_setup": ALL,
    "programme": ALL,
    "readyz": ALL,
    "metrics": ALL,
    "set_language": ALL,
    "styleguide": ALL,
    # The portal
    "action_item_change": "FT",
    "action_items": "FT",
    "agreement": "F",
    "application": "F",
    "application_edit": "F",
    "application_reopen": "F",
    "application_save": "F",
    "application_start": IN,
    "application_withdraw": "F",
    "booking": "F",
    "dashboard": IN,
    "upload_allowed": IN,
    "document": "FRMU",
    "invitation_withdraw": "F",
    "mentor_hours": "T",
    "mentor_hours_remove": "T",
    "mentor_profile": "T",
    "mentor_session": "FT",
    "mentoring": "T",
    "offer": "F",
    "offer_accept": "F",
    "offer_decline": "F",
    "offer_sign": "F",
    "participation": "F",
    "payout_account": "F",
    "payout_account_confirm": "F",
    "payout_account_confirm_prove": "F",
    "payout_account_prove": "F",
    "review": "R",
    "review_conflict": "R",
    "review_save": "R",
    "reviews": "R",
    "session_cancel": "FT",
    "session_invitation": "FT",
    "session_log": "T",
    "session_no_show": "F",
    "session_reschedule": "FT",
    "startup": "F",
    "startup_invite": "F",
    "startup_invite_prove": "F",
    "startup_new": IN,
    # The desks
    "admin:desk_account": "MPAU",
    "admin:desk_account_act": "MPA",
    "admin:desk_account_number": "MPA",
    "admin:desk_accounts": "MPAUE",
    "admin:desk_ask": "M",
    "admin:desk_assign": "M",
    "admin:desk_assignment": "MU",
    "admin:desk_assignments": "MUE",
    "admin:desk_batch": "MPAU",
    "admin:desk_batch_act": "PA",
    "admin:desk_batch_blocked": "MPAU",
    "admin:desk_batch_file": "A",
    "admin:desk_batch_prepare": "MPAU",
    "admin:desk_batches": "MPAUE",
    "admin:desk_bulk": "M",
    "admin:desk_bulk_job": "M",
    "admin:desk_cohort_money": "MPAU",
    "admin:desk_correction_act": "PA",
    "admin:desk_decision": "MU",
    "admin:desk_decision_act": "M",
    "admin:desk_decision_board": "MU",
    "admin:desk_decisions": "MUE",
    "admin:desk_export": "MU",
    "admin:desk_export_file": "M",
    "admin:desk_exports": "MPAUOE",
    "admin:desk_fund": "MPA",
    "admin:desk_go_on": "M",
    "admin:desk_hold": "MPA",
    "admin:desk_hold_act": "MPA",
    "admin:desk_holds": "MPAUE",
    "admin:desk_money": "MPAUE",
    "admin:desk_offer_next": "M",
    "admin:desk_pairing": "MUE",
    "admin:desk_pairing_end": "M",
    "admin:desk_pairing_first": "M",
    "admin:desk_pairing_pair": "M",
    "admin:desk_payment_act": "PA",
    "admin:desk_release": "M",
    "admin:desk_revoke": "M",
    "admin:desk_take_back": "M",
    "admin:index": "MPAUOE",
}

# Who sees the list, who sees a record of the world's programme and its history, who may make one.
ADMIN: dict[str, tuple[str, str, str]] = {
    "portal_accountevent": ("O", "O", ""),
    "portal_user": ("MUOE", "O", ""),
    "portal_rolegrant": ("MUOE", "MUO", ""),
    "portal_secondfactorreset": ("MOE", "O", ""),
    "portal_outgoingmail": ("O", "O", ""),
    "portal_jobrun": ("UOE", "UOE", ""),
    "portal_export": ("UOE", "UO", ""),
    "portal_lawcheck": ("UOE", "UOE", ""),
    "portal_transition": ("UOE", "UO", ""),
    "portal_disclosure": ("UOE", "UO", ""),
    "applications_application": ("MUE", "MU", ""),
    "applications_reviewassignment": ("MUE", "MU", ""),
    "applications_decision": ("MUE", "MU", ""),
    "applications_offer": ("MPAUE", "MPAU", ""),
    "applications_agreement": ("MPAUE", "MPAU", ""),
    "applications_participation": ("MPAUE", "MPAU", ""),
    "applications_programme": ("MUOE", "MUO", "O"),
    "applications_settingschange": ("MUE", "MU", ""),
    "applications_terms": ("MUE", "MU", "ME"),
    "applications_cohort": ("MUE", "MU", "ME"),
    "applications_section": ("MUE", "MU", ""),
    "applications_startup": ("MPAUE", "MPAU", ""),
    "applications_conflict": ("MPAUE", "MPAU", ""),
    "payouts_award": ("MPAUE", "MPAU", ""),
    "payouts_disbursement": ("MPAUE", "MPAU", ""),
    "payouts_ledgeraccount": ("MPAUE", "MPAU", ""),
    "payouts_transfer": ("MPAUE", "MPAU", ""),
    "payouts_funding": ("MPAUE", "MPAU", ""),
    "payouts_payoutaccount": ("MPAUE", "MPAU", ""),
    "payouts_hold": ("MPAUE", "MPAU", ""),
    "payouts_paymentbatch": ("MPAUE", "MPAU", ""),
    "payouts_payment": ("MPAUE", "MPAU", ""),
    "payouts_correction": ("MPAUE", "MPAU", ""),
    "payouts_paymentsource": ("MPAUE", "MPAU", "A"),
    "payouts_sourcechange": ("MPAUE", "MPAU", ""),
    "mentorship_mentor": ("MUE", "MU", ""),
    "mentorship_mentorship": ("MUE", "MU", ""),
    "mentorship_mentorsession": ("MUE", "MU", ""),
    "mentorship_actionitem": ("MUE", "MU", ""),
}

ADMIN_ACTS: dict[str, str] = {
    "portal_user_act reset-second-factor": "O",
    "portal_user_act close": "O",
    "portal_user_act reopen": "O",
    "portal_rolegrant_list_act grant": "MOE",
    "portal_rolegrant_act confirm": "MO",
    "portal_rolegrant_act end": "MO",
    "portal_secondfactorreset_act confirm": "O",
    "portal_outgoingmail_act resend": "O",
    "portal_outgoingmail_act bounced": "O",
    "applications_programme_act settings": "M",
    "applications_settingschange_act confirm": "M",
    "applications_settingschange_act withdraw": "M",
    "applications_terms_act publish": "M",
    "applications_cohort_act publish": "M",
    "payouts_paymentsource_act bank": "A",
    "payouts_sourcechange_act confirm": "PA",
    "payouts_sourcechange_act withdraw": "PA",
    "mentorship_mentorsession_act cancel": "M",
}

Arguments = Callable[[World], dict[str, Any]]


def of(path: str, name: str = "pk") -> Arguments:
    """Lead from the seat to the object whose key an address takes."""

    def lead(made: World) -> dict[str, Any]:
        found: Any = made.participation
        for part in path.split("."):
            found = getattr(found, part) if part else found
        return {name: found}

    return lead


ARGUMENTS: dict[str, Arguments] = {
    "operator_setup": lambda made: {"token": "forged"},
    "programme": of("cohort.programme.slug", "slug"),
    "eligibility_check": of("cohort.programme.slug", "slug"),
    "startup": of("startup_id"),
    "startup_invite": of("startup_id"),
    "startup_invite_prove": lambda made: {
        "pk": made.participation.startup_id,
        "token": StepUp.objects.get(act="invite_founder").uuid,
    },
    "invitation_withdraw": lambda made: {"pk": Invitation.objects.get().pk},
    "invitation": lambda made: {"token": make_token(Invitation.objects.get())},
    "application_start": of("cohort.slug", "slug"),
    "application": of("application_id"),
    "application_edit": of("application_id"),
    "application_save": lambda made: {"pk": made.participation.application_id},
    "application_reopen": of("application_id"),
    "application_withdraw": of("application_id"),
    "document": lambda made: {"pk": made.document.pk},
    "offer": of("offer_id"),
    "offer_accept": of("offer_id"),
    "offer_decline": of("offer_id"),
    "offer_sign": of("offer_id"),
    "agreement": of("offer_id"),
    "participation": of("pk"),
    "review": lambda made: {"pk": made.assignment.pk},
    "review_save": lambda made: {"pk": made.assignment.pk},
    "review_conflict": lambda made: {"pk": made.assignment.pk},
    "payout_account": of("pk"),
    "payout_account_confirm": lambda made: {"pk": made.participation.pk, "version": made.account.version},
    "payout_account_confirm_prove": lambda made: {
        "pk": made.participation.pk,
        "version": made.account.version,
        "token": StepUp.objects.get(act="payout_account_confirm").uuid,
    },
    "payout_account_prove": lambda made: {
        "pk": made.participation.pk,
        "token": StepUp.objects.get(act="payout_account").uuid,
    },
    "booking": of("pk"),
    "action_items": of("pk"),
    "mentor_hours_remove": lambda made: {"kind": "rule", "pk": made.held.mentorship.mentor.rules.get().pk},
    "mentor_session": lambda made: {"pk": made.held.pk},
    "session_log": lambda made: {"pk": made.held.pk},
    "session_no_show": lambda made: {"pk": made.booked.pk},
    "session_cancel": lambda made: {"pk": made.booked.pk},
    "session_reschedule": lambda made: {"pk": made.booked.pk},
    "session_invitation": lambda made: {"pk": made.booked.pk},
    "action_item_change": lambda made: {"pk": ActionItem.objects.get().pk, "verb": "done"},
    "admin:desk_assignment": of("cohort_id", "cohort_id"),
    "admin:desk_assign": of("cohort_id", "cohort_id"),
    "admin:desk_take_back": lambda made: {"pk": made.assignment.pk},
    "admin:desk_ask": of("application_id"),
    "admin:desk_go_on": of("application_id"),
    "admin:desk_decision_board": of("cohort_id", "cohort_id"),
    "admin:desk_decision": of("application_id"),
    "admin:desk_decision_act": lambda made: {"pk": made.participation.offer.decision_id, "act": "withdraw"},
    "admin:desk_release": of("cohort_id", "cohort_id"),
    "admin:desk_offer_next": of("cohort_id", "cohort_id"),
    "admin:desk_revoke": of("offer_id"),
    "admin:desk_batch_prepare": of("cohort.programme_id", "programme_id"),
    "admin:desk_batch_blocked": of("cohort.programme_id", "programme_id"),
    "admin:desk_batch": lambda made: {"batch_id": made.batch.pk},
    "admin:desk_batch_file": lambda made: {"batch_id": made.batch.pk},
    "admin:desk_batch_act": lambda made: {"batch_id": made.batch.pk, "act": "settle"},
    "admin:desk_payment_act": lambda made: {"payment_id": made.batch.payments.get().pk, "act": "return"},
    "admin:desk_correction_act": lambda made: {
        "correction_id": made.batch.payments.get().corrections.get().pk,
        "act": "confirm",
    },
    "admin:desk_account": lambda made: {"account_id": made.account.pk},
    "admin:desk_account_number": lambda made: {"account_id": made.account.pk},
    "admin:desk_account_act": lambda made: {"account_id": made.account.pk, "act": "reject"},
    "admin:desk_bulk": lambda made: {"table": "decisions", "place": made.participation.cohort_id, "act": "decline"},
    "admin:desk_bulk_job": lambda made: {"token": BulkJob.objects.get().token},
    "admin:desk_export": lambda made: {"table": "decisions", "place": made.participation.cohort_id},
    "admin:desk_export_file": lambda made: {"token": Export.objects.get().token},
    "admin:desk_cohort_money": of("cohort_id", "cohort_id"),
    "admin:desk_fund": of("cohort_id", "cohort_id"),
    "admin:desk_hold": of("pk", "participation_id"),
    "admin:desk_hold_act": lambda made: {"hold_id": made.participation.holds.get().pk, "act": "lift"},
    "admin:desk_pairing_pair": of("pk"),
    "admin:desk_pairing_end": lambda made: {"pk": made.held.mentorship_id},
    "admin:desk_pairing_first": lambda made: {"pk": made.held.mentorship_id},
}


def record_addresses() -> dict[str, dict[str, Any]]:
    """Give the addresses of every record page of the admin, with their arguments."""
    found: dict[str, dict[str, Any]] = {}
    for model, page in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        rows = model._default_manager.order_by("pk")
        row = rows.last() if name in LATEST else rows.first()
        key = {"object_id": row.pk if row else 0}
        found |= {f"admin:{name}_{verb}": key for verb in ("change", "history", "delete")}
        found |= {f"admin:{name}_{verb}": {} for verb in ("changelist", "add")}
        for act in getattr(page, "acts", ()):
            verb = "list_act" if act.on_list else "act"
            found[f"admin:{name}_{verb} {act.name}"] = ({} if act.on_list else key) | {"act": act.name}
    return found


def expected_records() -> dict[str, str]:
    """Spread the lines of records over their addresses: lists, pages, history; making; nobody deletes."""
    lines: dict[str, str] = {}
    for name, (listed, seen, made) in ADMIN.items():
        lines |= {f"admin:{name}_changelist": listed, f"admin:{name}_change": seen, f"admin:{name}_history": seen}
        lines |= {f"admin:{name}_add": made, f"admin:{name}_delete": ""}
    return lines | {f"admin:{name}": who for name, who in ADMIN_ACTS.items()}
