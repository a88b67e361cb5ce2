"""Starts Chromium and drives one page over the DevTools protocol, with real mouse and keys.

The protocol (chromedevtools.github.io/devtools-protocol) is JSON over one WebSocket, and aiohttp
is there anyway, so no driver has to be installed, which would be larger than the bot.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox refuses to start; only our page
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
)
_PATIENCE_SECONDS = 60.0
_KEYS = {"Enter": ("\r", 13), "Escape": ("", 27), "Tab": ("", 9), "ArrowDown": ("", 40)}


class ChromiumMissingError(Exception):
    """There is no Chromium on this machine."""


def find_chromium() -> str:
    """Return the program.

    Raises:
        ChromiumMissingError: it isn't installed.
    """
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    raise ChromiumMissingError("chromium was not found; on Debian and Ubuntu: apt install chromium")


class Chromium:
    """A running browser with one page. Use it as an async context manager.

    Args:
        program: of the browser.

    Attributes:
        complaints: what the page threw, and what the browser blocked or could not load.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.complaints: list[str] = []
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            profile = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="reframe-chromium-", ignore_cleanup_errors=True)
            )
            process = await asyncio.create_subprocess_exec(
                self._program,
                *_FLAGS,
                f"--user-data-dir={profile}",
                "about:blank",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            stack.push_async_callback(_end, process)
            port = await _port(Path(profile) / "DevToolsActivePort")
            session = await stack.enter_async_context(aiohttp.ClientSession())
            async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                pages = [page for page in await response.json() if page["type"] == "page"]
            self._socket = await session.ws_connect(
                pages[0]["webSocketDebuggerUrl"], max_msg_size=0
            )
            stack.push_async_callback(self._socket.close)
            self._reader = asyncio.create_task(self._read())
            for domain in ("Page", "Runtime", "Log"):
                await self.call(f"{domain}.enable")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()
        await self._reader

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result.

        Raises:
            RuntimeError: the browser refused it.
        """
        number = next(self._numbers)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(_PATIENCE_SECONDS):
            answer = await reply
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page; a promise is awaited.

        Raises:
            RuntimeError: it threw.
        """
        result = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"])[:2_000])
        return result["result"].get("value")

    async def open(self, url: str) -> None:
        """Open a page."""
        await self.call("Page.navigate", url=url)

    async def resize(self, width: int, height: int, *, scale: float = 1) -> None:
        """Give the window a size in CSS pixels."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    async def prefer(self, scheme: str) -> None:
        """Let the system prefer ``light`` or ``dark``, and no motion."""
        wished = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wished.items()]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def until(self, expression: str) -> Any:
        """Wait until a JavaScript expression is true, and return its value.

        Raises:
            TimeoutError: it wasn't for a minute; says what the page showed.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not (found := await self.evaluate(expression)):
                    await asyncio.sleep(0.03)
                return found
        except TimeoutError:
            shown = await self.evaluate("document.body.innerText")
            raise TimeoutError(f"{expression}\nwas never true on:\n{shown[-3_000:]}") from None

    async def see(self, selector: str, text: str = "") -> str:
        """Wait for a visible element that matches, and holds a text if one is given.

        Returns:
            The text of the last one.

        Raises:
            TimeoutError: none turned up for a minute.
        """
        seen = f"{_found(selector, text)}.map((e) => e.textContent || ' ').at(-1)"
        return str(await self.until(seen))

    async def count(self, selector: str, text: str = "") -> int:
        """Return how many visible elements match, and hold a text if one is given."""
        return int(await self.evaluate(f"{_found(selector, text)}.length"))

    async def click(self, selector: str, text: str = "") -> None:
        """Click the last visible element that matches, and holds a text if one is given, once it
        rests and nothing covers it.

        Raises:
            TimeoutError: none turned up for a minute.
        """
        place = await self.until(
            f"""(async () => {{
                const one = {_found(selector, text)}.filter((e) => !e.disabled).at(-1);
                if (!one) return null;
                one.scrollIntoView({{block: "nearest"}});
                const middle = () => {{
                    const r = one.getBoundingClientRect();
                    return [r.left + r.width / 2, r.top + r.height / 2];
                }};
                const before = middle();
                await new Promise((done) => setTimeout(done, 50));
                const there = middle();
                const rests = before.join() === there.join();
                return rests && one.contains(document.elementFromPoint(...there)) ? there : null;
            }})()"""
        )
        x, y = place
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.call("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        """Press a key such as ``Enter``."""
        text, code = _KEYS[key]
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        typed = {"text": text} if text else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **common, **typed)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    async def choose(self, selector: str, value: str) -> None:
        """Choose an option of a menu by its value, as a person does."""
        await self.evaluate(
            f"""(() => {{
                const menu = document.querySelector({json.dumps(selector)});
                menu.value = {json.dumps(value)};
                menu.dispatchEvent(new Event("change", {{bubbles: true}}));
            }})()"""
        )

    async def screenshot(self) -> bytes:
        """Return a picture of the window as PNG."""
        result = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(result["data"])

    async def _read(self) -> None:
        async for message in self._socket:
            answer = json.loads(message.data)
            if (reply := self._replies.pop(answer.get("id", 0), None)) is not None:
                if not reply.done():  # nobody waits for it any more
                    reply.set_result(answer)
            elif answer.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(str(answer["params"]["exceptionDetails"])[:500])
            elif answer.get("method") == "Log.entryAdded":
                entry = answer["params"]["entry"]
                if entry["level"] == "error":
                    self.complaints.append(f"{entry['text']} {entry.get('url', '')}")


def _found(selector: str, text: str) -> str:
    """Return JavaScript for the visible elements that match and hold a text."""
    return (
        f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => "
        f"e.checkVisibility() && e.textContent.includes({json.dumps(text)}))"
    )


async def _port(file: Path) -> str:
    """Return the port that the browser writes into its profile once it listens."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            lines = file.read_text().splitlines() if file.exists() else []
            if len(lines) > 1:
                return lines[0]
            await asyncio.sleep(0.02)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()
