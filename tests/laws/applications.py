"""Breakers of the laws of applications: programmes, startups, applications, review, decisions, offers, the seat."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection

from applications import actions
from applications.models import (
    Agreement,
    Answer,
    Application,
    Cohort,
    Conflict,
    Document,
    EligibilityCriterion,
    EligibilityFact,
    EligibilityFinding,
    Membership,
    Programme,
    Question,
    Review,
    ReviewAssignment,
    ReviewPhase,
    RubricCriterion,
    Score,
    Section,
    Terms,
)
from portal.laws import act_clock
from portal.laws.transitions import acting
from portal.models import Role, User
from tests import factories
from tests.factories import AT, DECIDED
from tests.laws import acting_as, breaks, sql, without

# --- Programme data ---------------------------------------------------------------------------------


@breaks("programme_cap_positive")
def give_nothing_a_month() -> Iterator[None]:
    programme = factories.programme()
    yield
    sql("UPDATE applications_programme SET monthly_cap_minor = 0 WHERE id = %s", programme.pk)


@breaks("programme_months_sane")
def give_for_a_century() -> Iterator[None]:
    programme = factories.programme()
    yield
    sql("UPDATE applications_programme SET months = 1200 WHERE id = %s", programme.pk)


@breaks("programme_payment_day_in_every_month")
def pay_on_the_thirtieth_of_february() -> Iterator[None]:
    programme = factories.programme()
    yield
    sql("UPDATE applications_programme SET payment_day = 30 WHERE id = %s", programme.pk)


@breaks("programme_offer_days_sane")
def let_nobody_accept() -> Iterator[None]:
    programme = factories.programme()
    yield
    sql("UPDATE applications_programme SET offer_days = 0 WHERE id = %s", programme.pk)


@breaks("cohort_days_known")
def decide_in_ten_thousand_years() -> Iterator[None]:
    cohort = factories.cohort()
    yield
    sql("UPDATE applications_cohort SET decisions_on = '9999-12-31' WHERE id = %s", cohort.pk)


@breaks("phase_days_known")
def review_since_the_year_one() -> Iterator[None]:
    phase = factories.cohort().phases.get()
    yield
    sql("UPDATE applications_reviewphase SET opens_at = '0001-01-01 00:00Z' WHERE id = %s", phase.pk)


@breaks("startup_founding_known")
def be_founded_in_the_year_one() -> Iterator[None]:
    startup = factories.startup(factories.user())
    yield
    sql("UPDATE applications_startup SET founded_on = '0001-01-01' WHERE id = %s", startup.pk)


@breaks("decision_first_month_known")
def propose_a_month_in_ten_thousand_years() -> Iterator[None]:
    decision, _manager = _proposed()
    without("applications_decision", "decision_stands_as_proposed")
    yield
    sql("UPDATE applications_decision SET first_period = '9999-12-01' WHERE id = %s", decision)


@breaks("offer_days_known")
def offer_for_ten_thousand_years() -> Iterator[None]:
    offer = factories.offer()
    without("applications_offer", "offer_stands_as_made")
    yield
    sql("UPDATE applications_offer SET expires_at = '9999-12-31 23:59Z' WHERE id = %s", offer.pk)


@breaks("participation_first_month_known")
def begin_in_ten_thousand_years() -> Iterator[None]:
    seat = factories.participation()
    without("applications_participation", "participation_stands_as_offered")
    yield
    sql("UPDATE applications_participation SET first_period = '9999-12-01' WHERE id = %s", seat.pk)


@breaks("cohort_closes_after_opening")
def close_before_opening() -> Iterator[None]:
    cohort = factories.cohort()
    yield
    sql("UPDATE applications_cohort SET closes_at = opens_at WHERE id = %s", cohort.pk)


@breaks("cohort_first_period_is_a_month")
def begin_within_a_month() -> Iterator[None]:
    cohort = factories.cohort()
    yield
    sql("UPDATE applications_cohort SET first_period = '2027-05-02' WHERE id = %s", cohort.pk)


@breaks("cohort_code_once")
def share_a_prefix() -> Iterator[None]:
    first, second = factories.cohort(), factories.cohort()
    yield
    sql("UPDATE applications_cohort SET code = %s WHERE id = %s", first.code, second.pk)


@breaks("cohort_published_stays_published")
def unpublish_a_cohort() -> Iterator[None]:
    cohort = factories.cohort()
    yield
    sql("UPDATE applications_cohort SET published_at = NULL WHERE id = %s", cohort.pk)


@breaks("cohort_stays_in_its_programme")
def move_a_cohort_to_another_programme() -> Iterator[None]:
    cohort, other = factories.cohort(), factories.programme()
    yield
    sql("UPDATE applications_cohort SET programme_id = %s WHERE id = %s", other.pk, cohort.pk)


@breaks("cohort_released_once")
def unrelease_a_cohort() -> Iterator[None]:
    cohort = factories.offer().cohort
    yield
    sql("UPDATE applications_cohort SET released_at = NULL WHERE id = %s", cohort.pk)


@breaks("phase_stays_in_its_cohort")
def move_a_phase_to_another_cohort() -> Iterator[None]:
    phase, other = ReviewPhase.objects.get(cohort=factories.cohort()), factories.cohort()
    yield
    sql("UPDATE applications_reviewphase SET cohort_id = %s WHERE id = %s", other.pk, phase.pk)


@breaks("phase_is_blind_or_open_once_asked")
def unblind_a_phase_while_it_is_judged() -> Iterator[None]:
    application = factories.submitted()
    phase = ReviewPhase.objects.get(cohort=application.cohort)
    sql("UPDATE applications_reviewphase SET is_blind = true WHERE id = %s", phase.pk)
    _assignment(application)
    yield
    sql("UPDATE applications_reviewphase SET is_blind = false WHERE id = %s", phase.pk)


@breaks("programme_keeps_its_key")
def give_a_programme_another_key() -> Iterator[None]:
    programme = factories.programme()
    yield
    sql("UPDATE applications_programme SET id = -id WHERE id = %s", programme.pk)


@breaks("terms_stay_in_their_programme")
def lend_terms_to_another_programme() -> Iterator[None]:
    terms, other = _terms(factories.programme()), factories.programme()
    yield
    sql("UPDATE applications_terms SET programme_id = %s, version = 3 WHERE id = %s", other.pk, terms.pk)


@breaks("cohort_seats_cover_offers")
def take_offered_seats_away() -> Iterator[None]:
    offer = factories.offer()
    yield
    sql("UPDATE applications_cohort SET seats = 0 WHERE id = %s", offer.cohort_id)


def _terms(programme: Programme) -> Terms:
    return Terms.objects.create(programme=programme, version=2, title={"en": "New"}, text={"en": "New words"})


@breaks("terms_version_once")
def number_terms_twice() -> Iterator[None]:
    terms = _terms(factories.programme())
    yield
    sql("UPDATE applications_terms SET version = 1 WHERE id = %s", terms.pk)


@breaks("terms_digest_is_sha256")
def keep_terms_without_digest() -> Iterator[None]:
    terms = _terms(factories.programme())
    yield
    sql("UPDATE applications_terms SET digest = '' WHERE id = %s", terms.pk)


@breaks("terms_published_stand_still")
def change_published_terms() -> Iterator[None]:
    programme = factories.programme()
    yield
    sql("""UPDATE applications_terms SET text = '{"en": "Other words"}' WHERE programme_id = %s""", programme.pk)


@breaks("criterion_fact_once")
def ask_for_a_fact_twice() -> Iterator[None]:
    cohort = factories.cohort(publish=False)
    yield
    sql(
        "UPDATE applications_eligibilitycriterion SET fact = 'same' WHERE cohort_id = %s AND kind <> 'country'",
        cohort.pk,
    )


@breaks("criterion_operator_fits_kind")
def compare_countries_by_size() -> Iterator[None]:
    cohort = factories.cohort(publish=False)
    yield
    sql(
        "UPDATE applications_eligibilitycriterion SET operator = 'lt' WHERE cohort_id = %s AND kind = 'country'",
        cohort.pk,
    )


@breaks("criterion_still_once_published")
def move_a_criterion_out_of_a_published_cohort() -> Iterator[None]:
    criterion, elsewhere = EligibilityCriterion.objects.filter(cohort=factories.cohort())[0], _empty_cohort()
    yield
    sql("UPDATE applications_eligibilitycriterion SET cohort_id = %s WHERE id = %s", elsewhere.pk, criterion.pk)


def _empty_cohort() -> Cohort:
    cohort = factories.cohort(publish=False)
    Question.objects.filter(section__cohort=cohort).delete()
    for model in (EligibilityCriterion, Section, RubricCriterion):
        model._default_manager.filter(cohort=cohort).delete()
    return cohort


@breaks("section_order_once")
def put_two_sections_in_one_place() -> Iterator[None]:
    cohort = factories.cohort(publish=False)
    section = Section.objects.create(cohort=cohort, order=2, title={"en": "More"})
    yield
    sql('UPDATE applications_section SET "order" = 1 WHERE id = %s', section.pk)


@breaks("section_still_once_published")
def add_a_section_to_a_published_cohort() -> Iterator[None]:
    cohort = factories.cohort()
    yield
    sql("INSERT INTO applications_section (cohort_id, \"order\", title, intro) VALUES (%s, 9, '{}', '{}')", cohort.pk)


@breaks("question_key_once")
def name_two_questions_alike() -> Iterator[None]:
    cohort = factories.cohort(publish=False)
    section = Section.objects.get(cohort=cohort)
    yield
    sql("UPDATE applications_question SET key = 'same' WHERE section_id = %s AND \"order\" < 2", section.pk)


@breaks("question_length_sane")
def ask_for_a_book() -> Iterator[None]:
    question = Question.objects.filter(section__cohort=factories.cohort(publish=False))[0]
    yield
    sql("UPDATE applications_question SET max_length = 20001 WHERE id = %s", question.pk)


@breaks("question_still_once_published")
def delete_a_question_of_a_published_cohort() -> Iterator[None]:
    question = Question.objects.filter(section__cohort=factories.cohort())[0]
    yield
    sql("DELETE FROM applications_question WHERE id = %s", question.pk)


@breaks("rubric_points_positive")
def score_out_of_nothing() -> Iterator[None]:
    cohort = factories.cohort(publish=False)
    yield
    sql("UPDATE applications_rubriccriterion SET max_points = 0 WHERE cohort_id = %s", cohort.pk)


@breaks("rubric_weight_positive")
def weigh_nothing() -> Iterator[None]:
    cohort = factories.cohort(publish=False)
    yield
    sql("UPDATE applications_rubriccriterion SET weight = 0 WHERE cohort_id = %s", cohort.pk)


@breaks("rubric_still_once_published")
def change_the_weights_of_a_published_cohort() -> Iterator[None]:
    cohort = factories.cohort()
    yield
    sql("UPDATE applications_rubriccriterion SET weight = 9 WHERE cohort_id = %s", cohort.pk)


@breaks("phase_closes_after_opening")
def close_a_phase_before_opening() -> Iterator[None]:
    phase = ReviewPhase.objects.get(cohort=factories.cohort())
    yield
    sql("UPDATE applications_reviewphase SET closes_at = opens_at WHERE id = %s", phase.pk)


# --- Startups, people, conflicts --------------------------------------------------------------------


@breaks("startup_country_is_iso")
def live_in_no_country() -> Iterator[None]:
    startup = factories.startup()
    yield
    sql("UPDATE applications_startup SET country = 'us' WHERE id = %s", startup.pk)


@breaks("startup_has_a_name")
def be_nameless() -> Iterator[None]:
    startup = factories.startup()
    yield
    sql("UPDATE applications_startup SET name = '' WHERE id = %s", startup.pk)


@breaks("membership_once")
def belong_twice() -> Iterator[None]:
    membership = Membership.objects.get(startup=factories.startup())
    yield
    sql(
        "INSERT INTO applications_membership (startup_id, person_id, role, joined_at) VALUES (%s, %s, 'viewer', %s)",
        membership.startup_id,
        membership.person_id,
        AT,
    )


@breaks("membership_stands")
def move_a_membership_to_another_startup() -> Iterator[None]:
    member, other = Membership.objects.get(startup=factories.startup()), factories.startup()
    yield
    sql("UPDATE applications_membership SET startup_id = %s WHERE id = %s", other.pk, member.pk)


@breaks("membership_begins_now")
def have_belonged_for_years() -> Iterator[None]:
    startup, person = factories.startup(), factories.user()
    act_clock.set_free(connection, False)
    yield
    sql(
        "INSERT INTO applications_membership (startup_id, person_id, role, joined_at) VALUES (%s, %s, 'founder', %s)",
        startup.pk,
        person.pk,
        AT - timedelta(days=3650),
    )


@breaks("membership_ends_once")
def never_have_left() -> Iterator[None]:
    member = Membership.objects.get(startup=factories.startup())
    sql("UPDATE applications_membership SET ended_at = %s WHERE id = %s", AT, member.pk)
    yield
    sql("UPDATE applications_membership SET ended_at = NULL WHERE id = %s", member.pk)


@breaks("membership_is_kept")
def forget_a_member() -> Iterator[None]:
    member = Membership.objects.get(startup=factories.startup())
    yield
    sql("DELETE FROM applications_membership WHERE id = %s", member.pk)


@breaks("startup_stands_as_founded")
def give_a_startup_another_key() -> Iterator[None]:
    startup = factories.startup()
    yield
    sql("UPDATE applications_startup SET id = -id WHERE id = %s", startup.pk)


@breaks("startup_is_kept")
def forget_a_startup() -> Iterator[None]:
    startup = factories.startup()
    yield
    sql("DELETE FROM applications_startup WHERE id = %s", startup.pk)


@breaks("membership_is_a_conflict")
def belong_without_a_conflict() -> Iterator[None]:
    startup, person = factories.startup(), factories.user()
    yield
    sql(
        "INSERT INTO applications_membership (startup_id, person_id, role, joined_at) VALUES (%s, %s, 'viewer', %s)",
        startup.pk,
        person.pk,
        AT,
    )
    # The law adds a row instead of refusing one; so what it forbids is said here.
    sql(
        "SELECT portal_break('membership_is_a_conflict') FROM applications_conflict"
        " WHERE (startup_id, person_id, kind) = (%s, %s, 'member') AND ended_at IS NULL",
        startup.pk,
        person.pk,
    )


@breaks("invitation_once_open")
def invite_an_address_twice() -> Iterator[None]:
    startup = factories.startup()
    first = actions.invite(startup, "ada@example.org", "editor", by=factories.founder_of(startup), at=AT)
    yield
    sql(
        "INSERT INTO applications_invitation (startup_id, email, role, invited_by_id, invited_at, expires_at)"
        " SELECT startup_id, upper(email), role, invited_by_id, invited_at, expires_at"
        " FROM applications_invitation WHERE id = %s",
        first.pk,
    )


@breaks("invitation_accepted_by_and_at")
def accept_an_invitation_as_nobody() -> Iterator[None]:
    startup = factories.startup()
    invitation = actions.invite(startup, "ada@example.org", "editor", by=factories.founder_of(startup), at=AT)
    yield
    sql("UPDATE applications_invitation SET accepted_at = %s WHERE id = %s", AT, invitation.pk)


def _invitation() -> int:
    startup = factories.startup()
    return actions.invite(startup, "ada@example.org", "editor", by=factories.founder_of(startup), at=AT).pk


@breaks("invitation_stands_as_sent")
def send_an_invitation_elsewhere() -> Iterator[None]:
    invitation = _invitation()
    yield
    sql("UPDATE applications_invitation SET email = 'eve@example.org' WHERE id = %s", invitation)


@breaks("invitation_accepted_once")
def accept_an_invitation_for_somebody_else() -> Iterator[None]:
    invitation, one, two = _invitation(), factories.user(), factories.user()
    accept = "UPDATE applications_invitation SET accepted_by_id = %s, accepted_at = %s WHERE id = %s"
    sql(accept, one.pk, AT, invitation)
    yield
    sql(accept, two.pk, AT, invitation)


@breaks("invitation_is_kept")
def forget_an_invitation() -> Iterator[None]:
    invitation = _invitation()
    yield
    sql("DELETE FROM applications_invitation WHERE id = %s", invitation)


def _conflict() -> Conflict:
    return Conflict.objects.create(
        person=factories.user(), startup=factories.startup(), kind=Conflict.Kind.FAMILY, declared_at=AT
    )


@breaks("conflict_once")
def declare_a_conflict_twice() -> Iterator[None]:
    conflict = _conflict()
    yield
    sql(
        "INSERT INTO applications_conflict (person_id, startup_id, kind, note, declared_at)"
        " SELECT person_id, startup_id, kind, '', declared_at FROM applications_conflict WHERE id = %s",
        conflict.pk,
    )


@breaks("conflict_stands")
def turn_a_conflict_to_somebody_else() -> Iterator[None]:
    conflict, other = _conflict(), factories.user()
    yield
    sql("UPDATE applications_conflict SET person_id = %s WHERE id = %s", other.pk, conflict.pk)


@breaks("conflict_ends_once")
def put_off_the_end_of_a_conflict() -> Iterator[None]:
    conflict = _conflict()
    sql("UPDATE applications_conflict SET ended_at = %s WHERE id = %s", AT, conflict.pk)
    yield
    sql("UPDATE applications_conflict SET ended_at = %s WHERE id = %s", AT + timedelta(days=1), conflict.pk)


@breaks("conflict_begins_open")
def declare_a_conflict_that_is_over() -> Iterator[None]:
    conflict = _conflict()
    yield
    sql(
        "INSERT INTO applications_conflict (person_id, startup_id, kind, note, declared_at, ended_at)"
        " SELECT person_id, startup_id, 'other', '', declared_at, declared_at FROM applications_conflict WHERE id = %s",
        conflict.pk,
    )


@breaks("conflict_is_ended_not_deleted")
def delete_a_conflict() -> Iterator[None]:
    conflict = _conflict()
    yield
    sql("DELETE FROM applications_conflict WHERE id = %s", conflict.pk)


@breaks("conflict_lasts_with_membership")
def end_the_conflict_of_a_member() -> Iterator[None]:
    startup = factories.startup()
    yield
    sql("UPDATE applications_conflict SET ended_at = %s WHERE startup_id = %s", AT, startup.pk)


# --- Applications -----------------------------------------------------------------------------------


@breaks("application_once_per_cohort")
def apply_twice() -> Iterator[None]:
    application = factories.draft()
    yield
    acting_as()
    sql(
        "INSERT INTO applications_application"
        " (cohort_id, startup_id, reference, state, started_by_id, started_at, returned_question)"
        " SELECT cohort_id, startup_id, 'OTHER-1', 'draft', started_by_id, started_at, ''"
        " FROM applications_application WHERE id = %s",
        application.pk,
    )


@breaks("application_submitted_at_when_submitted")
def submit_at_no_time() -> Iterator[None]:
    application = factories.submitted()
    without("applications_application", "application_changes_with_its_state")
    yield
    sql("UPDATE applications_application SET submitted_at = NULL WHERE id = %s", application.pk)


@breaks("moves_applications_application")
def submit_what_was_withdrawn() -> Iterator[None]:
    application = factories.submitted()
    actions.withdraw(application, by=factories.founder_of(application.startup), at=AT)
    yield
    acting_as()
    sql("UPDATE applications_application SET state = 'submitted' WHERE id = %s", application.pk)


@breaks("application_submitted_in_time")
def submit_after_the_deadline() -> Iterator[None]:
    application = factories.draft()
    yield
    acting_as()
    sql(
        "UPDATE applications_application SET state = 'submitted', submitted_at = %s WHERE id = %s",
        application.cohort.closes_at,
        application.pk,
    )


@breaks("application_decided_by_release")
def accept_without_a_released_decision() -> Iterator[None]:
    decision = factories.confirmed()
    yield
    acting_as()
    sql("UPDATE applications_application SET state = 'accepted' WHERE id = %s", decision.application_id)


@breaks("application_is_kept")
def lose_a_draft() -> Iterator[None]:
    application = actions.start_application(
        startup := factories.startup(), factories.cohort(), by=factories.founder_of(startup), at=AT
    )
    yield
    sql("DELETE FROM applications_application WHERE id = %s", application.pk)


@breaks("application_stands_as_begun")
def lend_an_application_to_another_startup() -> Iterator[None]:
    application, other = factories.submitted(), factories.startup()
    yield
    sql("UPDATE applications_application SET startup_id = %s WHERE id = %s", other.pk, application.pk)


@breaks("application_changes_with_its_state")
def have_submitted_earlier() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql("UPDATE applications_application SET submitted_at = %s WHERE id = %s", AT - timedelta(days=1), application.pk)


@breaks("application_accepted_with_an_offer")
def accept_from_the_waitlist_without_an_offer() -> Iterator[None]:
    cohort = factories.cohort()
    waiting = _waiting(cohort)
    yield
    _move_up(waiting)


@breaks("application_begins_unjudged")
def begin_with_somebody_elses_reviews() -> Iterator[None]:
    application, startup = factories.draft(), factories.startup()
    yield
    acting_as()
    sql(
        "INSERT INTO applications_application (cohort_id, startup_id, reference, state, started_by_id, started_at,"
        " returned_question, readers, judged, shortfall) SELECT cohort_id, %s, 'OTHER', 'draft', started_by_id, started_at,"
        " '', 2, 2, 0 FROM applications_application WHERE id = %s",
        startup.pk,
        application.pk,
    )


@breaks("application_review_progress_is_computed")
def stand_first_without_a_review() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql("UPDATE applications_application SET shortfall = 0 WHERE id = %s", application.pk)


@breaks("assignment_updates_review_progress")
def ask_a_reviewer_uncounted() -> Iterator[None]:
    application = factories.submitted()
    reviewer = factories.holder(Role.REVIEWER, application.cohort.programme)
    yield
    acting_as()
    sql(
        "INSERT INTO applications_reviewassignment (phase_id, application_id, reviewer_id, state, assigned_by_id,"
        " assigned_at) VALUES (%s, %s, %s, 'assigned', %s, %s)",
        ReviewPhase.objects.get(cohort=application.cohort).pk,
        application.pk,
        reviewer.pk,
        reviewer.pk,
        AT,
    )
    # The law counts instead of refusing; so what it forbids is said here. So with the next one.
    sql(
        "SELECT portal_break('assignment_updates_review_progress') FROM applications_application WHERE id = %s AND readers = 1",
        application.pk,
    )


@breaks("review_updates_review_progress")
def hand_a_review_in_uncounted() -> Iterator[None]:
    review = _review(complete=True)
    yield
    acting_as()
    sql("UPDATE applications_review SET state = 'submitted', submitted_at = %s WHERE id = %s", AT, review.pk)
    sql(
        "SELECT portal_break('review_updates_review_progress') FROM applications_application"
        " WHERE id = %s AND judged = 1 AND shortfall <= 1000000000",
        review.assignment.application_id,
    )


@breaks("answer_once")
def answer_twice() -> Iterator[None]:
    answer = Answer.objects.get(application=factories.draft())
    yield
    sql(
        "INSERT INTO applications_answer (application_id, question_id, value, version, saved_by_id, saved_at)"
        " SELECT application_id, question_id, value, 1, saved_by_id, saved_at FROM applications_answer WHERE id = %s",
        answer.pk,
    )


@breaks("answer_stays_with_its_question")
def move_an_answer_to_another_question() -> Iterator[None]:
    answer = Answer.objects.get(application=factories.draft())
    other = Question.objects.get(section__cohort=answer.application.cohort, key="site")
    yield
    sql("UPDATE applications_answer SET question_id = %s WHERE id = %s", other.pk, answer.pk)


@breaks("answer_only_while_editable")
def carry_a_submitted_answer_to_a_draft() -> Iterator[None]:
    application, other = factories.submitted(), factories.draft()
    other.answers.all().delete()
    yield
    sql("UPDATE applications_answer SET application_id = %s WHERE application_id = %s", other.pk, application.pk)


def _document(application: Application, sha256: str = "0" * 64) -> Document:
    return actions.attach_document(
        application,
        Question.objects.get(section__cohort=application.cohort, key="deck"),
        name="deck.pdf",
        size=10,
        sha256=sha256,
        stored_as=f"{application.pk}-{sha256[:8]}",
        by=factories.founder_of(application.startup),
        at=AT,
    )


@breaks("document_not_empty")
def attach_nothing() -> Iterator[None]:
    document = _document(factories.draft())
    without("applications_document", "document_stands_as_uploaded")
    yield
    sql("UPDATE applications_document SET size = 0 WHERE id = %s", document.pk)


@breaks("document_once")
def attach_a_file_twice() -> Iterator[None]:
    application = factories.draft()
    _document(application, "0" * 64)
    second = _document(application, "1" * 64)
    without("applications_document", "document_stands_as_uploaded")
    yield
    sql("UPDATE applications_document SET sha256 = %s WHERE id = %s", "0" * 64, second.pk)


@breaks("document_stands_as_uploaded")
def put_another_file_in_its_place() -> Iterator[None]:
    document = _document(factories.draft())
    yield
    sql("UPDATE applications_document SET stored_as = 'elsewhere' WHERE id = %s", document.pk)


@breaks("document_is_kept")
def forget_a_document() -> Iterator[None]:
    document = _document(factories.draft())
    yield
    sql("DELETE FROM applications_document WHERE id = %s", document.pk)


@breaks("document_only_while_editable")
def rename_a_submitted_document() -> Iterator[None]:
    application = factories.draft()
    document = _document(application)
    actions.submit(application, by=factories.founder_of(application.startup), at=AT)
    yield
    sql("UPDATE applications_document SET name = 'other.pdf' WHERE id = %s", document.pk)


@breaks("version_number_once")
def number_a_version_twice() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql(
        "INSERT INTO applications_applicationversion"
        " (application_id, number, content, digest, submitted_by_id, submitted_at)"
        " SELECT application_id, number, content, digest, submitted_by_id, submitted_at"
        " FROM applications_applicationversion WHERE application_id = %s",
        application.pk,
    )


@breaks("applications_applicationversion_append_only")
def rewrite_what_was_submitted() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql("UPDATE applications_applicationversion SET content = '{}' WHERE application_id = %s", application.pk)


@breaks("fact_once")
def state_a_fact_twice() -> Iterator[None]:
    fact = EligibilityFact.objects.filter(application=factories.draft())[0]
    yield
    sql(
        "INSERT INTO applications_eligibilityfact"
        " (application_id, fact, value, as_of, stated_by_id, stated_at, evidence)"
        " SELECT application_id, fact, value, as_of, stated_by_id, stated_at, ''"
        " FROM applications_eligibilityfact WHERE id = %s",
        fact.pk,
    )


@breaks("fact_verified_by_and_at")
def verify_a_fact_as_nobody() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql("UPDATE applications_eligibilityfact SET verified_at = %s WHERE application_id = %s", AT, application.pk)


@breaks("fact_stays_with_its_application")
def give_a_fact_another_key() -> Iterator[None]:
    fact = EligibilityFact.objects.filter(application=factories.draft())[0]
    yield
    sql("UPDATE applications_eligibilityfact SET id = -id WHERE id = %s", fact.pk)


@breaks("fact_stated_only_while_editable")
def rename_the_facts_of_a_submitted_application() -> Iterator[None]:
    application = factories.submitted()
    yield
    sql("UPDATE applications_eligibilityfact SET fact = 'x' || fact WHERE application_id = %s", application.pk)


@breaks("finding_unknown_never_passes")
def pass_by_an_unknown_fact() -> Iterator[None]:
    application = factories.submitted()
    criterion = application.cohort.criteria.first()
    assert criterion
    yield
    sql(
        "INSERT INTO applications_eligibilityfinding (application_id, criterion_id, verdict, value, found_at)"
        " VALUES (%s, %s, 'pass', 'null', %s)",
        application.pk,
        criterion.pk,
        AT,
    )


@breaks("applications_eligibilityfinding_append_only")
def delete_a_finding() -> Iterator[None]:
    finding = EligibilityFinding.objects.filter(application=factories.submitted())[0]
    yield
    sql("DELETE FROM applications_eligibilityfinding WHERE id = %s", finding.pk)


# --- Review -----------------------------------------------------------------------------------------


def _assignment(application: Application | None = None) -> ReviewAssignment:
    application = application or factories.submitted()
    programme = application.cohort.programme
    return actions.assign_reviewer(
        application,
        factories.holder(Role.REVIEWER, programme),
        ReviewPhase.objects.get(cohort=application.cohort),
        by=factories.holder(Role.MANAGER, programme),
        at=AT,
    )


def _review(*, complete: bool = False) -> Review:
    assignment = _assignment()
    review = actions.declare_clear(assignment, by=assignment.reviewer, at=AT)
    if complete:
        points = dict.fromkeys(assignment.application.cohort.rubric.all(), 3)
        actions.save_review(
            review, points=points, recommendation="accept", comment="", feedback="", by=assignment.reviewer, at=AT
        )
    return review


@breaks("assignment_once")
def assign_twice() -> Iterator[None]:
    assignment = _assignment()
    yield
    acting_as()
    sql(
        "INSERT INTO applications_reviewassignment"
        " (phase_id, application_id, reviewer_id, state, assigned_by_id, assigned_at)"
        " SELECT phase_id, application_id, reviewer_id, 'assigned', assigned_by_id, assigned_at"
        " FROM applications_reviewassignment WHERE id = %s",
        assignment.pk,
    )


@breaks("moves_applications_reviewassignment")
def clear_what_was_declared_a_conflict() -> Iterator[None]:
    assignment = _assignment()
    acting_as()
    sql("UPDATE applications_reviewassignment SET state = 'conflicted' WHERE id = %s", assignment.pk)
    yield
    sql("UPDATE applications_reviewassignment SET state = 'cleared' WHERE id = %s", assignment.pk)


@breaks("reviewer_free_of_conflict")
def let_a_member_judge() -> Iterator[None]:
    assignment = _assignment()
    Membership.objects.create(
        startup=assignment.application.startup, person=assignment.reviewer, role="viewer", joined_at=AT
    )
    yield
    acting_as()
    sql("UPDATE applications_reviewassignment SET state = 'cleared' WHERE id = %s", assignment.pk)


@breaks("assignment_in_its_cohorts_phase")
def assign_in_the_phase_of_another_cohort() -> Iterator[None]:
    assignment, other = _assignment(), ReviewPhase.objects.get(cohort=factories.cohort())
    yield
    acting_as()
    sql(
        """INSERT INTO applications_reviewassignment (phase_id, application_id, reviewer_id, state, assigned_by_id, assigned_at)
        SELECT %s, application_id, reviewer_id, 'assigned', assigned_by_id, assigned_at
        FROM applications_reviewassignment WHERE id = %s""",
        other.pk,
        assignment.pk,
    )


@breaks("assignment_stands_as_asked")
def hand_a_cleared_assignment_to_somebody_else() -> Iterator[None]:
    review, other = _review(), factories.user()
    yield
    sql("UPDATE applications_reviewassignment SET reviewer_id = %s WHERE id = %s", other.pk, review.assignment_id)


@breaks("assignment_is_kept")
def forget_who_was_asked() -> Iterator[None]:
    assignment = _assignment()
    yield
    sql("DELETE FROM applications_reviewassignment WHERE id = %s", assignment.pk)


@breaks("review_stands_of_its_assignment")
def put_a_review_under_another_assignment() -> Iterator[None]:
    review, other = _review(), _assignment()
    acting_as()
    sql("UPDATE applications_reviewassignment SET state = 'cleared' WHERE id = %s", other.pk)
    yield
    sql("UPDATE applications_review SET assignment_id = %s WHERE id = %s", other.pk, review.pk)


@breaks("review_submitted_at_stands")
def have_judged_earlier() -> Iterator[None]:
    review = _review(complete=True)
    actions.submit_review(review, by=review.assignment.reviewer, at=AT)
    yield
    sql("UPDATE applications_review SET submitted_at = %s WHERE id = %s", AT - timedelta(days=1), review.pk)


@breaks("review_is_kept")
def delete_a_review() -> Iterator[None]:
    review = _review()
    yield
    sql("DELETE FROM applications_review WHERE id = %s", review.pk)


@breaks("score_stands_of_its_review")
def move_a_score_to_another_criterion() -> Iterator[None]:
    review = _review(complete=True)
    yield
    sql("UPDATE applications_score SET id = -id WHERE review_id = %s", review.pk)


@breaks("score_is_kept")
def delete_a_score() -> Iterator[None]:
    review = _review(complete=True)
    yield
    sql("DELETE FROM applications_score WHERE review_id = %s", review.pk)


@breaks("review_needs_clearance")
def judge_before_the_conflict_question() -> Iterator[None]:
    assignment = _assignment()
    yield
    acting_as()
    sql(
        "INSERT INTO applications_review (assignment_id, state, recommendation, comment, feedback, started_at)"
        " VALUES (%s, 'draft', '', '', '', %s)",
        assignment.pk,
        AT,
    )


@breaks("review_complete_when_submitted")
def submit_a_review_without_recommendation() -> Iterator[None]:
    review = _review()
    yield
    acting_as()
    sql("UPDATE applications_review SET state = 'submitted', submitted_at = %s WHERE id = %s", AT, review.pk)


@breaks("moves_applications_review")
def begin_with_a_submitted_review() -> Iterator[None]:
    assignment = _assignment()
    acting_as()
    sql("UPDATE applications_reviewassignment SET state = 'cleared' WHERE id = %s", assignment.pk)
    yield
    sql(
        "INSERT INTO applications_review"
        " (assignment_id, state, recommendation, comment, feedback, started_at, submitted_at)"
        " VALUES (%s, 'submitted', 'accept', '', '', %s, %s)",
        assignment.pk,
        AT,
        AT,
    )


@breaks("review_stands_once_submitted")
def reword_a_submitted_review() -> Iterator[None]:
    review = _review(complete=True)
    actions.submit_review(review, by=review.assignment.reviewer, at=AT)
    yield
    sql("UPDATE applications_review SET recommendation = 'decline' WHERE id = %s", review.pk)


@breaks("score_once")
def score_twice() -> Iterator[None]:
    score = Score.objects.filter(review=_review(complete=True))[0]
    yield
    sql(
        "INSERT INTO applications_score (review_id, criterion_id, points)"
        " SELECT review_id, criterion_id, 1 FROM applications_score WHERE id = %s",
        score.pk,
    )


@breaks("score_only_in_draft")
def carry_the_scores_of_a_submitted_review_away() -> Iterator[None]:
    review = _review(complete=True)
    assignment = _assignment(review.assignment.application)
    other = actions.declare_clear(assignment, by=assignment.reviewer, at=AT)
    actions.submit_review(review, by=review.assignment.reviewer, at=AT)
    yield
    sql("UPDATE applications_score SET review_id = %s WHERE review_id = %s", other.pk, review.pk)


@breaks("score_within_rubric")
def give_more_points_than_there_are() -> Iterator[None]:
    review = _review(complete=True)
    yield
    sql("UPDATE applications_score SET points = 6 WHERE review_id = %s", review.pk)


# --- Decisions --------------------------------------------------------------------------------------


def _proposed() -> tuple[int, User]:
    """Give a proposed acceptance's id, and another manager."""
    application = factories.submitted()
    programme = application.cohort.programme
    decision = actions.propose(
        application,
        "accept",
        by=factories.holder(Role.MANAGER, programme),
        at=DECIDED,
        months=6,
        monthly_cap_minor=600_000,
        first_period=application.cohort.first_period,
    )
    return decision.pk, factories.holder(Role.MANAGER, programme)


