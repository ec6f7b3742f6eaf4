"""Laws of payout accounts and holds (laws 6, 7 and 16)."""

from applications.models.roles_laws import FINANCE, holds_role
from applications.models.startups_laws import is_new
from payouts.rails import RAILS
from portal.laws.act_clock import not_of_the_act
from portal.laws.declared import Law, OfThePresent, Refuse, break_if, changed
from portal.laws.own_acts import begins, not_own_act, own_act
from portal.models import Role

# The banks' words by which an account is turned down, whatever the rail.
WRONG_ACCOUNT = ", ".join(sorted(f"'{code}'" for rail in RAILS.values() for code in rail.codes_of_wrong_account))

# A hold is looked at again within so many days, however often it is kept.
REVIEW_WITHIN = 31
# The same as the laws count it: where a programme is, its day may be another than in UTC.
REVIEW_BY = f"::date + {REVIEW_WITHIN + 1}"

PROGRAMME = """(
            SELECT c.programme_id FROM applications_participation p JOIN applications_cohort c ON c.id = p.cohort_id
            WHERE p.id = NEW.participation_id)"""


def _staff(person: str, instant: str) -> str:
    return holds_role(person, instant, PROGRAMME, Role.MANAGER, *Role.finance())


# Who may place, keep and lift holds.
STAFF = f"'{Role.MANAGER.value}', {FINANCE}"


# What is sealed changes in one way alone: sealed anew with another key of the ring, as `rotate_keys` does. An envelope is
# `version (1 byte) | key id (8) | nonce (12) | ciphertext and tag`, and one and the same secret gives envelopes of one
# length. What they open to the database cannot see; the account's fingerprint and the batch's hash prove it whenever they
# are opened.
def not_sealed_anew(column: str = "sealed") -> str:
    """Say in SQL that a sealed column changed in another way than by its key."""
    new, old = f"NEW.{column}", f"OLD.{column}"
    return (
        f"{new} IS DISTINCT FROM {old} AND COALESCE(octet_length({new}) <> octet_length({old})"
        f" OR substring({new} from 1 for 1) <> substring({old} from 1 for 1)"
        f" OR substring({new} from 2 for 8) = substring({old} from 2 for 8), true)"
    )


