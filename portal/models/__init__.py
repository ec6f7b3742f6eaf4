from portal.models.desk import BulkJob, BulkRefusal, Export
from portal.models.history import Disclosure, Transition
from portal.models.jobs import DemoClock, JobRun, LawCheck
from portal.models.mail import OutgoingMail
from portal.models.people import RoleGrant, User
from portal.models.roles import Role
from portal.models.second_factor import SecondFactorReset
from portal.models.sessions import AccountEvent, Attempts, Session
from portal.models.step_up import StepUp

__all__ = [
    "AccountEvent",
    "Attempts",
    "BulkJob",
    "BulkRefusal",
    "DemoClock",
    "Disclosure",
    "Export",
    "JobRun",
    "LawCheck",
    "OutgoingMail",
    "Role",
    "RoleGrant",
    "SecondFactorReset",
    "Session",
    "StepUp",
    "Transition",
    "User",
]
