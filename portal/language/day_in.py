"""The day of an instant in SQL, as `dates.day_of` counts it."""

from datetime import datetime

from django.db.models import DateField, DateTimeField, F, Func, Value
from django.db.models.functions import Cast


class DayIn(Cast):
    """The day that an instant belongs to in the zone a column names."""

    def __init__(self, zone: str, at: datetime) -> None:
        local = Func(F(zone), Value(at, DateTimeField()), function="timezone", output_field=DateTimeField())
        super().__init__(local, DateField())
