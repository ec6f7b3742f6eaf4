"""Laws of judging (laws 1, 5, 10 and 11)."""

from applications.models.startups_laws import free_of_conflict
from portal.laws.declared import STILL, Law, Refuse, Stands, break_if

ASSIGNMENT = [
    free_of_conflict(
        "reviewer_free_of_conflict",
        "NEW.reviewer_id",
        "NEW.state IN ('assigned', 'cleared')",
    ),
    # FOR SHARE waits for a phase that is being changed: nobody is asked blind and then reads open.
    Law(
        "assignment_in_its_cohorts_phase",
        "BEFORE INSERT",
        break_if("""NOT EXISTS (
            SELECT FROM applications_reviewphase p JOIN applications_application a ON a.cohort_id = p.cohort_id
            WHERE (p.id, a.id) = (NEW.phase_id, NEW.application_id) FOR SHARE OF p
        )"""),
    ),
    Stands("assignment_stands_as_asked", "phase_id", "application_id", "reviewer_id", "assigned_by_id", "assigned_at"),
    Refuse("assignment_is_kept", "DELETE"),
    Law(
        "assignment_updates_review_progress",
        "AFTER INSERT OR UPDATE",
        """IF (OLD.state IN ('assigned', 'cleared')) IS DISTINCT FROM (NEW.state IN ('assigned', 'cleared')) THEN
            UPDATE applications_application SET readers = readers WHERE id = NEW.application_id;
        END IF;""",
    ),
]

REVIEW = [
    Law(
        "review_needs_clearance",
        "BEFORE INSERT OR UPDATE",
        break_if("""NOT EXISTS (
            SELECT FROM applications_reviewassignment a
            WHERE a.id = NEW.assignment_id AND a.state = 'cleared' FOR SHARE
        )"""),
    ),
    Stands("review_stands_of_its_assignment", "assignment_id", "started_at"),
    Stands("review_stands_once_submitted", "recommendation", "comment", "feedback", once="OLD.state = 'submitted'"),
    Stands("review_submitted_at_stands", "submitted_at", once=STILL),
    Refuse("review_is_kept", "DELETE"),
    Law(
        "review_updates_review_progress",
        "AFTER INSERT OR UPDATE",
        """IF 'submitted' IN (OLD.state, NEW.state) AND OLD.state IS DISTINCT FROM NEW.state THEN
            UPDATE applications_application SET judged = judged WHERE id = (
                SELECT s.application_id FROM applications_reviewassignment s WHERE s.id = NEW.assignment_id);
        END IF;""",
    ),
]

SCORE = [
    Law(
        "score_only_in_draft",
        "BEFORE INSERT OR UPDATE OR DELETE",
        """PERFORM FROM applications_review r WHERE r.id IN (OLD.review_id, NEW.review_id) ORDER BY r.id FOR SHARE;
        IF EXISTS (
            SELECT FROM applications_review r WHERE r.id IN (OLD.review_id, NEW.review_id) AND r.state <> 'draft'
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    ),
    Law(
        "score_within_rubric",
        "BEFORE INSERT OR UPDATE",
        break_if("""NOT EXISTS (
            SELECT FROM applications_rubriccriterion c
            JOIN applications_application a ON a.cohort_id = c.cohort_id
            JOIN applications_reviewassignment s ON s.application_id = a.id
            JOIN applications_review r ON r.assignment_id = s.id
            WHERE r.id = NEW.review_id AND c.id = NEW.criterion_id AND NEW.points <= c.max_points
        )"""),
    ),
    Stands("score_stands_of_its_review", "review_id", "criterion_id"),
    Refuse("score_is_kept", "DELETE"),
]