@breaks("decision_once")
def decide_twice() -> Iterator[None]:
    decision = factories.confirmed(outcome="decline")
    yield
    acting_as()
    sql(
        "INSERT INTO applications_decision"
        " (application_id, outcome, state, currency, message, proposed_by_id, proposed_at)"
        " SELECT application_id, outcome, 'proposed', currency, '', proposed_by_id, proposed_at"
        " FROM applications_decision WHERE id = %s",
        decision.pk,
    )


@breaks("decision_confirmed_by_another")
def confirm_ones_own_proposal() -> Iterator[None]:
    decision, _manager = _proposed()
    yield
    acting_as()
    sql(
        "UPDATE applications_decision SET state = 'confirmed', confirmed_by_id = proposed_by_id, confirmed_at = %s"
        " WHERE id = %s",
        DECIDED,
        decision,
    )


@breaks("decision_says_what_is_given")
def accept_for_an_unknown_sum() -> Iterator[None]:
    decision, _manager = _proposed()
    without("applications_decision", "decision_stands_as_proposed")
    yield
    sql("UPDATE applications_decision SET monthly_cap_minor = NULL WHERE id = %s", decision)


@breaks("decision_waitlist_is_ranked")
def wait_in_no_place() -> Iterator[None]:
    decision, _manager = _proposed()
    without("applications_decision", "decision_stands_as_proposed")
    yield
    sql("UPDATE applications_decision SET outcome = 'waitlist' WHERE id = %s", decision)


