from portal.models.desk import BulkJob, BulkRefusal, Export
from portal.models.history import Disclosure, Transition
from portal.models.jobs import DemoClock, JobRun, LawCheck
from portal.models.mail import OutgoingMail
from portal.models.people import RoleGrant, User
from portal.models.roles import Role
from portal.models.second_factor import SecondFactorReset

__all__ = [
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
    "Transition",
    "User",
]
