"""The kernel's laws in SQL: history by triggers alone, tables that only grow, grants that stay what they are."""

from django.db import migrations

from portal.sql import KERNEL, KERNEL_REVERSE, AppendOnly, Refuse, StateMachine


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]

    operations = [
        migrations.RunSQL(KERNEL, KERNEL_REVERSE),
        AppendOnly("portal_transition"),
        Refuse("portal_transition", "transition_only_by_trigger", "INSERT", when="pg_trigger_depth() = 0"),
        AppendOnly("portal_disclosure"),
        StateMachine(
            "portal_outgoingmail",
            {
                "": ["queued"],
                "queued": ["sending"],
                "sending": ["sent", "failed", "queued"],
                "sent": ["bounced", "queued"],
                "failed": ["queued"],
                "bounced": ["queued"],
            },
        ),
        Refuse(
            "portal_rolegrant",
            "grant_stays_what_it_is",
            "UPDATE",
            when="(OLD.person_id, OLD.role, OLD.scope_id, OLD.granted_by_id, OLD.granted_at)"
            " IS DISTINCT FROM (NEW.person_id, NEW.role, NEW.scope_id, NEW.granted_by_id, NEW.granted_at)"
            " OR (OLD.confirmed_by_id IS NOT NULL AND (OLD.confirmed_by_id, OLD.confirmed_at)"
            " IS DISTINCT FROM (NEW.confirmed_by_id, NEW.confirmed_at))",
        ),
        Refuse("portal_rolegrant", "grant_is_ended_not_deleted", "DELETE", when="true"),
    ]