@breaks("moves_applications_decision")
def release_what_nobody_confirmed() -> Iterator[None]:
    decision, manager = _proposed()
    yield
    acting(by=manager, at=DECIDED)
    sql(
        "UPDATE applications_decision SET state = 'released', confirmed_by_id = %s, confirmed_at = %s WHERE id = %s",
        manager.pk,
        DECIDED,
        decision,
    )


@breaks("decision_free_of_conflict")
def confirm_for_ones_family() -> Iterator[None]:
    decision, manager = _proposed()
    startup = Application.objects.get(decisions=decision).startup
    Conflict.objects.create(person=manager, startup=startup, kind=Conflict.Kind.FAMILY, declared_at=AT)
    yield
    acting_as()
    sql(
        "UPDATE applications_decision SET state = 'confirmed', confirmed_by_id = %s, confirmed_at = %s WHERE id = %s",
        manager.pk,
        DECIDED,
        decision,
    )


@breaks("decision_stands_once_confirmed")
def change_a_confirmed_decision() -> Iterator[None]:
    decision = factories.confirmed()
    yield
    sql("UPDATE applications_decision SET confirmed_by_id = %s WHERE id = %s", factories.user().pk, decision.pk)


@breaks("decision_stands_as_proposed")
def propose_in_anothers_name() -> Iterator[None]:
    decision, other = _proposed()
    yield
    sql("UPDATE applications_decision SET proposed_by_id = %s WHERE id = %s", other.pk, decision)


