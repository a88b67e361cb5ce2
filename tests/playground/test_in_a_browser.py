"""What a visitor of ``reframe try`` does, in a real Chromium, against the real bot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.playground.company import Sample, load_company
from bot.playground.session import NO_MODEL, Playground
from tests.browser.axe import axe
from tests.browser.chromium import Chromium
from tests.harness import BLAME, ENTITLEMENT, FIXING, FRENCH, LABELLING, ORDINARY
from tests.playground.serving import page_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

HELPFUL = "[data-action=reframe_answer_helpful]"
DIRECT = "Reframe"
MENU = "[aria-label='Message menu']"


class Visit:
    """The page, open in a browser.

    Args:
        browser: a running one. playground: what the page shows.
    """

    def __init__(self, browser: Chromium, playground: Playground) -> None:
        self.browser = browser
        self.playground = playground

    async def be(self, name: str, place: str = "# deal-northwind") -> None:
        """Be a person, in a place."""
        await self.browser.choose("#person", self.playground.user_ids[name])
        await self.browser.until(
            f"document.querySelector('#person').selectedOptions[0].text.startsWith('{name.title()}')"
        )
        is_direct = place == DIRECT  # Home's button has this word, too
        await self.browser.click(
            f".side {'#apps li:first-child' if is_direct else 'li'} button", place
        )
        await self.browser.see("#place", place)

    async def write(self, text: str) -> None:
        """Type into the composer, over what is there, and send it."""
        await self.browser.click("#composer-text")
        await self.browser.evaluate("document.activeElement.select()")
        await self.browser.type(text)
        await self.browser.press("Enter")

    async def say(self, text: str) -> None:
        """Write a message and wait until the bot has made up its mind."""
        await self.write(text)
        await self.browser.see("article.chosen .body", text)
        await self.browser.see("article.chosen .chip:not(.waiting)")

    async def menu(self, item: str) -> None:
        """Choose from the menu of the chosen message."""
        await self.browser.click(f"article.chosen {MENU}")
        await self.browser.click("[role=menuitem]", item)

    async def pick_time(self, field: str, at: str) -> None:
        """Pick a time in a form."""
        await self.browser.evaluate(f"document.querySelector('#f-{field}').value = '{at}'")

    async def code_words(self) -> list[str]:
        """Return the words in the panel that only a programmer would write, such as daily_cap."""
        said = await self.browser.evaluate("document.querySelector('#trace').innerText")
        return re.findall(r"\w+_\w+", str(said))

    async def axe(self) -> list[str]:
        """Return what axe finds wrong on the page as it is."""
        return await axe(self.browser)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visit(
    chromium_program: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Visit]:
    """Open the page once for all tests of this file, with the caps lifted."""
    folder: Path = tmp_path_factory.mktemp("try")
    settings = {"REFRAME_SETTLE_SECONDS": "0.2", "REFRAME_POST_GAP_SECONDS": "0"}
    async with page_of(folder, **settings) as (playground, page), Chromium(chromium_program) as b:
        playground.caps_lifted = True
        opening = asyncio.create_task(playground.open())
        await b.resize(1280, 800)
        await b.open(page.url)
        await b.see("#status", "The bot is starting")
        await opening
        await b.until("document.querySelector('#status').hidden")
        yield Visit(b, playground)
        assert b.complaints == []


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _nothing_is_open(visit: Visit) -> None:
    """Begin each test without a modal, whatever became of the one before."""
    visit.playground.workspace.open_modals.clear()
    await visit.browser.until("!document.querySelector('dialog')")


@pytest.mark.parametrize("sample", load_company().samples, ids=lambda sample: sample.text[:24])
async def test_samples_do_what_they_say(visit: Visit, sample: Sample) -> None:
    """A sample gets a question if it says so; the panel says why, and that its text is gone."""
    await visit.be("ana")
    before = await visit.browser.count(HELPFUL)
    await visit.browser.click("#samples button", sample.text)
    await visit.browser.see("article.chosen .body", sample.text)
    await visit.browser.see(f"article.chosen .chip.{sample.kind}")
    await visit.browser.see("#trace q", sample.text)

    if sample.kind == "coached":
        await visit.browser.see("#trace .said", "The bot asked one question in the thread.")
        await visit.browser.see("#trace .note", "sure; the bot asks at")
        await visit.browser.see("#trace .rows p", "Its text was erased")
        await visit.browser.until(f"document.querySelectorAll('{HELPFUL}').length === {before + 1}")
    else:
        await visit.browser.see("#trace .note", "asks only at")
        assert await visit.browser.count(HELPFUL) == before
    assert await visit.code_words() == []


async def test_a_row_is_shown_on_request(visit: Visit) -> None:
    """What is stored stands there in plain words, and the row itself below them."""
    await visit.be("mia")
    await visit.say(ENTITLEMENT)
    await visit.browser.see("#trace .rows p", "ask a question: a kind (entitlement), a score")
    assert await visit.code_words() == []
    await visit.browser.click("#trace [data-table^=findings] summary", "Details")
    await visit.browser.see("#trace dt", "question_id")

    assert "playbook_version" in await visit.code_words()
    assert await visit.axe() == []


async def test_what_is_typed_stays_text(visit: Visit) -> None:
    """A person's own sentence shows as typed: markup in it is none. Nothing of it is stored."""
    await visit.be("ben", "# deal-harbor")
    typed = "<img src=x onerror=alert(1)> & " + ORDINARY
    await visit.say(typed)

    assert await visit.browser.count("article img") == 0
    assert typed in await visit.browser.see("article.chosen .body")
    await visit.browser.see("#trace h3", "Stored at this moment: nothing")


