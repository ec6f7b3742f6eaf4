"""What money adds to the registry of the kernel."""

from payouts import actions, laws, reactions
from payouts.desks import DESKS
from payouts.desks.batch_tables import BatchTable, PaymentTable
from payouts.desks.blocked_table import BlockedTable
from payouts.desks.ready_table import ReadyTable
from payouts.gates import GATES
from payouts.models import BatchFile, PaymentBatch, PaymentSource, PayoutAccount, SourceChange
from payouts.pages import dashboard, metrics
from portal.registry import Panel, ParticipationPanel, registry
from portal.sealing.rotate import Sealed


def register() -> None:
    """Fill the registry: desks, cards, months of the strip, what follows from others' acts, sweeps, secrets, figures, laws."""
    registry.desks += DESKS
    registry.tables |= {table.name: table for table in (BatchTable, PaymentTable, ReadyTable, BlockedTable)}

    registry.panels.append(Panel(template="payouts/panels/dashboard.html", context=dashboard.dashboard_panel, order=15))
    registry.participation_panels.append(
        ParticipationPanel(
            template="payouts/panels/participation.html", context=dashboard.participation_panel, order=10
        )
    )
    registry.strip_sources["money"] = dashboard.money_cells
    registry.cohort_money.append(dashboard.cohort_money)

    registry.gates += GATES

    registry.on("decisions_released", reactions.decisions_released)
    registry.on("offers_ended", reactions.offers_ended)
    registry.on("offer_accepted", reactions.offer_accepted)
    registry.on("agreement_signed", reactions.agreement_signed)

    registry.sweep("open_months", actions.open_months)
    registry.sweep("settle_payments", actions.settle_due)
    registry.sweep("cohort_figures", actions.write_cohort_figures)
    registry.sweep("cohort_balances", actions.write_cohort_balances)

    registry.disclosed += [PayoutAccount, PaymentBatch, PaymentSource]
    registry.sealed += [
        Sealed(PayoutAccount, "sealed", lambda account: account.place),
        Sealed(PaymentSource, "offset_sealed", lambda source: source.place),
        Sealed(SourceChange, "offset_sealed", lambda change: change.place, related=("source",)),
        # A file of ten thousand payments is a megabyte.
        Sealed(BatchFile, "sealed", lambda file: file.place, related=("batch",), at_once=10),
    ]

    registry.metrics += [metrics.payments, metrics.longest_waits]
    registry.law_questions += laws.QUESTIONS