@breaks("decisions_released_together")
def release_one_decision_alone() -> Iterator[None]:
    cohort = factories.cohort()
    first, _second = [factories.confirmed(factories.submitted(to=cohort), "decline") for _ in range(2)]
    yield
    acting_as()
    sql("UPDATE applications_decision SET state = 'released' WHERE id = %s", first.pk)


@breaks("decision_releases_its_cohort")
def release_a_decision_and_not_its_cohort() -> Iterator[None]:
    decision = factories.confirmed(outcome="decline")
    yield
    acting_as()
    sql("UPDATE applications_decision SET state = 'released' WHERE id = %s", decision.pk)
    # The law writes instead of refusing; so what it forbids is said here.
    sql(
        "SELECT portal_break('decision_releases_its_cohort') FROM applications_cohort WHERE id = %s AND released_at = %s",
        decision.application.cohort_id,
        AT,
    )


@breaks("decision_is_kept")
def delete_a_decision() -> Iterator[None]:
    decision = factories.confirmed(outcome="decline")
    yield
    sql("DELETE FROM applications_decision WHERE id = %s", decision.pk)


# --- Offers -----------------------------------------------------------------------------------------

INSERT_OFFER = """
    INSERT INTO applications_offer (decision_id, application_id, cohort_id, terms_id, state, months, monthly_cap_minor,
        currency, first_period, made_at, expires_at, decline_reason)
    SELECT d.id, d.application_id, a.cohort_id, %s, 'open', d.months + %s, d.monthly_cap_minor,
        d.currency, d.first_period, %s, %s, ''
    FROM applications_decision d JOIN applications_application a ON a.id = d.application_id WHERE d.id = %s
"""