async def test_a_question_can_be_rated(visit: Visit) -> None:
    """A press of *Helpful* is answered to who pressed it, and to nobody else."""
    await visit.be("ben", "# deal-harbor")
    await visit.say(FIXING)
    await visit.browser.click(HELPFUL)
    await visit.browser.see("article.private .note", "Only visible to you")
    await visit.be("cleo", "# deal-harbor")

    assert await visit.browser.count("article.private") == 0
    assert await visit.browser.count(HELPFUL) > 0


async def test_whoever_is_new_is_offered_a_weekly_reflection(visit: Visit) -> None:
    """Below the first *Helpful* of somebody who has chosen nothing, and it can be accepted."""
    await visit.be("cleo", "# deal-harbor")
    await visit.browser.see("#person", "Cleo, new seller")
    await visit.say(LABELLING)
    await visit.browser.click(f"li:has(> .chosen) .replies {HELPFUL}")
    await visit.browser.see("article.private .body", "reflection at the end of each week")
    await visit.browser.click("article.private [data-action=reframe_reflect_on]")

    answer = "li:has(> article.chosen) > .replies article.private .body"
    await visit.browser.see(answer, "The first one comes")


async def test_a_form_is_refused_and_submitted(visit: Visit) -> None:
    """The settings open as a modal; what can't be read is said at its field, then it is saved."""
    await visit.be("ben")
    await visit.write("/reframe settings")
    await visit.browser.see("dialog h2", "Your settings")
    await visit.browser.choose("#f-quiet_hours", "these")
    await visit.pick_time("quiet_from", "07:00")
    await visit.browser.click("dialog [type=submit]")
    await visit.browser.see("dialog .error", "Please choose two different times")
    assert await visit.axe() == []
    await visit.pick_time("quiet_from", "21:00")
    await visit.pick_time("quiet_until", "06:00")
    await visit.browser.click("dialog [type=submit]")
    await visit.browser.see("dialog .kit", "Saved.")
    await visit.browser.click("dialog .btn", "Close")
    await visit.browser.until("!document.querySelector('dialog')")
    await visit.browser.click(".side li button", "Reframe: Home")

    await visit.browser.see("#home", "9:00 PM to 6:00 AM")
    assert await visit.axe() == []
    await visit.browser.see("#trace", "Open a channel to see")


