"""The sidebar of the admin: a person's desks and lists, in their language, with the page they are on marked."""

import re

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from portal.clock import today
from portal.models import Role, User
from tests import factories

pytestmark = pytest.mark.django_db
CURRENT = re.compile(r'<tr class="([^"]*)current-model">\s*<th[^>]*>\s*<a href="([^"]+)" aria-current="page">')
ORDER = ["applications", "payouts", "mentorship", "portal"]


def drawn(person: User, path: str = "/admin/applications/cohort/", language: str = "en") -> str:
    client = Client()
    client.force_login(person)
    client.cookies["django_language"] = language
    page = client.get(path, HTTP_ACCEPT_LANGUAGE=language).content.decode()
    return page[page.index('<nav class="sticky"') : page.index("</nav>", page.index('<nav class="sticky"'))]


def people() -> list[User]:
    scope = factories.programme()
    roles = [(Role.MANAGER,), (Role.AUDITOR,), (Role.FINANCE_APPROVER,), (Role.MANAGER, Role.AUDITOR)]
    found = [factories.user("Olive Operator", is_operator=True)]
    for kinds in roles:
        person = factories.holder(kinds[0], scope)
        for kind in kinds[1:]:
            factories.grant(person, kind, scope)
        found.append(person)
    return [User.objects.get(pk=person.pk) for person in found]


def test_each_sees_the_lists_that_are_theirs_to_open() -> None:
    lists = []
    for person in people():
        request = RequestFactory().get("/admin/")
        request.user = person
        found = [
            (app["app_label"], [model["object_name"] for model in app["models"]])
            for app in admin.site.get_app_list(request)
        ]
        assert [label for label, _names in found] == sorted((label for label, _names in found), key=ORDER.index)
        lists.append(str(found))
    assert len(set(lists)) == len(lists)


def test_list_follows_a_role_that_ends() -> None:
    person = factories.holder(Role.MANAGER, scope := factories.programme())
    factories.grant(person, Role.AUDITOR, scope)
    both = drawn(person)
    person.role_grants.filter(role=Role.MANAGER).update(ends_on=today(scope.timezone))
    left = drawn(person)
    assert "/admin/portal/secondfactorreset/" in both
    assert "/admin/portal/secondfactorreset/" not in left


def test_it_speaks_the_language_of_its_reader() -> None:
    person = factories.holder(Role.MANAGER, factories.programme())
    assert ">Cohorts<" in drawn(person)
    assert ">Promotions<" in drawn(person, language="fr")
    assert ">Cohorts<" in drawn(person)


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/admin/applications/cohort/", ("model-cohort ", "/admin/applications/cohort/")),
        ("/admin/applications/cohort/{pk}/change/", ("model-cohort ", "/admin/applications/cohort/")),
        ("/admin/applications/startup/", ("model-startup ", "/admin/applications/startup/")),
    ],
)
def test_page_is_marked_once(path: str, marked: tuple[str, str]) -> None:
    cohort = factories.cohort()
    person = factories.holder(Role.MANAGER, cohort.programme)
    sidebar = drawn(person, path.format(pk=cohort.pk))
    assert CURRENT.findall(sidebar) == [marked]
    assert sidebar.count("aria-current") == 1
    assert sidebar.count("current-app") == 1
