"""The pages around an installation: before it, after it, and when it came to nothing. No I/O."""

from __future__ import annotations

from html import escape

from bot.slack.views.block_kit import Strings

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the address of a page holds a code
    "X-Content-Type-Options": "nosniff",
}
"""What every page is sent with: it loads nothing from anywhere, and is shown in no frame."""

_STYLE = """
:root { color-scheme: light dark; --text: #1d1c1d; --back: #fff; --line: #ddd; --button: #4a154b; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --back: #1a1d21; --line: #444; --button: #7c3085; }
}
body { margin: 0; background: var(--back); color: var(--text);
  font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
ul { padding: 0 0 0 1.2rem; } li { margin: .4rem 0; }
a { color: inherit; }
a.button { display: inline-block; margin-top: 1rem; padding: .7rem 1.3rem; border-radius: .4rem;
  background: var(--button); color: #fff; font-weight: 600; text-decoration: none; }
a.button:focus-visible { outline: 3px solid currentColor; outline-offset: 3px; }
p.small { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line);
  font-size: .9375rem; }
"""


def install_page(strings: Strings, start: str, *, has_model: bool) -> str:
    """Return what somebody sees who thinks about installing the bot.

    Args:
        strings: the UI strings. start: where the installation begins.
        has_model: whether a language model reads messages.
    """
    words = strings["install"]
    lines = "".join(f"<li>{escape(line)}</li>" for line in words["lines"].splitlines())
    return _page(
        words["title"],
        f"<p>{escape(words['intro'])}</p><ul>{lines}</ul>"
        f"<p>{escape(words['model' if has_model else 'no_model'])}</p>"
        f"{_button(words['button'], start)}"
        f'<p class="small">{escape(words["approval"])}</p>',
    )


def installed_page(strings: Strings, open_slack: str) -> str:
    """Return what somebody sees who has installed the bot.

    Args:
        strings: the UI strings. open_slack: leads to the bot in Slack.
    """
    words = strings["install"]
    steps = "".join(f"<li>{escape(line)}</li>" for line in words["next_steps"].splitlines())
    body = f"<p>{escape(words['done'])}</p><ul>{steps}</ul>"
    return _page(words["done_title"], body + _button(words["open_slack"], open_slack))


def failed_page(strings: Strings, kind: str, start: str) -> str:
    """Return what somebody sees whose installation came to nothing.

    Args:
        strings: the UI strings. kind: which sentence of ``[install]`` says why.
        start: where it begins anew.
    """
    words = strings["install"]
    body = f"<p>{escape(words[kind])}</p>"
    return _page(words["failed_title"], body + _button(words["again"], start))


def _button(label: str, address: str) -> str:
    return f'<a class="button" href="{escape(address)}">{escape(label)}</a>'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