async def test_an_empty_form_says_what_is_missing(visit: Visit) -> None:
    """A required field that is empty gets its sentence, and nothing touches the next label."""
    await visit.be("ben")
    await visit.write("/reframe")
    await visit.browser.see("dialog h2", "Reframe")
    gap = await visit.browser.evaluate(
        "(() => { const [a, b] = document.querySelectorAll('dialog .field');"
        " return b.getBoundingClientRect().top - a.getBoundingClientRect().bottom; })()"
    )
    await visit.browser.click("dialog [type=submit]")

    await visit.browser.see("dialog .error", "Please complete this required field.")
    assert await visit.axe() == []
    assert gap >= 8


async def test_whoever_is_there_is_not_invited_again(visit: Visit) -> None:
    """``/invite`` works as in Slack; what came to nothing can be sent again."""
    await visit.be("ben")
    await visit.write("/invite @Reframe")
    await visit.browser.see("#problem", "Reframe is in this channel already.")
    kept = await visit.browser.evaluate("document.querySelector('#composer-text').value")

    assert kept == "/invite @Reframe"
    assert ["400 (Bad Request)" in each for each in visit.browser.complaints] == [True]
    visit.browser.complaints.clear()  # the browser names every refusal


async def test_the_bot_is_removed_and_invited_again(visit: Visit) -> None:
    """``/remove`` works as in Slack, and the page says how to get it back. What is read aloud of
    the hello names the channel."""
    await visit.be("omar", "# deal-harbor")
    await visit.write("/remove @Reframe")
    await visit.browser.see("#topic", "Reframe isn't in this channel.")
    await visit.browser.see("article .body", "was removed from #deal-harbor by @Omar")
    await visit.write("/invite @Reframe")
    await visit.browser.until("!document.querySelector('#topic').textContent.includes('/invite')")
    await visit.browser.until(
        "document.querySelector('#announce').textContent.includes('inviting me to #deal-harbor')"
    )

    assert "<#" not in await visit.browser.evaluate(
        "document.querySelector('#announce').textContent"
    )


async def test_commands_are_answered_privately(visit: Visit) -> None:
    """Typed commands get an ephemeral answer; a command of another app gets a sentence."""
    await visit.be("cleo")
    await visit.write("/reframe help")
    await visit.browser.see("article.private .body", "/reframe pause")
    await visit.write(f"/reframe {BLAME}")
    await visit.browser.see("article.private .body", "?")
    await visit.browser.see("article.private [data-action=reframe_another], article.private .btn")
    await visit.write("/giphy hello")
    await visit.browser.see("#problem", "/giphy")
    await visit.be("mia")

    assert await visit.browser.count("article.private") == 0


async def test_reframe_this(visit: Visit) -> None:
    """The message shortcut opens a modal with a question; Escape closes it."""
    await visit.be("cleo")
    await visit.say(LABELLING)
    await visit.browser.see("li:has(> .chosen) .replies " + HELPFUL)
    await visit.menu("Reframe this")
    await visit.browser.see("dialog .kit", "?")
    await visit.browser.press("Escape")
    await visit.browser.until("!document.querySelector('dialog')")

    assert visit.playground.workspace.open_modals == {}


async def test_a_message_can_be_edited_and_deleted(visit: Visit) -> None:
    """What its author edits says so; what its author deletes is gone. Others can do neither."""
    await visit.be("mia", "# deal-harbor")
    await visit.say("The call is on Monday.")
    await visit.menu("Edit")
    await visit.browser.until("document.activeElement.dataset.focus === 'edit'")
    await visit.browser.evaluate("document.activeElement.select()")
    await visit.browser.type("The call is on Tuesday.")
    await visit.browser.press("Enter")
    await visit.browser.see("article .who", "(edited)")
    await visit.browser.see("article .body", "on Tuesday")
    await visit.be("omar", "# deal-harbor")
    await visit.browser.click(MENU)
    choices = await visit.browser.count("[role=menuitem]")
    await visit.browser.press("Escape")
    await visit.be("mia", "# deal-harbor")
    await visit.browser.click("article:has(.body) .chip")
    await visit.menu("Delete")
    await visit.browser.until("!document.body.textContent.includes('on Tuesday')")

    assert choices == 1


