"""Laws of pairings (laws 5, 10 and 15)."""

from portal.laws.declared import Law, Refuse, break_if, changed

# The pair of a new mentorship: the mentor's person, the startup, the programme and its zone.
PAIR = """
SELECT m.person_id, p.startup_id, c.programme_id, g.timezone AS zone, p.state INTO pair
FROM mentorship_mentor m, applications_participation p
JOIN applications_cohort c ON c.id = p.cohort_id JOIN applications_programme g ON g.id = c.programme_id
WHERE m.id = NEW.mentor_id AND p.id = NEW.participation_id FOR SHARE OF p;
"""

MENTORSHIP = [
    Law(
        "mentorship_mentor_is_granted",
        "BEFORE INSERT",
        f"""{PAIR}
        IF NOT EXISTS (
            SELECT FROM portal_rolegrant g
            WHERE g.person_id = pair.person_id AND g.role = 'mentor' AND g.scope_id = pair.programme_id
              AND portal_days_hold(g.starts_on, g.ends_on, NEW.paired_at, pair.zone)
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
        declare="pair record;",
    ),
    Law(
        "mentorship_free_of_conflict",
        "BEFORE INSERT",
        f"""{PAIR}
        IF EXISTS (
            SELECT FROM applications_conflict x
            WHERE x.person_id = pair.person_id AND x.startup_id = pair.startup_id
              AND x.kind <> 'mentor' AND x.ended_at IS NULL
        ) THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
        declare="pair record;",
    ),
    Law(
        "mentorship_of_a_running_seat",
        "BEFORE INSERT",
        f"""{PAIR}
        IF pair.state NOT IN ('onboarding', 'active', 'paused') THEN
            PERFORM portal_break(TG_NAME);
        END IF;""",
        declare="pair record;",
    ),
    Law(
        "mentorship_is_a_conflict",
        "AFTER INSERT",
        f"""{PAIR}
        INSERT INTO applications_conflict (person_id, startup_id, kind, note, declared_at)
        VALUES (pair.person_id, pair.startup_id, 'mentor', '', NEW.paired_at)
        ON CONFLICT (person_id, startup_id, kind) WHERE ended_at IS NULL DO NOTHING;""",
        declare="pair record;",
    ),
    Refuse(
        "mentorship_stands_as_paired",
        "UPDATE",
        when=changed("id", "participation_id", "mentor_id", "paired_by_id", "paired_at")
        + f" OR (OLD.state = 'ended' AND NEW.state = 'ended' AND {changed('is_primary', 'ended_at')})",
    ),
    Refuse("mentorship_is_kept", "DELETE"),
    Law(
        "mentorship_ends_without_bookings",
        "BEFORE UPDATE",
        break_if("""NEW.state = 'ended' AND OLD.state <> 'ended' AND EXISTS (
            SELECT FROM mentorship_mentorsession s
            WHERE s.mentorship_id = NEW.id AND s.state = 'booked' AND s.starts_at > NEW.ended_at
        )"""),
    ),
    # Of another app's table, for the sake of the pairing that the conflict came with.
    Law(
        "conflict_lasts_while_mentoring",
        "BEFORE UPDATE OR DELETE",
        """IF OLD.kind = 'mentor' AND OLD.ended_at IS NULL AND EXISTS (
            SELECT FROM mentorship_mentorship s
            JOIN mentorship_mentor m ON m.id = s.mentor_id
            JOIN applications_participation p ON p.id = s.participation_id
            WHERE m.person_id = OLD.person_id AND p.startup_id = OLD.startup_id AND s.state = 'active'
        ) THEN
            IF TG_OP = 'DELETE' OR NEW.ended_at IS NOT NULL OR (NEW.person_id, NEW.startup_id, NEW.kind)
                IS DISTINCT FROM (OLD.person_id, OLD.startup_id, OLD.kind)
            THEN
                PERFORM portal_break(TG_NAME);
            END IF;
        END IF;""",
        table="applications_conflict",
    ),
]
