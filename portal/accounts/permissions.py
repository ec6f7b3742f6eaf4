"""Who may give which role.

* Operators run the system and may give any role, but none to themselves.
* Managers of a programme bring its reviewers and mentors in. Managers, auditors and finance come from an operator:
  nobody chooses who oversees them, and a manager makes no second self for acts that need two people.
* A finance role holds only once a second person, an operator or a manager of the programme, has confirmed it; giver,
  confirmer and receiver are three people. The database refuses less.
"""

from datetime import datetime

from portal.models import Role, User

GIVEN_BY_MANAGERS = (Role.REVIEWER, Role.MENTOR)


def roles_given_by(by: User, *, at: datetime, scope_id: int | None = None) -> list[str]:
    """Return the roles that somebody may give, for a programme or for any."""
    if by.is_operator:
        return [str(role) for role in Role.values]
    return [str(role) for role in GIVEN_BY_MANAGERS] if by.holds(Role.MANAGER, at=at, scope_id=scope_id) else []
