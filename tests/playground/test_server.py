"""The page's server: who gets in, what is served, and what a page may ask for."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.playground.server import PageServer
from bot.playground.session import NO_MODEL, Playground
from bot.playground.snapshot import snapshot
from bot.sandbox.workspace import Json
from tests.harness import PATIENCE_SECONDS
from tests.playground.serving import page_of

PAGE = sorted(Path(str(each)) for each in files("bot.playground").joinpath("page").iterdir())


class Client:
    """A browser's requests to a page, or somebody else's."""

    def __init__(
        self, session: aiohttp.ClientSession, page: PageServer, played: Playground
    ) -> None:
        self.session = session
        self.url = page.url
        self.origin = page.url.rsplit("/", 2)[0]
        self.playground = played
        self.ana = played.user_ids["ana"]
        self.deal = played.channel_ids["deal-northwind"]

    async def get(self, path: str = "", **headers: str) -> tuple[int, str]:
        """Return the status and the text of a path below the token."""
        async with self.session.get(self.url + path, headers=headers) as response:
            return response.status, await response.text()

    async def do(
        self, action: str, /, headers: dict[str, str] | None = None, **details: object
    ) -> tuple[int, Json]:
        """Ask for an action as Ana, and return the status and the answer."""
        asked = {"as": self.ana, "do": action, **details}
        headers = {"Origin": self.origin} if headers is None else headers
        async with self.session.post(self.url + "do", json=asked, headers=headers) as response:
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else {}

    async def state(self, viewer_id: str) -> Json:
        """Return the first state that the stream sends to somebody."""
        async with self.session.get(self.url + "events", params={"as": viewer_id}) as response:
            line = await response.content.readline()
            state: Json = json.loads(line.removeprefix(b"data: "))
            return state


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """Serve a page without a bot, and yield a client of it."""
    async with page_of(tmp_path) as (playground, page), aiohttp.ClientSession() as session:
        yield Client(session, page, playground)


async def test_the_page_and_its_files_are_served(client: Client) -> None:
    """The page refers to files that are there, with a policy that allows nothing from outside."""
    async with client.session.get(client.url) as response:
        text, policy = await response.text(), response.headers["Content-Security-Policy"]
    named = re.findall(r'(?:src|href)="(page/[^"]+)"', text)
    found = [await client.get(name) for name in named]

    assert len(named) == 2
    assert [status for status, _ in found] == [200, 200]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["page/company.toml", "page/..%2Fserver.py", "page/x.js", "file/F1"]
)
async def test_other_files_are_not(client: Client, path: str) -> None:
    """Nothing but the page's own files comes out."""
    assert (await client.get(path))[0] == 404


async def test_a_page_that_was_closed_is_drawn_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing changes, so nothing is written to it that could fail."""
    drawn: list[str] = []
    ben = client.playground.user_ids["ben"]

    def note(*arguments: Any) -> Json:
        drawn.append(arguments[-1])
        return snapshot(*arguments)

    monkeypatch.setattr("bot.playground.server.snapshot", note)
    await client.state(client.ana)
    async with (
        client.session.get(client.url + "events", params={"as": ben}) as open_page,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        await open_page.content.readline()
        for _ in range(3):  # pages are drawn by turns, so whoever has one has none too many
            since = len(drawn)
            while ben not in drawn[since:]:
                await asyncio.sleep(0.01)

        assert drawn[since:] == [ben]


async def test_nobody_gets_in_without_the_token(client: Client) -> None:
    """A wrong token leads nowhere, as does none."""
    for path in ("/", "/wrong/", "/wrong/events", "/wrong/do"):
        async with client.session.get(client.origin + path) as response:
            assert response.status in (404, 405)
    async with client.session.post(f"{client.origin}/wrong/do", json={}) as response:
        assert response.status == 404


async def test_other_sites_are_turned_away(client: Client) -> None:
    """A foreign ``Host`` (DNS rebinding) or ``Origin`` is refused, and a post without an origin."""
    assert (await client.get(Host="evil.example"))[0] == 403
    assert (await client.get(Origin="http://evil.example"))[0] == 403
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert (await client.do("post", headers, channel=client.deal, text="hi"))[0] == 403

    assert client.playground.workspace.messages(client.deal) == []


async def test_a_message_is_posted_as_slack_has_it(client: Client) -> None:
    """Slack's three characters are escaped, and the state has the message."""
    status, _ = await client.do("post", channel=client.deal, text="<b> & co")
    state = await client.state(client.ana)
    (channel, *_) = state["channels"]

    assert status == 200
    assert [message["text"] for message in channel["messages"]] == ["&lt;b&gt; &amp; co"]


async def test_nobody_sees_what_is_for_others(client: Client) -> None:
    """An ephemeral message and a direct message are in one person's state only."""
    workspace, ben = client.playground.workspace, client.playground.user_ids["ben"]
    workspace.add_ephemeral(client.deal, client.ana, {"text": "only for Ana", "app_id": "A"})
    workspace.add_message(workspace.dm_channel(client.ana), {"user": client.ana, "text": "secret"})
    hers, his = await client.state(client.ana), await client.state(ben)

    assert "only for Ana" in json.dumps(hers)
    assert "secret" in json.dumps(hers)
    assert "only for Ana" not in json.dumps(his)
    assert "secret" not in json.dumps(his)


