"""What breaks the laws of applications, asked of the live database (portal.operations.law_checks)."""

import json
from collections.abc import Iterator

from django.db.models import TextField
from django.db.models.functions import Cast

from applications.models import ApplicationVersion, Terms
from portal.laws.questions import LawQuestion

READ_AT_ONCE = 500  # rows: what is digested is long, and there is much of it


def versions_of_other_words() -> Iterator[str]:
    """Yield the submitted versions whose content is not what was digested when it was handed in."""
    # As text, of which one after the other becomes objects: hundreds of contents at once keep the garbage collector busy.
    texts = ApplicationVersion.objects.annotate(text=Cast("content", TextField())).order_by("pk")
    rows, last = texts.values_list("pk", "digest", "text"), 0
    while found := list(rows.filter(pk__gt=last)[:READ_AT_ONCE]):
        last = found[-1][0]
        others = [pk for pk, digest, text in found if digest != ApplicationVersion.digest_of(json.loads(text))]
        yield from map(str, ApplicationVersion.objects.filter(pk__in=others).select_related("application"))


def terms_of_other_words() -> Iterator[str]:
    """Yield the terms whose words are not those of their digest."""
    for terms in Terms.objects.order_by("pk"):
        if terms.digest != Terms.digest_of(terms.title, terms.text):
            yield f"terms #{terms.pk}"


QUESTIONS = [
    LawQuestion(
        9,
        "a submitted application without the version that was read",
        """SELECT a.reference FROM applications_application a WHERE a.submitted_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM applications_applicationversion v WHERE v.application_id = a.id) AND {which}""",
        {"applications_application": "a.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        9,
        "versions that do not count up by one",
        """SELECT a.reference FROM applications_applicationversion v JOIN applications_application a ON a.id = v.application_id
        GROUP BY a.id HAVING max(v.number) <> count(*) OR count(DISTINCT v.number) <> count(*)""",
    ),
    LawQuestion(9, "a version of other words than were submitted", reckoned=versions_of_other_words),
    LawQuestion(12, "terms of other words than their digest", reckoned=terms_of_other_words),
    LawQuestion(
        10,
        "a review of somebody who never said they are free of conflict",
        """SELECT 'review #' || r.id FROM applications_review r
        WHERE NOT EXISTS (
            SELECT FROM portal_transition t WHERE t.subject_table = 'applications_reviewassignment'
            AND t.subject_id = r.assignment_id AND t.to_state = 'cleared' AND t.at <= r.started_at
        )""",
    ),
    LawQuestion(
        10,
        "a review begun by a member of the startup",
        """SELECT 'review #' || r.id FROM applications_review r
        JOIN applications_reviewassignment s ON s.id = r.assignment_id
        JOIN applications_application a ON a.id = s.application_id
        JOIN applications_membership m ON m.startup_id = a.startup_id AND m.person_id = s.reviewer_id
            AND m.joined_at <= r.started_at AND (m.ended_at IS NULL OR m.ended_at > r.started_at)""",
    ),
    LawQuestion(
        5,
        "a decision that one person made alone",
        """SELECT 'decision #' || id FROM applications_decision
        WHERE state IN ('confirmed', 'released') AND (confirmed_by_id IS NULL OR confirmed_by_id = proposed_by_id)
          AND {which}""",
        {"applications_decision": "id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        11,
        "an application told of a decision that was not released",
        """SELECT a.reference FROM applications_application a WHERE a.state IN ('accepted', 'waitlisted', 'declined')
        AND NOT EXISTS (SELECT FROM applications_decision d WHERE d.application_id = a.id AND d.state = 'released')
        AND {which}""",
        {"applications_application": "a.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        11,
        "an application that does not stand where its reviews put it",
        """SELECT a.reference FROM applications_application a, LATERAL applications_review_progress(a.id) t
        WHERE (a.readers, a.judged, a.shortfall) IS DISTINCT FROM (t.readers, t.judged, t.shortfall) AND {which}""",
        {
            "applications_application": "a.id = ANY(%(ids)s)",
            "applications_reviewassignment": """a.id IN (
                SELECT application_id FROM applications_reviewassignment WHERE id = ANY(%(ids)s))""",
            "applications_review": """a.id IN (
                SELECT s.application_id FROM applications_reviewassignment s
                JOIN applications_review r ON r.assignment_id = s.id WHERE r.id = ANY(%(ids)s))""",
        },
    ),
    LawQuestion(
        11,
        "more seats offered than there are",
        """SELECT c.code FROM applications_cohort c WHERE c.seats < (
            SELECT count(*) FROM applications_offer o
            LEFT JOIN applications_participation p ON p.offer_id = o.id
            WHERE o.cohort_id = c.id AND o.state IN ('open', 'accepted') AND p.state IS DISTINCT FROM 'withdrawn'
        ) AND {which}""",
        {"applications_offer": "c.id IN (SELECT cohort_id FROM applications_offer WHERE id = ANY(%(ids)s))"},
    ),
    LawQuestion(
        13,
        "an offer still open an hour after its end",
        """SELECT 'offer #' || id FROM applications_offer
        WHERE state = 'open' AND expires_at < %(at)s - interval '1 hour'""",
    ),
    LawQuestion(
        11,
        "an accepted offer without its seat",
        """SELECT 'offer #' || o.id FROM applications_offer o WHERE o.state = 'accepted'
        AND NOT EXISTS (SELECT FROM applications_participation p WHERE p.offer_id = o.id) AND {which}""",
        {"applications_offer": "o.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        12,
        "a signature under other words than the published",
        """SELECT 'agreement #' || g.id FROM applications_agreement g JOIN applications_terms t ON t.id = g.terms_id
        WHERE g.digest <> t.digest OR t.text ->> g.language IS DISTINCT FROM g.text""",
    ),
    LawQuestion(
        12,
        "an active seat without a signature",
        """SELECT 'participation #' || p.id FROM applications_participation p
        WHERE p.state IN ('active', 'paused', 'graduated')
        AND NOT EXISTS (SELECT FROM applications_agreement g WHERE g.offer_id = p.offer_id) AND {which}""",
        {"applications_participation": "p.id = ANY(%(ids)s)"},
    ),
]
