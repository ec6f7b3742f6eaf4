"""What waits at a desk is counted as far as anybody looks at the number: of more, its tile says that there are more."""

from typing import Any

from django.db import models

MOST = 500


def up_to_most(rows: models.QuerySet[Any, Any]) -> int:
    """Count rows, and stop at the most that is told."""
    return int(rows.order_by()[:MOST].count())