@pytest.mark.parametrize(
    ("action", "details", "says"),
    [
        ("dance", {}, "No such action"),
        ("post", {"as": "U9999", "text": "x"}, "No such action or person"),
        ("post", {"text": "  "}, "Write something"),
        ("post", {"text": "x" * 4_001}, "4000"),
        ("post", {"text": ["x"]}, "Write something"),
        ("post", {"text": "x", "channel": "C9999"}, "No such channel"),
        ("post", {"text": "x", "thread_ts": "1.0"}, "thread is gone"),
        ("edit", {"text": "x", "ts": "1.0"}, "Only the author"),
        ("delete", {"ts": "1.0"}, "Only the author"),
        ("click", {"ts": "1.0", "action": "a"}, "message is gone"),
        ("shortcut", {"ts": "1.0"}, "message is gone"),
        ("submit", {"view": "V1", "values": {}}, "form is closed"),
        ("invite", {"text": "@ben"}, "/invite @Reframe"),
        ("remove", {"text": "@ben"}, "/remove @Reframe"),
        ("remove", {"text": "@Reframe"}, "isn't in this channel"),
        ("clock", {"to": "yesterday"}, "can't be moved"),
        ("detector", {"to": "model"}, NO_MODEL),
        ("detector", {"to": "dice"}, "no such detector"),
    ],
)
async def test_what_cannot_be_done_is_said(
    client: Client, action: str, details: Json, says: str
) -> None:
    """A wrong request changes nothing, and gets a sentence."""
    status, answer = await client.do(action, **{"channel": client.deal, **details})

    assert status == 400
    assert says in answer["error"]


async def test_others_messages_stay_as_they_are(client: Client) -> None:
    """Nobody can edit or delete what somebody else wrote."""
    ben = client.playground.user_ids["ben"]
    ts = client.playground.workspace.add_message(client.deal, {"user": ben, "text": "mine"})["ts"]
    for action in ("edit", "delete"):
        assert (await client.do(action, channel=client.deal, ts=ts, text="yours"))[0] == 400

    assert [m["text"] for m in client.playground.workspace.messages(client.deal)] == ["mine"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
async def test_odd_bodies_are_refused(client: Client, body: bytes) -> None:
    """What is no JSON object is no request."""
    headers = {"Origin": client.origin, "Content-Type": "application/json"}
    async with client.session.post(client.url + "do", data=body, headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize("file", PAGE, ids=lambda file: file.name)
def test_the_page_stands_alone(file: Path) -> None:
    """No file of the page loads anything from elsewhere, or makes markup of a text."""
    text = file.read_text("utf-8")

    assert re.findall(r"https?://|@import|url\(", text) == []
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text) == []
    )
    assert re.findall(r"\bstyle=|\bon\w+=\"", text) == []


async def test_an_action_waits_while_the_bot_restarts(client: Client) -> None:
    """Whoever presses a button then gets an answer, and not an error that nobody took it."""
    changing = asyncio.create_task(client.playground.lift_caps(lifted=True))
    await asyncio.sleep(0)
    phases = [client.playground.phase]
    status, answer = await client.do("command", channel=client.deal, text="help")

    assert (status, answer) == (200, {})
    assert [*phases, client.playground.phase] == ["working", "ready"]
    await changing


async def test_the_bot_can_be_removed_and_invited_again(client: Client) -> None:
    """As ``/remove @Reframe`` does in Slack; the channel says who did it, and nothing waits."""
    direct = client.playground.workspace.dm_channel(client.ana)
    await client.do("invite", channel=client.deal, text="@Reframe")
    removed = await client.do("remove", channel=client.deal, text="@reframe ")
    left = (await client.state(client.ana))["channels"][0]
    again = await client.do("invite", channel=client.deal, text="@Reframe")
    back = (await client.state(client.ana))["channels"][0]
    elsewhere = await client.do("remove", channel=direct, text="@Reframe")

    assert removed == again == (200, {})
    assert (left["has_bot"], back["has_bot"]) == (False, True)
    assert left["messages"][-1]["text"] == f"was removed from #deal-northwind by <@{client.ana}>"
    assert elsewhere[0] == 400


async def test_anybody_may_invite_the_bot_once(client: Client) -> None:
    """As ``/invite @Reframe`` does in Slack; the state says that it is there."""
    before = (await client.state(client.ana))["channels"]
    first = await client.do("invite", channel=client.deal, text="@Reframe ")
    second = await client.do("invite", channel=client.deal, text="@Reframe")
    direct = client.playground.workspace.dm_channel(client.ana)
    third = await client.do("invite", channel=direct, text="@Reframe")
    after = (await client.state(client.ana))["channels"]

    assert [status for status, _ in (first, second, third)] == [200, 400, 400]
    assert [each["has_bot"] for each in before] == [False, False, True]
    assert [each["has_bot"] for each in after] == [True, False, True]
