"""Installs the bot in a fake workspace, as a person with a browser does, page by page."""

from __future__ import annotations

import aiohttp

BROWSER_COOKIE = "slack-app-oauth-state"


class Browser:
    """A browser that goes through an installation, page by page."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.status = 0
        self.page = ""
        self.cookie = ""

    async def open(self, url: str, **cookies: str) -> str:
        """Open an address without following it; return where it leads, empty for nowhere."""
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = {"Cookie": sent} if sent else {}
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            self.status, self.page = answer.status, await answer.text()
            for cookie in answer.cookies.values():
                self.cookie = cookie.value
            return answer.headers.get("Location", "")

    async def come_back(self) -> str:
        """Start, consent, and return the address that Slack leads back to."""
        consent = await self.open(f"{self.address}/slack/install/start")
        assert self.status == 302, self.page
        back = await self.open(consent)
        return back

    async def install(self) -> None:
        """Install the bot."""
        back = await self.come_back()
        await self.open(back, **{BROWSER_COOKIE: self.cookie})
