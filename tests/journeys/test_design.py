"""What only a browser can tell of the design: widths, dark mode, one press one act, and life without a script."""

from datetime import date
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from playwright.sync_api import Browser, Dialog, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Participation
from payouts.actions import place_hold
from portal.models import Role, User
from tests import factories
from tests.journeys.conftest import Visit, at, opened
from tests.payouts import money

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_style_page_fits_every_width(visit: Visit, width: int, dark: bool) -> None:
    with visit(width=width, dark=dark) as page:
        page.goto("/styleguide/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(18, 19, 24)" if dark else "rgb(247, 246, 242)")


def columns(page: Page, nth: int) -> int:
    """Count the months that stand beside the first one."""
    tops = page.locator(".strip").nth(nth).locator(".strip-month").evaluate_all("all => all.map(e => e.offsetTop)")
    return [abs(top - tops[0]) < 3 for top in tops].count(True)


@pytest.mark.parametrize(("width", "six", "twelve"), [(390, 1, 1), (640, 3, 3), (1440, 6, 6)])
def test_strip_stands_upright_and_hangs_down(visit: Visit, width: int, six: int, twelve: int) -> None:
    with visit(width=width) as page:
        page.goto("/styleguide/")
        assert (columns(page, 0), columns(page, 4)) == (six, twelve)


def test_one_press_is_one_act(visit: Visit) -> None:
    posts: list[str] = []

    def slow(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.url)
            route.fulfill(status=204)
        else:
            route.continue_()

    with visit() as page:
        page.goto("/account/login/")
        page.route("**/account/login/", slow)
        page.fill("input[name=login]", "ada@example.org")
        page.fill("input[name=password]", "long enough")
        button = page.get_by_role("button", name="Sign in", exact=True)
        button.dblclick()
        button.press("Enter")
        expect(button).to_have_attribute("aria-busy", "true")
        assert len(posts) == 1


def test_menu_of_a_phone_opens_without_a_script(browser: Browser, live_server: LiveServer) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "java_script_enabled": False}
    with opened(browser, live_server, **phone) as context:
        page = context.new_page()
        page.goto("/account/login/")
        menu = page.locator(".menu-phone")
        expect(menu.get_by_role("link", name="Create an account")).to_be_hidden()
        menu.locator("summary").click()
        expect(menu.get_by_role("link", name="Create an account")).to_be_visible()
        menu.get_by_role("button", name="Français").click()
        expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_account_menu_closes_with_escape(visit: Visit) -> None:
    person = User.objects.create_user("ada@example.org", "a long pass phrase", name="Ada Lovelace")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    with visit() as page:
        page.goto("/account/login/?next=/account/profile/")
        page.fill("input[name=login]", person.email)
        page.fill("input[name=password]", "a long pass phrase")
        page.click("main button[type=submit]")
        at(page, "/account/profile/")
        summary = page.locator(".menu-account > summary")
        summary.click()
        expect(page.locator(".menu-account .menu-panel")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".menu-account .menu-panel")).to_be_hidden()
        expect(summary).to_be_focused()


def test_unsaved_words_are_not_left_behind_unasked(visit: Visit) -> None:
    with visit() as page:
        page.goto("/styleguide/")
        page.evaluate("document.querySelector('#forms form').dataset.guard = ''")
        page.locator("#forms form input[type=text]").first.fill("Lumen")
        asked: list[str] = []

        def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        page.on("dialog", answer)
        page.goto("/styleguide/?again")
        assert asked == ["beforeunload"]


AUTOSAVED_FORM = """() => {
  const form = document.querySelector('#forms form');
  const line = Object.assign(document.createElement('div'), {id: 'line'});
  line.append(document.querySelector('#forms .autosave'));
  form.append(line);
  form.dataset.autosave = '';
  for (const [name, value] of Object.entries({post: '/save/', trigger: 'change', target: '#line'}))
    form.setAttribute(`hx-${name}`, value);
  htmx.process(form);
}"""


@pytest.mark.parametrize(
    ("status", "told", "shown"),
    [
        (200, "saved", "saved"),
        (200, "failed", "failed"),
        (422, "failed", "failed"),
        (409, "conflict", "conflict"),
        (204, "", "saved"),
        (500, "", "failed"),
    ],
)
def test_autosave_says_what_the_server_answered(
    browser: Browser, live_server: LiveServer, status: int, told: str, shown: str
) -> None:
    body = f'<p class="autosave" data-autosave-state="{told}"></p>' if told else ""
    with opened(browser, live_server) as context:
        page = context.new_page()
        page.route("**/save/", lambda route: route.fulfill(status=status, body=body, content_type="text/html"))
        page.goto("/styleguide/")
        page.evaluate(AUTOSAVED_FORM)
        field, line = page.locator("#forms form input[type=text]").first, page.locator("#line .autosave")
        field.fill("Lumen")
        expect(line).to_have_attribute("data-autosave-state", "unsaved")
        with page.expect_response("**/save/"):
            field.blur()
        expect(line).to_have_attribute("data-autosave-state", shown)


@pytest.mark.parametrize("width", [390, 768])
def test_no_desk_is_wider_than_the_screen(visit: Visit, settings: LazySettings, width: int) -> None:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    batch = money.draft(*money.ready_months(3))
    programme = batch.programme
    cohort = factories.submitted(to=factories.cohort(programme)).cohort
    seat = Participation.objects.filter(cohort__programme=programme).order_by("pk")[0]
    manager = factories.holder(Role.MANAGER, programme, "Ruth")
    factories.grant(manager, Role.FINANCE_PREPARER, programme)
    held = place_hold(
        seat, reason="report", notice="A report is missing. " * 9, review_on=date(2027, 5, 10), by=manager, at=money.DUE
    )
    pages = [
        "",
        "desks/assignments/",
        f"desks/assignments/{cohort.pk}/",
        "desks/decisions/",
        f"desks/decisions/{cohort.pk}/",
        "desks/batches/",
        f"desks/batches/{batch.pk}/",
        f"desks/batches/prepare/{programme.pk}/",
        "desks/accounts/",
        "desks/money/",
        f"desks/money/{seat.cohort_id}/",
        "desks/holds/",
        f"desks/holds/place/{seat.pk}/",
        f"desks/holds/{held.pk}/keep/",
        "desks/pairing/",
        "applications/application/",
        "payouts/payment/",
        f"applications/participation/{seat.pk}/change/",
    ]
    with visit(manager.email, width=width) as page:
        for address in pages:
            page.goto(f"/admin/{address}")
            expect(page.locator("#content")).to_be_visible()
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (address, wide) == (address, 0)
