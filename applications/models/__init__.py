from applications.models.applications import (
    Answer,
    Application,
    ApplicationVersion,
    Document,
)
from applications.models.cohorts import Cohort, EligibilityCriterion, Question, ReviewPhase, RubricCriterion, Section
from applications.models.decisions import Agreement, Decision, Offer
from applications.models.eligibility import EligibilityFact, EligibilityFinding
from applications.models.participations import Participation
from applications.models.programmes import Programme, Terms
from applications.models.review import Review, ReviewAssignment, Score
from applications.models.settings_changes import SettingsChange
from applications.models.startups import Conflict, Invitation, Membership, Startup

__all__ = [
    "Agreement",
    "Answer",
    "Application",
    "ApplicationVersion",
    "Cohort",
    "Conflict",
    "Decision",
    "Document",
    "EligibilityCriterion",
    "EligibilityFact",
    "EligibilityFinding",
    "Invitation",
    "Membership",
    "Offer",
    "Participation",
    "Programme",
    "Question",
    "Review",
    "ReviewAssignment",
    "ReviewPhase",
    "RubricCriterion",
    "Score",
    "Section",
    "SettingsChange",
    "Startup",
    "Terms",
]
