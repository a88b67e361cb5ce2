"""The few words with which a line of advice begins."""

from __future__ import annotations

import pytest

from bot.core.leads import lines_with_leads, with_lead


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("If she asks: trade.", ("If she asks:", "trade.")),
        ("Minutes 0 to 3: say where it stood.", ("Minutes 0 to 3:", "say where it stood.")),
        ("Si pregunta el precio : diga que no.", ("Si pregunta el precio :", "diga que no.")),
        (
            "\u5148\u6253\u7535\u8bdd\uff1a \u7136\u540e\u3002",
            ("\u5148\u6253\u7535\u8bdd\uff1a", "\u7136\u540e\u3002"),
        ),
        ("Call on the day. Then: wait.", ("", "Call on the day. Then: wait.")),
        ("The call is at 10:30 sharp.", ("", "The call is at 10:30 sharp.")),
        ("\u201cLook: it is simple.\u201d", ("", "\u201cLook: it is simple.\u201d")),
        ("Ask one thing of the man who was in the room then: why.", None),
        ("To him: *bold* words.", None),
        ("To <@U1>: hello there.", None),
        ("Next:", None),
        ("", None),
    ],
)
def test_with_lead(line: str, expected: tuple[str, str] | None) -> None:
    assert with_lead(line) == (expected or ("", line))


def test_the_first_line_has_no_lead() -> None:
    lines = [("", "One thing: ask."), ("", ""), ("Then:", "wait."), ("", "Good luck.")]

    assert lines_with_leads("One thing: ask.\n\nThen: wait.\nGood luck.") == lines
    assert lines_with_leads("") == [("", "")]
