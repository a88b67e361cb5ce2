"""``reframe init``: leads through the set-up, from no Slack app at all to a bot that can start."""

from __future__ import annotations

import asyncio
import shlex
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot import settings as bot_settings
from bot.cli.answer_checks import AnswerCheck, AnswerChecks
from bot.cli.check import WARNING, Check, is_fine
from bot.cli.doctor import show_checks
from bot.cli.env_file import set_values, values_in
from bot.cli.interview import Answers, Interview, Terminal
from bot.cli.migrate import bring_up_to_date
from bot.cli.problems import sentence
from bot.flows.errors import SettingsError, SlackSetupError
from bot.setting_values import is_on_this_machine, is_slack_itself
from bot.slack.manifest import create_app_address, http_manifest, socket_mode_manifest
from bot.store.encryption import generate_secret
from bot.telemetry.logs import set_up_log

ENV_FILE = Path(".env")
SOCKET, HTTP = "socket", "http"
_SLACK_ITSELF = "https://slack.com/"


def set_up(http_address: str | None, answers: Path | None, *, opens_browser: bool) -> int:
    """Ask for what the bot needs, check each answer by asking Slack, write ``.env`` when all are
    there, create the database, and end with the doctor.

    Args:
        http_address: the bot's public address, for HTTP; None to ask which way it is.
        answers: a file with ``NAME=value`` lines; None to ask at the terminal or, without one, to
            take the environment.
        opens_browser: whether Slack's page is opened for a person at the terminal.

    Returns:
        The exit code of the doctor: 0 if the bot can start.

    Raises:
        SettingsError, SetupError: something is missing or refused, and nobody can be asked again.
            Nothing was written.
        ValueError: Slack would not take the address.
    """
    set_up_log("CRITICAL")  # whoever answers questions reads no log; the doctor says what is odd
    set_up_ = SetUp(_choose_interview(answers), values_in(ENV_FILE))
    set_up_.create_app(http_address, opens_browser=opens_browser)
    set_up_.keep_slack_address()
    set_up_.keep_port()
    set_up_.ask_slack_settings()
    set_up_.make_key()
    set_up_.write()
    asyncio.run(bring_up_to_date(bot_settings.load()))
    checks = show_checks()
    set_up_.say_what_is_next(checks)
    return 0 if is_fine(checks) else 1


