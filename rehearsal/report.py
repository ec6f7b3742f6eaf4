"""How a rehearsal ended, for people and for machines."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from rehearsal.play import Play


@dataclass
class Report:
    """How a rehearsal ended. Amounts are in minor units of the programme's currency."""

    play: Play
    counts: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    mails_sent: int = 0
    mails_twice: int = 0
    law_checks: int = 0
    violations: list[str] = field(default_factory=list)
    # The step after which the first violation was found.
    broken_at: str = ""
    ended_at: datetime | None = None
    seconds: float = 0.0

    def line(self) -> str:
        """Return the one line that machines read."""
        return json.dumps(
            {
                "startups": self.play.startups,
                "months": self.play.months,
                "seed": self.play.seed,
                "participations": self.counts["participations"],
                "payments_settled": self.counts["payments_settled"],
                "amount_settled": self.counts["amount_settled"],
                "sessions_logged": self.counts["sessions_logged"],
                "mails_sent": self.mails_sent,
                "mails_twice": self.mails_twice,
                "steps": self.steps,
                "faults": self.faults.total(),
                "faults_by_kind": dict(sorted(self.faults.items())),
                "law_checks": self.law_checks,
                "violations": len(self.violations),
                "seconds": round(self.seconds, 1),
            }
        )
