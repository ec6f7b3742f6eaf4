"""The laws hold against raw SQL: keys, standing columns, conflicts, offers and the clock of acts."""

from django.conf import settings
from django.db import migrations

import portal.laws.declared


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0003_corrections_and_known_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="application",
            name="moves_applications_application",
        ),
        migrations.RemoveConstraint(
            model_name="application",
            name="application_submitted_is_kept",
        ),
        migrations.RemoveConstraint(
            model_name="conflict",
            name="conflict_stands",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="moves_applications_decision",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_free_of_conflict",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_stands_once_confirmed",
        ),
        migrations.RemoveConstraint(
            model_name="offer",
            name="moves_applications_offer",
        ),
        migrations.RemoveConstraint(
            model_name="offer",
            name="offer_stands_as_made",
        ),
        migrations.RemoveConstraint(
            model_name="participation",
            name="moves_applications_participation",
        ),
        migrations.RemoveConstraint(
            model_name="participation",
            name="participation_follows_offer",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="moves_applications_review",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_stands_once_submitted",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_updates_review_progress",
        ),
        migrations.RemoveConstraint(
            model_name="reviewassignment",
            name="moves_applications_reviewassignment",
        ),
        migrations.RemoveConstraint(
            model_name="reviewassignment",
            name="reviewer_free_of_conflict",
        ),
        migrations.RemoveConstraint(
            model_name="reviewassignment",
            name="assignment_in_its_cohorts_phase",
        ),
        migrations.RemoveConstraint(
            model_name="reviewassignment",
            name="assignment_updates_review_progress",
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=portal.laws.declared.Stands("answer_stays_with_its_question", digest="9b95ecbf7e1125de"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=portal.laws.declared.StateMachine("moves_applications_application", digest="7a1df2e63f147e7c"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=portal.laws.declared.Refuse("application_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=portal.laws.declared.Stands("application_stands_as_begun", digest="c3992db50eb879c1"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=portal.laws.declared.Stands("application_changes_with_its_state", digest="6f017d9f8ad928fd"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=portal.laws.declared.Law("application_accepted_with_an_offer", digest="17ad44afd2d7470e"),
        ),
        migrations.AddConstraint(
            model_name="cohort",
            constraint=portal.laws.declared.Stands("cohort_stays_in_its_programme", digest="fe053185d8082914"),
        ),
        migrations.AddConstraint(
            model_name="cohort",
            constraint=portal.laws.declared.Stands("cohort_released_once", digest="5cae504595a340c0"),
        ),
        migrations.AddConstraint(
            model_name="cohort",
            constraint=portal.laws.declared.Law("decisions_released_together", digest="460af19846af724e"),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Function(
                "applications_lock_conflicts(VARIADIC people bigint[])", digest="e0cc50c0a0e29fc0"
            ),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Function(
                "applications_in_conflict(startup bigint, VARIADIC people bigint[])", digest="cce97872be66eced"
            ),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Law("conflict_begins_open", digest="d3370dec05b626d6"),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Stands("conflict_stands", digest="11b3b01dfa09fec6"),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=portal.laws.declared.Stands("conflict_ends_once", digest="8452616bb7089c90"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=portal.laws.declared.StateMachine("moves_applications_decision", digest="88de88030ed1b42e"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=portal.laws.declared.Law("decision_free_of_conflict", digest="0932fabe416a7fe5"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=portal.laws.declared.Stands("decision_stands_as_proposed", digest="7514505c25b44009"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=portal.laws.declared.Stands("decision_stands_once_confirmed", digest="9c981ec19fb2cf37"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=portal.laws.declared.Law("decision_releases_its_cohort", digest="08b9c808f626441c"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=portal.laws.declared.Stands("document_stands_as_uploaded", digest="9600ebd0901b557b"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=portal.laws.declared.Refuse("document_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="eligibilityfact",
            constraint=portal.laws.declared.Stands("fact_stays_with_its_application", digest="9b4326c4a86af90d"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=portal.laws.declared.Stands("invitation_stands_as_sent", digest="660234f914f366c4"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=portal.laws.declared.Stands("invitation_accepted_once", digest="195f029b2b66352b"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=portal.laws.declared.Refuse("invitation_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=portal.laws.declared.Stands("membership_stands", digest="7837c516dbaeb3bf"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=portal.laws.declared.Stands("membership_ends_once", digest="8452616bb7089c90"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=portal.laws.declared.Refuse("membership_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=portal.laws.declared.StateMachine("moves_applications_offer", digest="31c3a555cf039e56"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=portal.laws.declared.Stands("offer_stands_as_made", digest="c28e48e64e4ba2f3"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=portal.laws.declared.Stands("offer_declined_with_its_reason", digest="55a349f41bf816df"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=portal.laws.declared.Refuse("offer_accepted_in_time", digest="d46d6548f1f0e751"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=portal.laws.declared.Refuse("offer_lapses_by_its_clock", digest="b74502e6b9af45cf"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=portal.laws.declared.Law("offer_accepted_with_its_seat", digest="359e51e1ba0190b1"),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=portal.laws.declared.StateMachine("moves_applications_participation", digest="0b7d29ef58183912"),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=portal.laws.declared.Law("participation_follows_offer", digest="af4b27eff588ca54"),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=portal.laws.declared.Stands("participation_stands_as_offered", digest="986e97abc05dd2df"),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=portal.laws.declared.Stands("programme_keeps_its_key", digest="7a82e9975f0d3fb6"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=portal.laws.declared.StateMachine("moves_applications_review", digest="f12ab947ab930f5e"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=portal.laws.declared.Stands("review_stands_of_its_assignment", digest="c0a8811b792f795b"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=portal.laws.declared.Stands("review_stands_once_submitted", digest="fa7a99f1e616c41e"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=portal.laws.declared.Stands("review_submitted_at_stands", digest="cbb5507a4ba6396a"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=portal.laws.declared.Refuse("review_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=portal.laws.declared.Law("review_updates_review_progress", digest="9c20fc83bdb18e02"),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.StateMachine(
                "moves_applications_reviewassignment", digest="6c60ca3e25fa92d1"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.Law("reviewer_free_of_conflict", digest="8f273132c5107672"),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.Law("assignment_in_its_cohorts_phase", digest="3955a66d22badf0e"),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.Stands("assignment_stands_as_asked", digest="b2c6c146834530bd"),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.Refuse("assignment_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="reviewassignment",
            constraint=portal.laws.declared.Law("assignment_updates_review_progress", digest="60af0a1b1512cae7"),
        ),
        migrations.AddConstraint(
            model_name="reviewphase",
            constraint=portal.laws.declared.Stands("phase_stays_in_its_cohort", digest="a8452c22b1703a50"),
        ),
        migrations.AddConstraint(
            model_name="reviewphase",
            constraint=portal.laws.declared.Law("phase_is_blind_or_open_once_asked", digest="1f0a200a31b62f01"),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=portal.laws.declared.Stands("score_stands_of_its_review", digest="487efc05548c5784"),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=portal.laws.declared.Refuse("score_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="startup",
            constraint=portal.laws.declared.Stands("startup_stands_as_founded", digest="51c4e0479fbdd60e"),
        ),
        migrations.AddConstraint(
            model_name="startup",
            constraint=portal.laws.declared.Refuse("startup_is_kept", digest="637a316fa7aeb8c1"),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=portal.laws.declared.Stands("terms_stay_in_their_programme", digest="4bc889d2cc05995e"),
        ),
    ]
