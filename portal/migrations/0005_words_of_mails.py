"""A mail keeps what it says; the parts in which it goes out are made when it is sent."""

from django.db import migrations, models
from django.db.models import Q

SIGNED = "\\n\\n-- \\n[^\\n]*\\n[^\\n]*\\n$"


class Migration(migrations.Migration):
    dependencies = [("portal", "0004_law_check")]

    operations = [
        migrations.RemoveConstraint("outgoingmail", "mail_secret_keeps_no_words"),
        migrations.RemoveField("outgoingmail", "html"),
        migrations.AddConstraint(
            "outgoingmail",
            models.CheckConstraint(
                name="mail_secret_keeps_no_words", condition=Q(secret=False) | Q(text="", calendar="")
            ),
        ),
        migrations.RunSQL(
            f"UPDATE portal_outgoingmail SET text = regexp_replace(text, E'{SIGNED}', '')", migrations.RunSQL.noop
        ),
    ]
