"""Every act that people of a programme do is done by somebody of a rehearsal, or there is a reason why not."""

import ast
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import rehearsal.applications
import rehearsal.mentorship
import rehearsal.payouts
from applications import actions as of_applications
from mentorship import actions as of_mentorship
from payouts import actions as of_payouts
from portal.accounts import actions as of_portal

REHEARSED = (rehearsal.applications, rehearsal.mentorship, rehearsal.payouts)
BY_SWEEP = "the sweeps do it, and they tick"
BY_MOMENT = "happens within the act of another, which is played"
BY_MANY = "played by its twin, which does the same for many"
SCENERY = "sets a programme up, which stands already when the curtain rises"
SETTINGS = "money settings stand as they are while a programme is played"
SOURCE = "a programme pays through one bank while it is played"
SEAT_ENDS = "follows when a seat ends, and no act of a page ends one"
ASKED_FIRST = "asks only whether an act can be done, before its person is asked for a proof"
NO_SIGN_IN = "nobody signs in, so nobody has a second factor to lose"

UNPLAYED = {
    "applications.ask_settings_change": SETTINGS,
    "applications.assign_reviewer": BY_MANY,
    "applications.check_invited": ASKED_FIRST,
    "applications.confirm_settings_change": SETTINGS,
    "applications.lapse_due_offers": BY_SWEEP,
    "applications.lapse_offer": BY_SWEEP,
    "applications.publish_cohort": SCENERY,
    "applications.publish_terms": SCENERY,
    "applications.save_answer": BY_MANY,
    "applications.state_fact": BY_MANY,
    "applications.withdraw_settings_change": SETTINGS,
    "mentorship.end_pairings": SEAT_ENDS,
    "mentorship.queue_session_reminders": BY_SWEEP,
    "mentorship.remind_of_sessions": BY_SWEEP,
    "payouts.ask_source_change": SOURCE,
    "payouts.cancel_months": SEAT_ENDS,
    "payouts.check_confirmed": ASKED_FIRST,
    "payouts.check_given": ASKED_FIRST,
    "payouts.commit_award": BY_MOMENT,
    "payouts.confirm_source_change": SOURCE,
    "payouts.end_award": SEAT_ENDS,
    "payouts.free_awards": BY_MOMENT,
    "payouts.link_award": BY_MOMENT,
    "payouts.open_month": BY_SWEEP,
    "payouts.open_months": BY_SWEEP,
    "payouts.reserve_awards": BY_MOMENT,
    "payouts.settle_due": BY_SWEEP,
    "payouts.withdraw_source_change": SOURCE,
    "payouts.write_cohort_balances": BY_SWEEP,
    "payouts.write_cohort_figures": BY_SWEEP,
    "portal.ask_second_factor_reset": NO_SIGN_IN,
    "portal.confirm_second_factor_reset": NO_SIGN_IN,
}


def acts(module: ModuleType) -> set[str]:
    """Give the public functions of an app's acts, by app and name."""
    app = module.__name__.partition(".")[0]
    theirs = inspect.getmembers(module, inspect.isfunction)
    own = {name: act.__module__.split(".") for name, act in theirs if not name.startswith("_")}
    return {f"{app}.{name}" for name, module in own.items() if module[0] == app and "actions" in module}


def called(folder: Path) -> set[str]:
    """Give the acts that the modules of a folder call or import, by app and name."""
    found = set()
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        apps = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "actions" for alias in node.names):
                apps.add(str(node.module).partition(".")[0])
            elif isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".actions"):
                app = node.module.partition(".")[0]
                found |= {f"{app}.{alias.name}" for alias in node.names}
        names = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "actions"
        }
        found |= {f"{app}.{name}" for app in apps for name in names}
    return found


PLAYED = set[str]().union(*(called(Path(part.__path__[0])) for part in REHEARSED))
ACTS = set[str]().union(*(acts(each) for each in (of_applications, of_mentorship, of_payouts, of_portal)))


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_is_played_or_has_a_reason(act: str) -> None:
    assert (act in PLAYED) != (act in UNPLAYED), UNPLAYED.get(act, "nobody of a rehearsal does this")


def test_reasons_are_given_for_acts_that_exist() -> None:
    assert UNPLAYED.keys() <= ACTS