def _make_offer(decision: int, terms: int, *, more_months: int = 0, days: int = 10) -> None:
    _move_up(decision)
    sql(INSERT_OFFER, terms, more_months, DECIDED, DECIDED + timedelta(days=days), decision)


def _waiting(cohort: Cohort) -> int:
    """Release an acceptance and one place on the waitlist; give the waitlisted decision."""
    factories.fund(cohort)
    waiting = factories.confirmed(factories.submitted(to=cohort), "waitlist")
    factories.offer(factories.submitted(to=cohort))
    return waiting.pk


def _move_up(decision: int) -> None:
    acting_as()
    sql(
        """UPDATE applications_application SET state = 'accepted'
        WHERE id = (SELECT application_id FROM applications_decision WHERE id = %s)""",
        decision,
    )


def _terms_of(cohort: Cohort) -> int:
    return Terms.objects.get(programme=cohort.programme_id).pk


@breaks("offer_follows_decision")
def offer_more_than_was_decided() -> Iterator[None]:
    cohort = factories.cohort()
    decision = _waiting(cohort)
    yield
    _make_offer(decision, _terms_of(cohort), more_months=1)


@breaks("offer_within_seats")
def offer_a_seat_that_is_not_there() -> Iterator[None]:
    cohort = factories.cohort(seats=1)
    decision = _waiting(cohort)
    yield
    _make_offer(decision, _terms_of(cohort))