class SetUp:
    """The answers of one run, kept in memory until all are there.

    Args:
        interview: answers.
        present: what ``.env`` sets already.
    """

    def __init__(self, interview: Interview, present: dict[str, str]) -> None:
        self._interview = interview
        self._present = present
        self._new: dict[str, str] = {}
        self._mode = SOCKET
        self._console = Console(highlight=False)

    def create_app(self, http_address: str | None, *, opens_browser: bool) -> None:
        """Ask how events come in, and lead to the page on which Slack makes an app for that.

        The page is opened for a person at the terminal. Without a browser its address is printed,
        which is long, as it holds the manifest. A Slack on this machine has no such page.
        """
        self._mode = HTTP if http_address else self._ask_mode()
        manifest, command = socket_mode_manifest(), "manifest"
        if self._mode == HTTP:
            address = http_address or self._interview.ask("URL", sentence("init_address"))
            manifest, command = http_manifest(address), f"manifest --http {shlex.quote(address)}"
        slack = bot_settings.load().slack_api_url
        page = create_app_address(manifest)
        if is_on_this_machine(slack):
            self.say("init_create_app_practice", name=slack, what=command)
        elif opens_browser and self._interview.can_try_again and webbrowser.open(page):
            self.say("init_create_app_opened", what=command)
        else:
            self._print(page)
            self.say("init_create_app", what=command)  # last, or it would be pushed off the screen

    def keep_slack_address(self) -> None:
        """Let ``.env`` name the Slack that is asked, unless it does, or slack.com is asked and no
        other is named: a new terminal has another environment, and these tokens would go to the
        wrong Slack."""
        here = bot_settings.load().slack_api_url
        named = self._present.get("SLACK_API_URL", _SLACK_ITSELF)
        is_same = is_slack_itself(here) and named.startswith(_SLACK_ITSELF)
        if not is_same and here != named:
            self._new["SLACK_API_URL"] = here

    def keep_port(self) -> None:
        """Let ``.env`` name the port that the environment sets: a new terminal would have the bot
        listen on another one than Slack sends its requests to."""
        here = str(bot_settings.load().port)
        usual = bot_settings.Settings.model_fields["port"].default
        if here != self._present.get("PORT", str(usual)):
            self._new["PORT"] = here

    def ask_slack_settings(self) -> None:
        """Ask for the tokens and an admin until Slack accepts them."""
        checks = AnswerChecks(bot_settings.load())
        self._settle("SLACK_BOT_TOKEN", "init_bot_token", checks.bot_token)
        if self._mode == SOCKET:
            self._settle("SLACK_APP_TOKEN", "init_app_token", checks.app_token)
        else:
            self._settle("SLACK_SIGNING_SECRET", "init_secret", checks.signing_secret)
        self._settle("REFRAME_ADMINS", "init_admin", checks.admins, is_needed=False)

    def make_key(self) -> None:
        """Make an encryption key, unless there is one: another one could not open what is kept."""
        if "REFRAME_ENCRYPTION_KEY" in self._present or bot_settings.load().encryption_key:
            return
        self._new["REFRAME_ENCRYPTION_KEY"] = generate_secret()
        self.say("init_key")

    def write(self) -> None:
        """Put what is new into ``.env``, all at once."""
        if self._new:
            comments = {"SLACK_API_URL": sentence("init_other_slack")}
            set_values(ENV_FILE, self._new, comments)
            self.say("init_written", what=", ".join(self._new))

    def say_what_is_next(self, checks: Sequence[Check]) -> None:
        """Say how to start the bot, or what is to be mended first.

        Args:
            checks: what the doctor found. That the bot is in no channel yet is how it must be.
        """
        warnings = [check.name for check in checks if check.state == WARNING]
        odd = [name for name in warnings if name != "channels"]
        kind = "init_done_odd" if odd else "init_done_uninvited" if warnings else "init_done"
        start = "run --http" if self._mode == HTTP else "run"
        self.say(kind if is_fine(checks) else "init_not_done", what=start)

    def say(self, kind: str, **values: str) -> None:
        """Print a sentence of ``[cli]``."""
        self._print(sentence(kind, **values))

    def _ask_mode(self) -> str:
        while True:
            mode = self._interview.ask("MODE", sentence("init_mode"), default=SOCKET).lower()
            if mode in (SOCKET, HTTP):
                return mode
            if self._interview.can_try_again:  # at a terminal nothing is called MODE
                self.say("init_mode_again")
            else:
                self._complain(SettingsError("MODE", sentence("init_mode_wrong")))

    def _settle(
        self, name: str, question: str, check: AnswerCheck, *, is_needed: bool = True
    ) -> None:
        """Take the value that is set, or else the first answer that passes its check.

        What is set is checked before anybody is asked whether it stays: nobody can say so of a
        value that Slack refuses, or that looks odd. Each check has an event loop of its own: in
        one that runs, Ctrl+C would not end a question.
        """
        value = self._present.get(name, "")
        is_present = bool(value)
        while True:
            if not is_present:
                value = self._interview.ask(name, sentence(question), is_secret=is_needed)
            if not value and not is_needed:
                return
            try:
                if not value:
                    raise SettingsError(name, sentence("init_empty"))
                usable = asyncio.run(check(value))
            except SettingsError as refused:
                self._complain(refused)
                is_present = False
                continue
            self._print(usable.found)
            if is_present and not self._interview.keeps(name, default=not usable.if_taken):
                is_present = False
                continue
            if not is_present and usable.if_taken and not self._interview.takes_odd():
                continue
            self._print(usable.if_taken)
            if not is_present:
                self._new[name] = value
            return

    def _complain(self, refused: SettingsError) -> None:
        """Say what is wrong with an answer.

        Raises:
            SlackSetupError: nobody can give another one.
        """
        if not self._interview.can_try_again:
            raise SlackSetupError("init_answers_wrong", f"{refused.name}: {refused.why}")
        self.say("init_again", name=refused.name, why=refused.why)

    def _print(self, text: str) -> None:
        if text:
            self._console.print(text, markup=False, soft_wrap=True)


def _choose_interview(answers: Path | None) -> Interview:
    if answers is not None:
        answers.open().close()  # a file that isn't there would look like an empty one
        values = values_in(answers)
        for unknown in bot_settings.unknown_names(values, env_file=None):
            what = f"{unknown}: {sentence('init_unknown_answer')}"
            raise SlackSetupError("init_answers_wrong", what)
        return Answers(values)
    if sys.stdin.isatty():
        return Terminal()
    given = bot_settings.load(env_file=None)
    tokens = {
        "SLACK_BOT_TOKEN": given.slack_bot_token,
        "SLACK_APP_TOKEN": given.slack_app_token,
        "SLACK_SIGNING_SECRET": given.slack_signing_secret,
    }
    values = {name: token.get_secret_value() for name, token in tokens.items() if token}
    return Answers({"REFRAME_ADMINS": given.admin_ids, **values})