PAYOUT_ACCOUNT = [
    Law(
        "payout_account_given_by_a_founder",
        "BEFORE INSERT",
        break_if("""NOT EXISTS (
            SELECT FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND m.person_id = NEW.changed_by_id AND m.role = 'founder'
              AND m.ended_at IS NULL
        )"""),
    ),
    Law(
        "payout_account_given_by_no_newcomer",
        "BEFORE INSERT",
        break_if(f"""EXISTS (
            SELECT FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND m.person_id = NEW.changed_by_id AND m.ended_at IS NULL AND {is_new()}
        )"""),
    ),
    # Days of 24 hours, whatever the session's time zone thinks of the night between; counted from the act, which is of now:
    # details given a week ago by raw SQL were not there a week ago.
    Law(
        "payout_account_cools_off",
        "BEFORE INSERT",
        break_if(f"""{not_of_the_act("NEW.created_at")} OR NOT EXISTS (
            SELECT FROM applications_participation p
            JOIN applications_cohort c ON c.id = p.cohort_id
            JOIN applications_programme g ON g.id = c.programme_id
            WHERE p.id = NEW.participation_id AND g.currency = NEW.currency
              AND NEW.payable_from >= NEW.created_at + make_interval(hours => 24 * g.cooling_off_days)
        )"""),
    ),
    # The ciphertext alone may change: keys are rotated. What it opens to is proven by the fingerprint. Who confirmed and
    # verified comes with that step, and stands.
    Refuse(
        "payout_account_stands_as_given",
        "UPDATE",
        when=changed(
            "id",
            "uuid",
            "participation_id",
            "version",
            "holder_name",
            "holder_name_ascii",
            "routing_number",
            "account_type",
            "last_four",
            "fingerprint",
            "country",
            "currency",
            "changed_by_id",
            "created_at",
            "payable_from",
        )
        + f" OR ({changed('confirmed_by_id', 'confirmed_at', 'confirmed_evidence')}"
        " AND NOT (OLD.state = 'pending' AND NEW.state = 'confirmed'))"
        + f" OR ({changed('verified_by_id', 'verified_at', 'evidence')}"
        " AND NOT (OLD.state = 'confirmed' AND NEW.state = 'verified'))",
    ),
    Law(
        "payout_account_confirmed_by_founder_or_evidence",
        "BEFORE UPDATE",
        break_if(f"""NEW.state = 'confirmed' AND OLD.state <> 'confirmed' AND NOT EXISTS (
            SELECT FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND m.person_id = NEW.confirmed_by_id AND m.role = 'founder'
              AND m.ended_at IS NULL
        ) AND (NEW.confirmed_evidence = '' OR EXISTS (
            SELECT FROM applications_participation p
            JOIN applications_membership m ON m.startup_id = p.startup_id AND m.role = 'founder' AND m.ended_at IS NULL
            WHERE p.id = NEW.participation_id AND m.person_id <> NEW.changed_by_id AND NOT {is_new()}
        ) OR applications_in_conflict(
            (SELECT p.startup_id FROM applications_participation p WHERE p.id = NEW.participation_id), NEW.confirmed_by_id
        ))"""),
    ),
    Law(
        "payout_account_confirmed_by_no_newcomer",
        "BEFORE UPDATE",
        break_if(f"""NEW.state = 'confirmed' AND OLD.state <> 'confirmed' AND EXISTS (
            SELECT FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND m.person_id = NEW.confirmed_by_id AND m.ended_at IS NULL AND {is_new()}
        )"""),
    ),
    Law(
        "payout_account_verifier_free_of_conflict",
        "BEFORE UPDATE",
        break_if("""NEW.verified_at IS NOT NULL AND OLD.verified_at IS NULL AND applications_in_conflict(
            (SELECT p.startup_id FROM applications_participation p WHERE p.id = NEW.participation_id), NEW.verified_by_id
        )"""),
    ),
    # Staff acts for itself, now, with the role for it; nobody's word comes with the details.
    Refuse(
        "payout_account_begins_unconfirmed",
        "INSERT",
        when="NEW.confirmed_at IS NOT NULL OR NEW.verified_at IS NOT NULL",
    ),
    Law(
        "payout_account_confirmed_by_staff_who_act",
        "AFTER UPDATE",
        break_if(f"""NOT EXISTS (
            SELECT FROM applications_participation p JOIN applications_membership m ON m.startup_id = p.startup_id
            WHERE p.id = NEW.participation_id AND m.person_id = NEW.confirmed_by_id AND m.role = 'founder'
              AND m.ended_at IS NULL
        ) AND ({not_own_act("confirmed_by_id", "confirmed_at", may=_staff("NEW.confirmed_by_id", "NEW.confirmed_at"))})"""),
        when=begins("confirmed_at"),
    ),
    own_act(
        "payout_account_verified_by_who_acts",
        "verified_by_id",
        "verified_at",
        on="UPDATE",
        when=begins("verified_at"),
        may=_staff("NEW.verified_by_id", "NEW.verified_at"),
    ),
    # Details stand again if the bank's word alone turned them down, in the act that booked it, no such word stands any more,
    # and the founders gave no others.
    Law(
        "payout_account_stands_again_without_the_banks_word",
        "BEFORE UPDATE",
        break_if(f"""NOT EXISTS (
            SELECT FROM portal_transition t
            JOIN payouts_payment p ON p.account_id = NEW.id
            JOIN portal_transition r ON r.subject_table = 'payouts_payment' AND r.subject_id = p.id
                AND r.to_state = 'returned' AND r.reason IN ({WRONG_ACCOUNT}) AND r.at = t.at AND r.id < t.id
            WHERE t.subject_table = 'payouts_payoutaccount' AND t.subject_id = NEW.id AND t.id = (
                SELECT max(l.id) FROM portal_transition l
                WHERE l.subject_table = 'payouts_payoutaccount' AND l.subject_id = NEW.id)
        ) OR EXISTS (
            SELECT FROM payouts_payment p
            WHERE p.account_id = NEW.id AND p.state = 'returned' AND p.return_code IN ({WRONG_ACCOUNT})
        ) OR EXISTS (
            SELECT FROM payouts_payoutaccount n
            WHERE n.participation_id = NEW.participation_id AND n.version > NEW.version
        )"""),
        when="OLD.state = 'rejected' AND NEW.state = 'verified'",
    ),
    Refuse("payout_account_sealed_anew_alone", "UPDATE", when=not_sealed_anew()),
    Refuse("payout_account_is_kept", "DELETE"),
]