@breaks("offer_has_time")
def offer_for_no_time() -> Iterator[None]:
    cohort = factories.cohort()
    decision = _waiting(cohort)
    yield
    _make_offer(decision, _terms_of(cohort), days=0)


@breaks("moves_applications_offer")
def make_an_offer_already_accepted() -> Iterator[None]:
    offer = factories.offer()
    actions.decline_offer(offer, "", by=factories.founder_of(offer.application.startup), at=DECIDED)
    yield
    acting_as()
    sql("UPDATE applications_offer SET state = 'accepted' WHERE id = %s", offer.pk)


@breaks("offer_says_what_is_given")
def offer_nothing() -> Iterator[None]:
    offer = factories.offer()
    without("applications_offer", "offer_stands_as_made")
    yield
    sql("UPDATE applications_offer SET monthly_cap_minor = 0 WHERE id = %s", offer.pk)


@breaks("offer_stands_as_made")
def change_an_offer() -> Iterator[None]:
    offer = factories.offer()
    yield
    sql("UPDATE applications_offer SET monthly_cap_minor = 1 WHERE id = %s", offer.pk)


@breaks("offer_accepted_in_time")
def accept_an_offer_years_late() -> Iterator[None]:
    offer = factories.offer()
    yield
    acting(by=None, at=offer.expires_at)
    sql("UPDATE applications_offer SET state = 'accepted' WHERE id = %s", offer.pk)


