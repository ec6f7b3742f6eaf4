"""Laws of what a cohort is made of: it stands still once people rely on it."""

from portal.laws.declared import Law


def still_once_published(name: str, cohort: str) -> Law:
    """Refuse any change of a published cohort's rules, or a move out of or into one; `cohort` gives a row's cohort.

    FOR SHARE waits for a publication under way.
    """
    cohorts = ", ".join(cohort.format(row=row) for row in ("OLD", "NEW"))
    return Law(
        name,
        "BEFORE INSERT OR UPDATE OR DELETE",
        f"""PERFORM FROM applications_cohort c WHERE c.id IN ({cohorts}) FOR SHARE;
        IF EXISTS (SELECT FROM applications_cohort c WHERE c.id IN ({cohorts}) AND c.published_at IS NOT NULL) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
    )
