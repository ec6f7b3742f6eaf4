"""Countries as people read them."""

from django import template

from portal.language.countries import country_name

register = template.Library()
register.filter("country", country_name)