@breaks("offer_declined_with_its_reason")
def have_declined_for_another_reason() -> Iterator[None]:
    offer = factories.offer()
    actions.decline_offer(offer, "Moved", by=factories.founder_of(offer.application.startup), at=DECIDED)
    yield
    sql("UPDATE applications_offer SET decline_reason = 'Bad terms' WHERE id = %s", offer.pk)


@breaks("offer_lapses_by_its_clock")
def let_an_offer_lapse_in_its_time() -> Iterator[None]:
    offer = factories.offer()
    yield
    acting(by=None, at=offer.expires_at - timedelta(seconds=1))
    sql("UPDATE applications_offer SET state = 'lapsed' WHERE id = %s", offer.pk)


@breaks("offer_ends_with_its_award")
def decline_an_offer_whose_money_stays_reserved() -> Iterator[None]:
    offer = factories.offer()
    yield
    acting_as()
    sql("UPDATE applications_offer SET state = 'declined' WHERE id = %s", offer.pk)


@breaks("offer_accepted_with_its_seat")
def accept_an_offer_without_a_seat() -> Iterator[None]:
    offer = factories.offer()
    yield
    acting_as()
    sql("UPDATE applications_offer SET state = 'accepted' WHERE id = %s", offer.pk)


@breaks("offer_is_kept")
def delete_an_offer() -> Iterator[None]:
    offer = factories.offer()
    yield
    sql("DELETE FROM applications_offer WHERE id = %s", offer.pk)


