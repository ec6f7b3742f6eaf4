"""The kernel's laws in SQL: history by triggers alone, tables that only grow, grants that stay what they are.

A role's end only comes nearer: a finance role that has ended could otherwise be revived without the second person.
"""

from django.db import migrations

from portal.sql import KERNEL, KERNEL_REVERSE, AppendOnly, Refuse, StateMachine

# What `createcachetable` makes; here, so that `migrate` alone gives a database the rate limits can count in.
CACHE = """
CREATE TABLE IF NOT EXISTS portal_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS portal_cache_expires ON portal_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_grants")]

    operations = [
        migrations.RunSQL(KERNEL, KERNEL_REVERSE),
        migrations.RunSQL(CACHE, "DROP TABLE IF EXISTS portal_cache"),
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
        Refuse(
            "portal_rolegrant",
            "grant_end_comes_only_nearer",
            "UPDATE",
            when="OLD.starts_on <> NEW.starts_on"
            " OR (OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on))",
        ),
        Refuse(
            "portal_secondfactorreset",
            "factor_reset_stays_what_it_is",
            "UPDATE",
            when="(OLD.person_id, OLD.reason, OLD.asked_by_id, OLD.asked_at)"
            " IS DISTINCT FROM (NEW.person_id, NEW.reason, NEW.asked_by_id, NEW.asked_at)"
            " OR OLD.confirmed_by_id IS NOT NULL",
        ),
        Refuse("portal_secondfactorreset", "factor_reset_is_kept", "DELETE", when="true"),
    ]
