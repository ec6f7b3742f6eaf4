"""What is sealed changes in one way alone: sealed anew with another key of the ring, as `rotate_keys` does.

An envelope is `version (1 byte) | key id (8) | nonce (12) | ciphertext and tag` (portal/secrets.py), and one and the same
secret gives envelopes of one length. What they open to the database cannot see; the account's fingerprint and the
batch's hash prove it whenever they are opened.
"""

from django.db import migrations

from portal.sql import Refuse

OTHERWISE = (
    "NEW.sealed IS DISTINCT FROM OLD.sealed AND (octet_length(NEW.sealed) <> octet_length(OLD.sealed)"
    " OR substring(NEW.sealed from 1 for 1) <> substring(OLD.sealed from 1 for 1)"
    " OR substring(NEW.sealed from 2 for 8) = substring(OLD.sealed from 2 for 8))"
)
WRITTEN = "file_stands_as_written"


class Migration(migrations.Migration):
    dependencies = [("payouts", "0002_laws")]

    operations = [
        Refuse("payouts_payoutaccount", "payout_account_sealed_anew_alone", "UPDATE", when=OTHERWISE),
        migrations.RunSQL(
            f"DROP TRIGGER {WRITTEN} ON payouts_batchfile",
            f"CREATE TRIGGER {WRITTEN} BEFORE UPDATE ON payouts_batchfile FOR EACH ROW WHEN (true)"
            " EXECUTE FUNCTION portal_refuse()",
        ),
        Refuse(
            "payouts_batchfile",
            WRITTEN,
            "UPDATE",
            when=f"(NEW.id, NEW.batch_id) IS DISTINCT FROM (OLD.id, OLD.batch_id) OR ({OTHERWISE})",
        ),
    ]
