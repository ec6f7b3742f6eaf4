"""A role's end only comes nearer, a second-factor reset stays what it is, and the cache has its table.

A finance role that had ended could otherwise be revived without the second person.
"""

from django.db import migrations

from portal.sql import Refuse

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
    dependencies = [("portal", "0002_laws")]

    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE IF EXISTS portal_cache"),
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
