"""Laws of awards and their months (laws 2, 3 and 7)."""

from portal.laws.declared import AT, BOTH, NEW, Law, OfThePresent, Refuse, break_if, changed

AWARD = [
    Law(
        "award_follows_offer",
        "AFTER INSERT",
        break_if("""EXISTS (
            SELECT FROM new_rows n
            JOIN applications_offer o ON o.id = n.offer_id
            JOIN applications_application a ON a.id = o.application_id
            WHERE (o.cohort_id, a.startup_id, o.currency, o.monthly_cap_minor, o.months, o.first_period)
               <> (n.cohort_id, n.startup_id, n.currency, n.monthly_cap_minor, n.months, n.first_period)
        )"""),
        rows=NEW,
    ),
    Refuse(
        "award_stands_as_made",
        "UPDATE",
        when=changed(
            "id",
            "offer_id",
            "cohort_id",
            "startup_id",
            "currency",
            "monthly_cap_minor",
            "months",
            "total_minor",
            "first_period",
            "created_at",
        )
        + f" OR (OLD.participation_id IS NOT NULL AND {changed('participation_id')})",
    ),
    Law(
        "award_participation_of_its_offer",
        "BEFORE INSERT OR UPDATE",
        break_if("""NEW.participation_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM applications_participation p WHERE p.id = NEW.participation_id AND p.offer_id = NEW.offer_id
        )"""),
    ),
    Law(
        "award_committed_once_signed",
        "BEFORE UPDATE",
        break_if("""NEW.state = 'committed' AND OLD.state <> 'committed' AND NOT EXISTS (
            SELECT FROM applications_agreement g WHERE g.offer_id = NEW.offer_id
        )"""),
    ),
    Refuse("award_is_kept", "DELETE"),
    # Of offers: the money that waits for an answer goes back with it, in one transaction.
    Law(
        "offer_ends_with_its_award",
        "AFTER UPDATE",
        break_if("EXISTS (SELECT FROM payouts_award a WHERE a.offer_id = NEW.id AND a.state = 'reserved')"),
        when="OLD.state = 'open' AND NEW.state IN ('declined', 'lapsed', 'revoked')",
        at_commit=True,
        table="applications_offer",
    ),
]

