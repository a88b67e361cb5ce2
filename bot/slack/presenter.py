"""Shows things to one person: replies, modals, Home, files.

Implements ``bot.flows.ports.rendering.Presenter``, and what the listeners need beyond it.
"""

from __future__ import annotations

from bot.core.languages import UiStrings
from bot.flows.errors import ModalNotOpenedError, SlackCallError
from bot.flows.ports.asks import Ask, ReplyPlace
from bot.flows.ports.rendering import AskReply
from bot.flows.preferences import HomeState
from bot.flows.workspace_settings import WorkspaceOverview
from bot.slack.clients import ClientProvider
from bot.slack.direct_channels import DirectChannels
from bot.slack.url_posts import UrlPosts
from bot.slack.views.ask_reply import ask_reply
from bot.slack.views.block_kit import Json, RenderedMessage
from bot.slack.views.home import closed_home, home
from bot.slack.views.modals import message_modal
from bot.slack.web_api import call_read, call_write, field


class SlackPresenter:
    """Shows what is meant for one person alone.

    Args:
        clients: the workspaces' clients.
        direct_channels: the bot's direct conversations.
        url_posts: posts to response URLs and upload URLs.
        retention_days: how long decisions are kept, for Home.
    """

    def __init__(
        self,
        *,
        clients: ClientProvider,
        direct_channels: DirectChannels,
        url_posts: UrlPosts,
        retention_days: float,
    ) -> None:
        self._clients = clients
        self._direct_channels = direct_channels
        self._url_posts = url_posts
        self._retention_days = retention_days

    async def show_reply(
        self, ask: Ask, reply: AskReply, strings: UiStrings, *, replaces: bool = False
    ) -> None:
        """Show a reply. Behind a command, Slack may put it below what it should replace: there is
        no message that the command was pressed on (github.com/slackapi/bolt-python/issues/1268)."""
        rendered = ask_reply(reply, strings)
        if ask.place is ReplyPlace.VIEW:
            view = message_modal(rendered, strings)
            await self.update_view(ask.workspace_id, ask.address, view)
        else:
            await self.respond(ask.address, rendered, replace=replaces)

    async def send_file(
        self, workspace_id: str, user_id: str, *, name: str, content: str, comment: str
    ) -> None:
        """Upload a file in three steps (docs.slack.dev/messaging/working-with-files)."""
        channel_id = await self._direct_channels.resolve(workspace_id, user_id)
        client, data = await self._clients.client(workspace_id), content.encode()
        target = await call_read(
            client, client.files_getUploadURLExternal(filename=name, length=len(data))
        )
        await self._url_posts.upload(field(target, "upload_url"), data)
        await call_write(
            client,
            client.files_completeUploadExternal(
                files=[{"id": field(target, "file_id"), "title": name}],
                channel_id=channel_id,
                initial_comment=comment,
            ),
        )

    async def open_view(self, workspace_id: str, trigger_id: str, view: Json) -> str:
        """Open a modal and return its id. Slack's trigger holds for three seconds.

        Raises:
            ModalNotOpenedError: Slack did not open it.
        """
        try:
            client = await self._clients.client(workspace_id)
            opened = await call_read(client, client.views_open(trigger_id=trigger_id, view=view))
            return field(opened, "view", "id")
        except SlackCallError as failure:
            raise ModalNotOpenedError(str(failure)) from failure

    async def update_view(self, workspace_id: str, view_id: str, view: Json) -> None:
        """Put another view into an open modal."""
        client = await self._clients.client(workspace_id)
        await call_read(client, client.views_update(view_id=view_id, view=view))

    async def publish_home(
        self,
        workspace_id: str,
        user_id: str,
        state: HomeState,
        strings: UiStrings,
        workspace: WorkspaceOverview | None = None,
    ) -> None:
        """Draw a person's Home tab.

        Args:
            workspace_id, user_id: whose. state: how things stand. strings: the UI strings.
            workspace: what an admin sees of it.
        """
        client = await self._clients.client(workspace_id)
        view = home(state, strings, self._retention_days, workspace)
        await call_read(client, client.views_publish(user_id=user_id, view=view))

    async def publish_closed_home(
        self, workspace_id: str, user_id: str, sentence: str, strings: UiStrings
    ) -> None:
        """Draw the Home tab of somebody who may not use the bot."""
        client = await self._clients.client(workspace_id)
        view = closed_home(sentence, strings)
        await call_read(client, client.views_publish(user_id=user_id, view=view))

    async def respond(
        self, url: str, message: RenderedMessage, *, replace: bool = False, thread_ts: str = ""
    ) -> None:
        """Show a message to the person who pressed.

        Args:
            url: Slack's response URL.
            message: what to show.
            replace: whether it takes the place of the message whose button was pressed.
            thread_ts: of the thread in which it is shown; empty for none.
        """
        body: Json = {"response_type": "ephemeral", "replace_original": replace}
        if thread_ts:
            body["thread_ts"] = thread_ts
        await self._url_posts.respond(url, {**message.content, **body})

    async def delete_original(self, url: str) -> None:
        """Take away the message whose button was pressed."""
        await self._url_posts.respond(url, {"delete_original": True})
