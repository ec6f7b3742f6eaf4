"""The product's settings, and one page more: A1, beside which every other is measured."""

from portal.settings import *  # noqa: F403  # whatever the product runs with

ROOT_URLCONF = "benchmarks.urls"