DISBURSEMENT = [
    OfThePresent("payouts_disbursement_of_the_present"),
    Law(
        "disbursement_within_cap",
        "BEFORE INSERT OR UPDATE OF award_id, n, ceiling_minor, carried_minor",
        break_if("""NOT EXISTS (
            SELECT FROM payouts_award a
            WHERE a.id = NEW.award_id AND NEW.n <= a.months AND a.state = 'committed'
              AND NEW.ceiling_minor <= a.monthly_cap_minor + NEW.carried_minor
        )"""),
    ),
    # Counted month by month: those up to any month never take more together than their caps. So a month carries in what months
    # before it left, and once only. The award is locked first: two months of it do not carry the same at the same instant.
    Law(
        "disbursement_carries_what_was_left",
        "AFTER INSERT OR UPDATE OF ceiling_minor, carried_minor",
        "PERFORM FROM payouts_award a WHERE a.id = NEW.award_id FOR NO KEY UPDATE;\n"
        + break_if("""EXISTS (
            SELECT FROM payouts_award a JOIN (
                SELECT m.n, sum(COALESCE(m.amount_minor, m.ceiling_minor)) OVER (ORDER BY m.n) AS taken
                FROM payouts_disbursement m WHERE m.award_id = NEW.award_id
            ) up_to ON up_to.taken > up_to.n * a.monthly_cap_minor
            WHERE a.id = NEW.award_id
        )"""),
        when="NEW.carried_minor > 0",
    ),
    Refuse(
        "disbursement_starts_without_amount",
        "INSERT",
        when="NEW.amount_minor IS NOT NULL OR NEW.payee_id IS NOT NULL",
    ),
    Refuse(
        "disbursement_amount_fixed_once",
        "UPDATE",
        when=f"{changed('amount_minor')} AND NOT (OLD.state = 'scheduled' AND NEW.state = 'ready')",
    ),
    Refuse(
        "disbursement_payee_set_by_approval",
        "UPDATE",
        when=f"{changed('payee_id')} AND NOT ((OLD.state = 'ready' AND NEW.state = 'approved')"
        " OR (OLD.state IN ('approved', 'paid') AND NEW.state = 'ready' AND NEW.payee_id IS NULL))",
    ),
    Refuse(
        "disbursement_stands_as_cut",
        "UPDATE",
        when=changed("id", "award_id", "n")
        + f" OR (OLD.state <> 'scheduled' AND {changed('period', 'ceiling_minor', 'carried_minor', 'due_at')})"
        # Its day moves with its month, and its ceiling with what it carries in.
        + f" OR ({changed('due_at')} AND NOT {changed('period')})"
        + " OR NEW.ceiling_minor - OLD.ceiling_minor <> NEW.carried_minor - OLD.carried_minor",
    ),
    # Locked first, so that two months of one award, fixed at the same instant, are not each judged without the other.
    Law(
        "disbursement_within_award",
        "AFTER UPDATE",
        """PERFORM FROM payouts_award a WHERE a.id IN (
            SELECT n.award_id FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.amount_minor IS DISTINCT FROM o.amount_minor
        ) ORDER BY a.id FOR NO KEY UPDATE;"""
        + break_if("""EXISTS (
            SELECT FROM payouts_disbursement d JOIN payouts_award a ON a.id = d.award_id
            WHERE d.state NOT IN ('lapsed', 'cancelled') AND a.id IN (
                SELECT n.award_id FROM new_rows n JOIN old_rows o USING (id)
                WHERE n.amount_minor IS DISTINCT FROM o.amount_minor)
            GROUP BY a.id HAVING sum(COALESCE(d.amount_minor, 0)) > a.total_minor
        )"""),
        rows=BOTH,
    ),
    # An approval waits for locks: a hold lifted meanwhile was open at the instant that the approval bears. A correction
    # approves nothing: the payment is out.
    Law(
        "disbursement_not_on_hold",
        "AFTER UPDATE",
        break_if(f"""EXISTS (
            SELECT FROM new_rows n JOIN old_rows o USING (id)
            JOIN payouts_award a ON a.id = n.award_id
            JOIN payouts_hold h ON h.participation_id = a.participation_id AND (
                h.lifted_at IS NULL OR (n.state = 'approved' AND h.placed_at < {AT} AND {AT} < h.lifted_at))
            LEFT JOIN payouts_payoutaccount p ON p.id = h.account_id
            WHERE (o.state, n.state) IN (('scheduled', 'ready'), ('ready', 'approved'))
              AND NOT EXISTS (SELECT FROM payouts_payment q WHERE q.disbursement_id = n.id AND q.state = 'sent')
              AND (h.account_id IS NULL OR h.account_id = n.payee_id
                   OR (n.payee_id IS NULL AND p.state IN ('pending', 'confirmed', 'verified')))
        )"""),
        rows=BOTH,
    ),
    Law(
        "disbursement_approved_by_its_batch",
        "AFTER UPDATE",
        break_if("""EXISTS (
            SELECT FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.state = 'approved' AND o.state <> 'approved' AND NOT EXISTS (
                SELECT FROM payouts_payment p JOIN payouts_paymentbatch b ON b.id = p.batch_id
                WHERE p.disbursement_id = n.id AND p.account_id = n.payee_id
                  AND (p.state, b.state) IN (('prepared', 'approved'), ('sent', 'sent')))
        )"""),
        rows=BOTH,
    ),
    Law(
        "disbursement_paid_by_an_arrived_payment",
        "AFTER UPDATE",
        break_if("""EXISTS (
            SELECT FROM new_rows n JOIN old_rows o USING (id)
            WHERE n.state = 'paid' AND o.state <> 'paid' AND NOT EXISTS (
                SELECT FROM payouts_payment p WHERE p.disbursement_id = n.id AND p.state = 'settled')
        )"""),
        rows=BOTH,
    ),
    Law(
        "disbursement_free_of_live_payment",
        "AFTER UPDATE",
        break_if("""EXISTS (
            SELECT FROM new_rows n JOIN old_rows o USING (id)
            JOIN payouts_payment p ON p.disbursement_id = n.id AND p.state IN ('prepared', 'sent', 'settled')
            WHERE n.state IN ('ready', 'lapsed', 'cancelled') AND o.state <> n.state
        )"""),
        rows=BOTH,
    ),
    Refuse("disbursement_is_kept", "DELETE"),
]