async def test_replies_are_in_the_thread(visit: Visit) -> None:
    """A reply stands below what it replies to."""
    await visit.be("ben")
    await visit.say("Who takes the slides for Thursday?")
    await visit.browser.click("article.chosen .foot button", "Reply")
    await visit.browser.until("document.activeElement.dataset.focus === 'reply'")
    await visit.browser.type("I do, with the new numbers.")
    await visit.browser.press("Enter")

    await visit.browser.see("li:has(> article) > .replies .body", "with the new numbers")


async def test_what_was_asked_before_an_edit_says_so(visit: Visit) -> None:
    """The question stays, and the panel says that it was asked about the words before."""
    await visit.be("ana")
    await visit.say(ENTITLEMENT)
    await visit.browser.see("article.chosen .chip.coached", "Asked a question · ")
    await visit.menu("Edit")
    await visit.browser.until("document.activeElement.dataset.focus === 'edit'")
    await visit.browser.evaluate("document.activeElement.select()")
    await visit.browser.type("I'll ask what keeps them busy.")
    await visit.browser.press("Enter")

    await visit.browser.see("article.chosen .chip.coached", "Asked a question, before the edit")
    await visit.browser.see("#trace .said", "the question stays")


async def test_a_wish_in_a_thread_is_no_silence(visit: Visit) -> None:
    """It is obeyed in a line that only its author sees, and nothing of its words is stored."""
    await visit.be("ana")
    await visit.say(ENTITLEMENT)
    await visit.browser.see("article.chosen .chip.coached", "Asked a question · ")
    await visit.browser.click("article.chosen .foot button", "Reply")
    await visit.browser.until("document.activeElement.dataset.focus === 'reply'")
    await visit.browser.type("stop")
    await visit.browser.press("Enter")
    await visit.browser.see("article.private .body", "No unprompted questions for you")
    await visit.browser.see(".replies .chip", "A wish")
    await visit.browser.click(".replies .chip", "A wish")
    await visit.browser.see("#trace .said", "took this as a wish")
    await visit.write("/reframe resume")

    await visit.browser.see("article.private .body", "Welcome back")


async def test_a_team_is_chosen_from_people_with_a_role(visit: Visit) -> None:
    """Whoever sets up a team sees who sells, and who has another role."""
    await visit.be("mia")
    await visit.write("/reframe team")
    await visit.browser.see("dialog .choice", "Dora, seller")
    await visit.browser.see("dialog .choice", "Omar, admin")
    focused = await visit.browser.evaluate("document.activeElement.tagName")
    await visit.browser.press("Escape")

    assert focused == "INPUT"