HOLD = [
    OfThePresent("payouts_hold_of_the_present"),
    # The months are locked: an approval that runs at the same instant either comes first, or sees the hold.
    Law(
        "hold_placed_free_of_conflict",
        "BEFORE INSERT",
        """PERFORM FROM payouts_disbursement d JOIN payouts_award a ON a.id = d.award_id
        WHERE a.participation_id = NEW.participation_id ORDER BY d.id FOR NO KEY UPDATE OF d;
        IF applications_in_conflict(
            (SELECT p.startup_id FROM applications_participation p WHERE p.id = NEW.participation_id), NEW.placed_by_id
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    # Whose act it is, by what of the row is new. The role is one of now: the row's instant is that of the act.
    Law(
        "hold_in_hands_of_staff",
        "BEFORE INSERT OR UPDATE",
        f"""IF TG_OP = 'INSERT' THEN
            who := NEW.placed_by_id;
            since := NEW.placed_at;
        ELSIF {changed("lifted_by_id", "lifted_at")} THEN
            who := NEW.lifted_by_id;
            since := NEW.lifted_at;
        ELSIF {changed("kept_by_id", "kept_at")} THEN
            who := NEW.kept_by_id;
            since := NEW.kept_at;
        ELSE
            RETURN NEW;
        END IF;
        IF {not_of_the_act("since")} OR NOT EXISTS (
            SELECT FROM applications_participation p
            JOIN applications_cohort c ON c.id = p.cohort_id
            JOIN applications_programme g ON g.id = c.programme_id
            JOIN portal_rolegrant r ON r.scope_id = g.id
            WHERE p.id = NEW.participation_id AND r.person_id = who AND r.role IN ({STAFF})
              AND (r.role NOT IN ({FINANCE}) OR r.confirmed_at IS NOT NULL)
              AND portal_days_hold(r.starts_on, r.ends_on, since, g.timezone)
        ) OR (TG_OP = 'UPDATE' AND applications_in_conflict(
            (SELECT p.startup_id FROM applications_participation p WHERE p.id = NEW.participation_id), who
        )) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
        declare="who bigint; since timestamptz;",
    ),
    own_act("hold_placed_by_who_acts", "placed_by_id", "placed_at", may="(NEW.kept_at, NEW.lifted_at) IS NULL"),
    own_act("hold_kept_by_who_acts", "kept_by_id", "kept_at", on="UPDATE", when=changed("kept_by_id", "kept_at")),
    own_act("hold_lifted_by_who_acts", "lifted_by_id", "lifted_at", on="UPDATE", when=begins("lifted_at")),
    # A hold waits for the months' locks too: what was approved meanwhile was not held, and its instant must not say so.
    # Named to come after the law above, which locks them: triggers run in the order of their names.
    Law(
        "hold_placed_no_earlier_than_approvals",
        "BEFORE INSERT",
        break_if("""EXISTS (
            SELECT FROM payouts_award a JOIN payouts_disbursement d ON d.award_id = a.id
            JOIN portal_transition t ON t.subject_table = 'payouts_disbursement' AND t.subject_id = d.id
            WHERE a.participation_id = NEW.participation_id AND t.to_state = 'approved' AND t.at > NEW.placed_at
        )"""),
    ),
    Law(
        "hold_account_of_participation",
        "BEFORE INSERT",
        break_if("""NEW.account_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM payouts_payoutaccount p
            WHERE p.id = NEW.account_id AND p.participation_id = NEW.participation_id
        )"""),
    ),
    Refuse(
        "hold_is_looked_at_again",
        "INSERT",
        when="NEW.review_on < (NEW.placed_at AT TIME ZONE 'UTC')::date"
        f" OR NEW.review_on > (NEW.placed_at AT TIME ZONE 'UTC'){REVIEW_BY}",
    ),
    Refuse(
        "hold_stands_as_placed",
        "UPDATE",
        when=changed(
            "id",
            "participation_id",
            "account_id",
            "reason",
            "notice",
            "note",
            "placed_by_id",
            "placed_at",
            "noticed_at",
        )
        + " OR OLD.lifted_at IS NOT NULL"
        + f" OR (NEW.lifted_at IS NULL AND {changed('lifted_why')})",
    ),
    # By somebody who neither placed it nor kept it last; not further away than a first review may be.
    Refuse(
        "hold_kept_longer_by_a_second_person",
        "UPDATE",
        when=f"{changed('review_on', 'kept_by_id', 'kept_at')} AND (NEW.kept_by_id IS NULL OR NEW.review_on <= OLD.review_on"
        " OR NEW.kept_by_id = OLD.kept_by_id OR NEW.kept_at IS NOT DISTINCT FROM OLD.kept_at"
        f" OR NEW.review_on > (NEW.kept_at AT TIME ZONE 'UTC'){REVIEW_BY})",
    ),
    Refuse("hold_is_kept", "DELETE"),
]
