"""What people write to have the bot quiet in one channel, and what only sounds like it."""

from __future__ import annotations

import pytest

from bot.core.channel_wishes import (
    is_about_channel,
    names_channel,
    read_channel_wish,
    wants_none_here,
)

OFF_ANYWHERE = [
    "turn yourself off in this channel",
    "please turn off in this channel",
    "can you switch yourself off for this channel?",
    "leave this channel",
    "Leave the channel please!",
    "reframe, get out of this channel",
    "stop posting in this channel",
    "stop watching this channel",
    "don't read this channel",
    "do not post in our channel anymore",
    "mute this channel",
    "pause this channel",
    "no more questions in this channel",
    "stop asking us in this channel",
    "leave #deal-acme",
    "stop posting in <#C0123|deal-acme>",
    "be quiet in this channel",
    "stay out of this channel",
    "Turn off your questions in this channel",
    "Turn your questions off in this channel",
    "switch off all your messages in this channel",
    "please turn off the coaching questions in this channel",
    "disable your nudges in this channel",
    "mute your questions in #deal-acme",
    "please stop your questions in this channel",
    "don't ask us anything in this channel any more",
    "don't ask anybody anything in this channel",
    "do not post anything in this channel anymore",
    "stop asking us questions in this channel",
    "stop bothering us in this channel",
    "can you stop asking things in this channel",
    "we don't want your questions in this channel",
    "we don't want you in this channel",
    "nobody wants your questions in this channel",
    "leave us alone in this channel",
    "leave this channel alone",
]
OFF_HERE = [
    "don't ask us anything here again",
    "never ask us questions here again",
    "off here",
    "turn yourself off here",
    "stop posting here",
    "stop here",
    "pause here",
]
ON_ANYWHERE = [
    "turn yourself back on in this channel",
    "unpause this channel",
    "watch this channel again",
    "turn your questions back on in this channel",
    "turn on your questions in #deal-acme",
    "start asking in #deal-acme",
    "you can ask us again in this channel",
    "please ask questions in this channel again",
]
ON_HERE = [
    "ask us questions here again",
    "on here",
    "turn back on here",
    "resume here",
    "start again here",
]
NOT = [
    "stop",
    "pause",
    "stop asking me in this channel",
    "stop posting in my threads",
    "not in the channel please",
    "leave me alone",
    "turn it off",
    "the buyer wants to leave this channel partner",
    "they told us to stop posting in this channel",
    "pause the partner channel",
    "don't talk to the partner channel",
    "how do I leave this channel to my colleague",
    "pause the project until Friday",
    "stop reading the contract and call them",
    "are you watching this channel",
    "leave this to me",
    "could you put this on #deal-desk",
    "put it on #general",
    "can you set this on #deal-desk",
    "please put everything on <#C0123|deal-acme>",
    "turn this on #deal-desk",
    "put your comments on #deal-desk",
    "put this down in #deal-desk",
    "set it off in #deal-desk",
    "put that off in this channel",
    "start this in #deal-desk",
    "continue this in #deal-desk",
    "can you continue in #deal-desk",
    "share this with #deal-desk",
    "I don't want my questions in this channel",
]


@pytest.mark.parametrize("text", OFF_ANYWHERE)
@pytest.mark.parametrize("in_channel", [True, False])
def test_off(text: str, in_channel: bool) -> None:
    wish = read_channel_wish(text, in_channel=in_channel)

    assert wish is not None
    assert not wish.is_on


@pytest.mark.parametrize("text", ON_ANYWHERE)
@pytest.mark.parametrize("in_channel", [True, False])
def test_on(text: str, in_channel: bool) -> None:
    wish = read_channel_wish(text, in_channel=in_channel)

    assert wish is not None
    assert wish.is_on


@pytest.mark.parametrize(
    ("text", "is_on"), [*((t, False) for t in OFF_HERE), *((t, True) for t in ON_HERE)]
)
def test_here_is_a_channel_only_in_one(text: str, is_on: bool) -> None:
    """In a direct conversation "stop here" is a wish to be left alone."""
    wish = read_channel_wish(text, in_channel=True)

    assert wish is not None
    assert wish.is_on is is_on
    assert read_channel_wish(text, in_channel=False) is None


@pytest.mark.parametrize("text", NOT)
def test_what_is_not_about_a_channel(text: str) -> None:
    assert read_channel_wish(text, in_channel=True) is None


def test_which_channel_is_named() -> None:
    mentioned = read_channel_wish("leave <#C0123|deal-acme>", in_channel=True)
    by_name = read_channel_wish("leave #deal-acme", in_channel=True)

    assert mentioned is not None
    assert by_name is not None
    assert (mentioned.channel_id, mentioned.is_elsewhere) == ("C0123", True)
    assert (by_name.channel_id, by_name.is_elsewhere) == ("", True)


@pytest.mark.parametrize("name", ["#2024-deals", "#vertrieb-süd", "#1-acme", "#営業"])
def test_any_channel_may_be_named(name: str) -> None:
    wish = read_channel_wish(f"leave {name}", in_channel=True)

    assert wish is not None
    assert wish.is_elsewhere


@pytest.mark.parametrize(
    "text",
    [
        "mute the notifications in this channel",
        "stop your messages in this channel",
        "don't ask us anything in this channel any more",
        "turn off your questions in this channel",
    ],
)
def test_among_colleagues_it_may_be_said_to_one_of_them(text: str) -> None:
    assert read_channel_wish(text, in_channel=True, addressed=False) is None


def test_a_number_is_no_channel() -> None:
    assert not names_channel("their #1 problem is price, and ticket #4711 is open")


@pytest.mark.parametrize(
    ("text", "is_about"),
    [
        ("I would rather not have you in this channel at all", True),
        ("kindly vanish from #deal-acme", True),
        ("never message me in this channel again", False),
        ("stop it", False),
    ],
)
def test_a_wish_in_other_words(text: str, is_about: bool) -> None:
    assert is_about_channel(text) is is_about


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("turn off in this channel until Monday", "until monday"),
        ("mute this channel for 2 days", "for 2 days"),
        ("leave us alone in this channel this week", "this week"),
        ("turn yourself off in this channel", ""),
    ],
)
def test_a_channel_may_be_quiet_for_a_time(text: str, end: str) -> None:
    wish = read_channel_wish(text, in_channel=True)

    assert wish is not None
    assert (wish.is_on, wish.end) == (False, end)


NONE_FOR_ME = [
    "not in this channel please",
    "none in this channel please",
    "no questions for me in this channel",
    "stop asking me in this channel",
    "don't ask me anything in this channel",
    "leave me alone in this channel",
    "mute me in this channel until Monday",
    "not in #deal-acme please",
    "turn off in this channel for me",
]


@pytest.mark.parametrize("text", NONE_FOR_ME)
def test_none_for_one_person_in_a_channel(text: str) -> None:
    assert wants_none_here(text, in_channel=True)


@pytest.mark.parametrize(
    "text",
    ["not in the channel please", "stop asking me", "turn yourself off in this channel", "not now"],
)
def test_what_is_not_about_one_person_in_a_channel(text: str) -> None:
    assert not wants_none_here(text, in_channel=True)
