"""Who may act for a programme, as laws ask it."""

from portal.models import Role

FINANCE = ", ".join(f"'{role}'" for role in Role.finance())


def holds_role(person: str, instant: str, programme: str, *roles: str) -> str:
    """Say in SQL that a person holds one of the roles for a programme at an instant, one of finance once it is confirmed.

    A closed account holds none.
    """
    named = ", ".join(f"'{Role(role).value}'" for role in roles)
    return f"""EXISTS (
            SELECT FROM portal_rolegrant r JOIN applications_programme g ON g.id = r.scope_id
            JOIN portal_user u ON u.id = r.person_id AND u.is_active
            WHERE g.id = {programme} AND r.person_id = {person} AND r.role IN ({named})
              AND (r.role NOT IN ({FINANCE}) OR r.confirmed_at IS NOT NULL)
              AND portal_days_hold(r.starts_on, r.ends_on, {instant}, g.timezone)
        )"""
