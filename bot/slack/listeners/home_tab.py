"""Draws the Home tab."""

from __future__ import annotations

from bot.core.admission import Admission, Purpose
from bot.flows.admission import Admissions
from bot.flows.preferences import PreferencesFlow
from bot.flows.workspace_settings import WorkspaceSettingsFlow
from bot.slack.background import BackgroundTasks
from bot.slack.listeners.payload import Origin
from bot.slack.listeners.responder import StringsOf
from bot.slack.presenter import SlackPresenter


class HomeTab:
    """Draws a person's Home tab, in the background.

    Whoever is no member of the workspace sees one sentence, and what they can do about their data.
    If Slack doesn't say who somebody is, Home stays as it is.

    Args:
        admissions: decides who may see it.
        preferences: the flow that knows how things stand.
        workspace_settings: the flow that knows what an admin sees of the workspace.
        presenter: shows it.
        background: runs it. strings_of: the UI strings of a workspace.
    """

    def __init__(
        self,
        *,
        admissions: Admissions,
        preferences: PreferencesFlow,
        workspace_settings: WorkspaceSettingsFlow,
        presenter: SlackPresenter,
        background: BackgroundTasks,
        strings_of: StringsOf,
    ) -> None:
        self._admissions = admissions
        self._preferences = preferences
        self._workspace_settings = workspace_settings
        self._presenter = presenter
        self._background = background
        self._strings_of = strings_of

    def draw(self, origin: Origin, *, opened: bool = False) -> None:
        """Draw a person's Home again; ``opened``: the person is looking at it."""
        self._background.spawn(origin.workspace_id, self._draw(origin, opened=opened))

    async def _draw(self, origin: Origin, *, opened: bool) -> None:
        workspace_id, user_id = origin.workspace_id, origin.user_id
        admission = await self._admissions.admit(
            workspace_id, user_id, Purpose.STARTS_SOMETHING, is_waiting=False
        )
        match admission:
            case Admission.ADMITTED:
                strings = await self._strings_of(workspace_id)
                state = await self._preferences.home_state(workspace_id, user_id, opened=opened)
                workspace = await self._workspace_settings.overview(workspace_id, user_id)
                await self._presenter.publish_home(workspace_id, user_id, state, strings, workspace)
            case Admission.NOT_OURS:
                strings = await self._strings_of(workspace_id)
                sentence = strings["people"][admission]
                await self._presenter.publish_closed_home(workspace_id, user_id, sentence, strings)
