"""The outbox in the admin."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.desk.acts import Act, ActForm
from portal.desk.records import OPERATOR, ScopedAdmin
from portal.laws.transitions import may_move
from portal.models import OutgoingMail
from portal.outbox.queue import State, mark_bounced, resend


class BounceForm(ActForm):
    """What the other side said."""

    error = forms.CharField(label=_("What the answer said"), max_length=1000, widget=forms.Textarea)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ScopedAdmin):
    """The outbox. A mail with a secret shows no words and is never sent again from here."""

    viewers = (OPERATOR,)
    fields = (
        "kind",
        "to_email",
        "recipient",
        "language",
        "subject",
        "words",
        "invitation",
        "state",
        "queued_at",
        "due_at",
        "attempts",
        "sent_at",
        "error",
    )
    list_display = ("kind", "state", "to_email", "subject", "queued_at", "sent_at", "attempts")
    list_filter = ("state", "secret")
    list_select_related = ("recipient",)
    search_fields = ("to_email", "key")  # a key begins with the kind
    ordering = ("-id",)
    acts = (
        Act(
            "resend",
            _("Send again"),
            resend,
            (OPERATOR,),
            consequences=(_("It goes out once more, in the same words and to the same address."),),
            offered=lambda m: not m.secret and may_move(m, State.QUEUED),
            bulk=True,
        ),
        Act(
            "bounced",
            _("Mark as come back"),
            mark_bounced,
            (OPERATOR,),
            form=BounceForm,
            offered=lambda m: may_move(m, State.BOUNCED),
        ),
    )

    @admin.display(description=_("text"))
    def words(self, outgoing: OutgoingMail) -> str:
        return gettext("This mail carries a secret; nobody reads it here.") if outgoing.secret else outgoing.text

    @admin.display(description=_("invitation"))
    def invitation(self, outgoing: OutgoingMail) -> str:
        return outgoing.calendar
