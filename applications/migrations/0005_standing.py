"""How applications stand: who judges them and how well they did, kept beside them as reviews come in."""

from django.db import migrations, models
from django.db.models import Q

from portal.sql import Law, Refuse

# A statement in a function that changes rows sees what was committed before it began: who comes second counts the first.
STANDING = """
CREATE FUNCTION applications_standing(application bigint)
RETURNS TABLE (readers integer, judged integer, shortfall integer) LANGUAGE sql STABLE AS $$
    SELECT count(DISTINCT s.id)::integer, count(DISTINCT r.id)::integer,
        COALESCE(round(sum((c.max_points - p.points) * c.weight)::numeric * 1000000000
            / NULLIF(sum(c.max_points * c.weight), 0))::integer, 1000000001)
    FROM applications_reviewassignment s
    LEFT JOIN applications_review r ON r.assignment_id = s.id AND r.state = 'submitted' AND s.state = 'cleared'
    LEFT JOIN applications_score p ON p.review_id = r.id
    LEFT JOIN applications_rubriccriterion c ON c.id = p.criterion_id
    WHERE s.application_id = application AND s.state IN ('assigned', 'cleared')
$$;
"""

FILL = """
UPDATE applications_application a SET readers = t.readers, judged = t.judged, shortfall = t.shortfall
FROM applications_reviewassignment s, LATERAL applications_standing(s.application_id) t WHERE s.application_id = a.id;
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0004_words_of_names")]

    operations = [
        migrations.AddField("application", "readers", models.PositiveIntegerField(db_default=0, editable=False)),
        migrations.AddField("application", "judged", models.PositiveIntegerField(db_default=0, editable=False)),
        migrations.AddField(
            "application", "shortfall", models.PositiveIntegerField(db_default=1_000_000_001, editable=False)
        ),
        migrations.RunSQL(STANDING, "DROP FUNCTION applications_standing(bigint)"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "application", models.Index(fields=["cohort", "shortfall", "id"], name="application_ranking")
        ),
        migrations.AddIndex(
            "application",
            models.Index(
                condition=Q(state__in=["submitted", "returned"]),
                fields=["cohort", "id"],
                include=["readers", "judged"],
                name="application_waiting",
            ),
        ),
        migrations.AddIndex(
            "application",
            models.Index(
                condition=Q(state__in=["submitted", "returned"], readers__lt=2),
                fields=["cohort", "id"],
                include=["startup"],
                name="application_few_readers",
            ),
        ),
        migrations.AddIndex(
            "reviewassignment",
            models.Index(
                condition=Q(state__in=["assigned", "cleared"]), fields=["phase", "reviewer"], name="assignment_at_work"
            ),
        ),
        Refuse(
            "applications_application",
            "application_begins_unjudged",
            "INSERT",
            when="(NEW.readers, NEW.judged, NEW.shortfall) IS DISTINCT FROM (0, 0, 1000000001)",
        ),
        # Told by the two laws below, it is reckoned; told by anybody else, it must be right already.
        Law(
            "applications_application",
            "application_standing_is_reckoned",
            "BEFORE UPDATE OF readers, judged, shortfall",
            """SELECT * INTO stands FROM applications_standing(NEW.id);
            IF pg_trigger_depth() = 1 AND (NEW.readers, NEW.judged, NEW.shortfall) IS DISTINCT FROM
                (stands.readers, stands.judged, stands.shortfall) THEN
                PERFORM portal_break(TG_NAME);
            END IF;
            NEW.readers := stands.readers;
            NEW.judged := stands.judged;
            NEW.shortfall := stands.shortfall;""",
            declare="stands record;",
        ),
        Law(
            "applications_reviewassignment",
            "assignment_counts_in_standing",
            "AFTER INSERT OR UPDATE OR DELETE",
            """IF (OLD.application_id, OLD.state = 'assigned' OR OLD.state = 'cleared') IS DISTINCT FROM
                (NEW.application_id, NEW.state = 'assigned' OR NEW.state = 'cleared') THEN
                UPDATE applications_application SET readers = readers
                WHERE id IN (OLD.application_id, NEW.application_id);
            END IF;""",
        ),
        Law(
            "applications_review",
            "review_counts_in_standing",
            "AFTER INSERT OR UPDATE OR DELETE",
            """IF 'submitted' IN (OLD.state, NEW.state) AND OLD.state IS DISTINCT FROM NEW.state THEN
                UPDATE applications_application SET judged = judged WHERE id IN (
                    SELECT s.application_id FROM applications_reviewassignment s
                    WHERE s.id IN (OLD.assignment_id, NEW.assignment_id));
            END IF;""",
        ),
    ]
