"""The days of a batch are those of its last act: one that is frozen or sent late takes effect and settles later."""

from django.db import migrations

from portal.sql import Refuse

NAME = "batch_approved_once"
BEFORE = (
    "OLD.approved_at IS NOT NULL AND ((OLD.approved_by_id, OLD.approved_at, OLD.effective_on, OLD.settles_on)"
    " IS DISTINCT FROM (NEW.approved_by_id, NEW.approved_at, NEW.effective_on, NEW.settles_on))"
)
# The file says when it takes effect, so that day stands once it is written; when it counts as paid, once it is sent.
OTHERWISE = """OLD.approved_at IS NOT NULL AND (
    (OLD.approved_by_id, OLD.approved_at) IS DISTINCT FROM (NEW.approved_by_id, NEW.approved_at)
    OR NEW.effective_on < OLD.effective_on OR NEW.settles_on < OLD.settles_on
    OR (NEW.effective_on <> OLD.effective_on AND NOT (OLD.state = 'approved' AND NEW.state = 'frozen'))
    OR (NEW.settles_on <> OLD.settles_on AND (OLD.state, NEW.state) NOT IN (('approved', 'frozen'), ('frozen', 'sent'))))"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_sealed_anew")]

    operations = [
        migrations.RunSQL(
            f"DROP TRIGGER {NAME} ON payouts_paymentbatch",
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON payouts_paymentbatch FOR EACH ROW WHEN ({BEFORE})"
            " EXECUTE FUNCTION portal_refuse()",
        ),
        Refuse("payouts_paymentbatch", NAME, "UPDATE", when=OTHERWISE),
    ]
