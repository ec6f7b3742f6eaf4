"""Make an operator: `manage.py create_operator ada@example.org` prints a one-time link to set the account up."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from portal import clock
from portal.accounts import first_operator


class Command(BaseCommand):
    help = "Make an operator and print the one-time link by which the person sets a password and a second factor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="the person's name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is no email address.") from error
        user = first_operator.make_operator(options["email"], name=options["name"], at=clock.now())
        self.stdout.write(f"{user.email} is an operator. This link works once, and for {first_operator.HOURS} hours:")
        self.stdout.write(first_operator.link(user))