# --- The signature and the seat ---------------------------------------------------------------------

INSERT_AGREEMENT = """
    INSERT INTO applications_agreement
        (offer_id, terms_id, language, title, text, digest, signed_by_id, signed_name, signed_at, ip_address)
    SELECT o.id, t.id, 'en', t.title ->> 'en', %s, t.digest, %s, %s, %s, '192.0.2.1'
    FROM applications_offer o JOIN applications_terms t ON t.id = o.terms_id WHERE o.id = %s
"""
TERMS_TEXT = "The startup agrees."


@breaks("agreement_is_signed")
def sign_without_a_name() -> Iterator[None]:
    seat = factories.participation(signed=False)
    founder = factories.founder_of(seat.startup)
    yield
    sql(INSERT_AGREEMENT, TERMS_TEXT, founder.pk, "", DECIDED, seat.offer_id)


@breaks("agreement_signs_the_offered_terms")
def sign_other_words() -> Iterator[None]:
    seat = factories.participation(signed=False)
    founder = factories.founder_of(seat.startup)
    yield
    sql(INSERT_AGREEMENT, "The startup may do as it likes.", founder.pk, "Ada", DECIDED, seat.offer_id)


@breaks("agreement_signed_by_a_founder")
def sign_as_a_stranger() -> Iterator[None]:
    seat, stranger = factories.participation(signed=False), factories.user()
    yield
    sql(INSERT_AGREEMENT, TERMS_TEXT, stranger.pk, "Eve", DECIDED, seat.offer_id)


@breaks("applications_agreement_append_only")
def change_a_signature() -> Iterator[None]:
    agreement = Agreement.objects.get(offer=factories.participation().offer)
    yield
    sql("UPDATE applications_agreement SET signed_name = 'Eve' WHERE id = %s", agreement.pk)


@breaks("participation_follows_offer")
def take_a_seat_without_accepting() -> Iterator[None]:
    offer = factories.offer()
    yield
    acting_as()
    sql(
        "INSERT INTO applications_participation"
        " (offer_id, application_id, startup_id, cohort_id, state, months, first_period, created_at)"
        " SELECT o.id, o.application_id, a.startup_id, o.cohort_id, 'onboarding', o.months, o.first_period, %s"
        " FROM applications_offer o JOIN applications_application a ON a.id = o.application_id WHERE o.id = %s",
        DECIDED,
        offer.pk,
    )


@breaks("participation_stands_as_offered")
def stay_for_sixty_months() -> Iterator[None]:
    seat = factories.participation()
    yield
    sql("UPDATE applications_participation SET months = 60 WHERE id = %s", seat.pk)


@breaks("participation_active_once_signed")
def begin_without_a_signature() -> Iterator[None]:
    seat = factories.participation(signed=False)
    yield
    acting_as()
    sql("UPDATE applications_participation SET state = 'active' WHERE id = %s", seat.pk)


@breaks("moves_applications_participation")
def graduate_before_beginning() -> Iterator[None]:
    seat = factories.participation(signed=False)
    yield
    acting_as()
    sql("UPDATE applications_participation SET state = 'graduated' WHERE id = %s", seat.pk)


@breaks("participation_is_kept")
def delete_a_participation() -> Iterator[None]:
    seat = factories.participation()
    yield
    sql("DELETE FROM applications_participation WHERE id = %s", seat.pk)