async def test_each_of_two_teams_has_its_picker_and_its_buttons(visit: Visit) -> None:
    """What is chosen below the second team is about the second one."""
    await visit.be("mia")
    for name in ("East", "West"):
        await visit.write("/reframe team")
        await visit.browser.click("dialog #f-name")
        await visit.browser.evaluate("document.activeElement.select()")
        await visit.browser.type(name)
        await visit.browser.click("dialog .choice", "Cleo")
        await visit.browser.click("dialog [type=submit]")
        await visit.browser.see("dialog", "Everyone you named will be asked")
        await visit.browser.press("Escape")
        await visit.browser.until("!document.querySelector('dialog')")
    await visit.write("/reframe team manage")
    await visit.browser.see("article.private .body", "You can end these teams")
    last = "[...document.querySelectorAll('article.private .body')].at(-1)"
    assert "can't show" not in str(await visit.browser.evaluate(f"{last}.innerText"))
    await visit.browser.evaluate(
        f"{{ const pick = [...{last}.querySelectorAll('select')].at(-1);"
        f" pick.value = '{visit.playground.user_ids['omar']}';"
        " pick.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    await visit.browser.see("article.private .body", "I've asked them")
    await visit.be("omar", DIRECT)

    await visit.browser.see("#log .body", "team West needs a new manager")


async def test_a_message_of_a_test_is_told_from_a_silence(visit: Visit) -> None:
    """Nothing is stored about it, which is no decision to keep quiet."""
    await visit.be("omar", "# deal-harbor")
    await visit.write("/reframe test here")
    await visit.browser.see("article.private .body", "Test mode is on")
    await visit.write(ENTITLEMENT)
    await visit.browser.see("article.chosen .chip", "Nothing stored")
    await visit.browser.see("article.private .body", "Test: I would ask: ")
    await visit.write("/reframe test off")

    await visit.browser.see("article.private .body", "Test mode is off")


async def test_another_language_is_named(visit: Visit) -> None:
    """A message that the bot can't read is told from one in which it sees nothing."""
    await visit.be("ben")
    await visit.say(FRENCH)

    await visit.browser.see("#trace .said", "It isn't in English")


async def test_a_direct_message_is_answered(visit: Visit) -> None:
    """The bot answers what somebody writes to it; nobody else sees the conversation. Samples,
    which say what gets a question in a channel, are not offered there."""
    await visit.be("cleo", DIRECT)
    assert await visit.browser.count("#samples button") == 0
    await visit.write(ENTITLEMENT)
    await visit.browser.see("#trace .said", "A direct message is a request.")
    await visit.browser.see("article[aria-label^=Reframe] .body", "?")
    await visit.be("ana", DIRECT)

    assert ENTITLEMENT not in await visit.browser.see("#log")


async def test_caps_are_true_and_can_be_lifted(visit: Visit) -> None:
    """With the limits back, the second question of a day is kept, and the reason named."""
    await visit.be("cleo", "# deal-harbor")
    await visit.say(BLAME)
    await visit.browser.see("#legend", "gets a question")
    await visit.browser.click("#caps", "Put the limits back")
    await visit.browser.see("#legend", "gets a question, once a day")
    await visit.browser.see("#caps:not(:disabled)", "Lift the limits here")
    await visit.say(ENTITLEMENT)
    await visit.browser.see("#trace .said", "You've already been asked as often as I may in a day.")
    await visit.browser.see("#trace .note", "would be enough")
    assert await visit.code_words() == []
    ts = await visit.browser.evaluate("document.querySelector('article.chosen').dataset.ts")
    await visit.be("ben", "# deal-harbor")
    await visit.browser.click(f"article[data-ts='{ts}'] .chip")
    await visit.browser.see("#trace .said", "It would tell Cleo: You've already been asked")
    await visit.be("cleo", "# deal-harbor")
    await visit.browser.click("#caps")
    await visit.browser.see("#caps:not(:disabled)", "Put the limits back")
    await visit.say(ENTITLEMENT)

    await visit.browser.see("article.chosen .chip.coached")


async def test_the_clock_moves_to_friday_and_monday(visit: Visit) -> None:
    """Moving the clock brings the weekly reflection, and then the manager's digest."""
    await visit.be("ana")
    await visit.say(ENTITLEMENT)
    await visit.browser.click("#jump")
    await visit.browser.click("[role=menuitem]", "Friday")
    await visit.browser.see("#now", "Friday 3:00 PM")
    await visit.be("ana", DIRECT)
    await visit.browser.see("article[aria-label*='Friday 3:00 PM'] .body")
    await visit.browser.click("#jump:not(:disabled)")
    await visit.browser.click("[role=menuitem]", "Monday")
    await visit.browser.see("#now", "Monday 9:00 AM")
    await visit.be("mia", DIRECT)

    await visit.browser.see("article[aria-label*='Monday 9:00 AM'] h2")


async def test_the_model_is_off_with_a_reason(visit: Visit) -> None:
    """Without a configured model the switch can't be used, and says why."""
    assert await visit.browser.evaluate("document.querySelector('#detector').disabled")
    assert await visit.browser.evaluate("document.querySelector('#detector-why').textContent") == (
        NO_MODEL
    )


async def test_menus_work_by_keyboard(visit: Visit) -> None:
    """Enter opens a menu on its first item, arrows move, Escape gives the focus back."""
    await visit.browser.see("#jump:not(:disabled)")
    await visit.browser.evaluate("document.querySelector('#jump').focus()")
    await visit.browser.press("Enter")
    await visit.browser.until("document.activeElement.getAttribute('role') === 'menuitem'")
    first = await visit.browser.evaluate("document.activeElement.textContent")
    await visit.browser.press("ArrowDown")
    second = await visit.browser.evaluate("document.activeElement.textContent")
    await visit.browser.press("Escape")

    assert first != second
    assert await visit.browser.evaluate("document.activeElement.id") == "jump"
    assert await visit.browser.count("[role=menu]") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
async def test_light_dark_narrow_and_wide(visit: Visit, scheme: str, width: int) -> None:
    """Each has no accessibility problem that axe knows, and nothing to scroll sideways."""
    await visit.browser.prefer(scheme)
    await visit.browser.resize(width, 800)
    await visit.be("ana")
    await visit.browser.see("#trace .said")

    assert await visit.axe() == []
    assert await visit.browser.evaluate("document.documentElement.scrollWidth") <= width
    light = await visit.browser.evaluate(
        "getComputedStyle(document.querySelector('main')).backgroundColor === 'rgb(255, 255, 255)'"
    )
    assert light == (scheme == "light")


async def test_the_field_is_in_sight_on_a_phone(visit: Visit) -> None:
    """At once, and after an answer, which is in sight above it."""
    bottom = "document.querySelector('#composer').getBoundingClientRect().bottom <= innerHeight"
    await visit.browser.resize(390, 844)
    await visit.be("omar")
    before = await visit.browser.evaluate(bottom)
    await visit.say(FIXING)
    await visit.browser.see("li:has(> .chosen) .replies " + HELPFUL)
    await visit.browser.until(
        "[...document.querySelectorAll('#log article')].at(-1).getBoundingClientRect().bottom"
        " <= document.querySelector('#bottom').getBoundingClientRect().top"
    )

    assert before
    assert await visit.browser.evaluate(bottom)
    await visit.browser.resize(1280, 800)


async def test_on_a_phone_the_samples_are_folded(visit: Visit) -> None:
    """The messages get most of the screen; a press shows the samples, and a wide window does."""
    room = "document.querySelector('#bottom').getBoundingClientRect().height"
    await visit.browser.resize(390, 844)
    await visit.be("ana")
    await visit.browser.until("!document.querySelector('#samples-section').open")
    folded = await visit.browser.evaluate(room)
    await visit.browser.click("#samples-section summary", "Post a sample")
    await visit.browser.until("document.querySelector('#samples-section').open")
    shown = await visit.browser.evaluate("document.querySelector('#samples li').offsetHeight")
    await visit.browser.resize(1280, 800)
    await visit.browser.until("document.querySelector('#samples-section').open")

    assert folded < 120
    assert shown > 0


async def test_the_switch_beats_the_system(visit: Visit) -> None:
    """The button changes to the other theme, and then names the way back."""
    await visit.browser.prefer("light")
    await visit.browser.click("#theme", "Dark")
    dark = await visit.browser.evaluate(
        "getComputedStyle(document.querySelector('main')).backgroundColor"
    )
    await visit.browser.click("#theme", "Light")

    assert dark == "rgb(30, 33, 37)"


async def test_a_day_off_and_a_night_are_said_beside_the_samples(visit: Visit) -> None:
    """A sample promises no question on a Saturday; a press leads to the next workday."""
    await visit.be("ana")
    await visit.browser.until("document.querySelector('#rest').hidden")
    await visit.browser.click("#jump")
    await visit.browser.click("[role=menuitem]", "10:30 PM, in quiet hours")
    await visit.browser.see("#rest-text", "It's night here")
    await visit.browser.see("#legend", "gets a question outside quiet hours, which it is now")
    await visit.browser.until("!document.querySelector('#to-work').disabled")
    zone = visit.playground.company.zone
    while datetime.fromtimestamp(visit.playground.clock(), zone).weekday() != 5:
        visit.playground.clock.jump_to(visit.playground.clock() + 86_400)
    await visit.browser.see("#rest-text", "It's Saturday here, a day off for everybody")
    await visit.browser.see("#legend", "gets a question on a workday")
    button, notice = [
        await visit.browser.evaluate(f"document.querySelector('{each}').offsetWidth")
        for each in ("#to-work", "#rest")
    ]
    assert button < notice / 2
    assert await visit.axe() == []
    await visit.browser.click("#to-work")
    await visit.browser.see("#now", "Monday 10:00 AM")
    await visit.browser.until("document.querySelector('#rest').hidden")
