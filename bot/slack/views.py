"""The modals: asking, waiting, answers, settings, and what was wrong. Pure.

Slack shows at most 100 blocks and 24 characters of a title (docs.slack.dev/surfaces/modals).
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Any

from slack_sdk.models.blocks import (
    DividerBlock,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    SectionBlock,
    StaticSelectElement,
    TimePickerElement,
)
from slack_sdk.models.views import View

from bot.core.model import Delivery, Wishes
from bot.core.policy import Limits, quiet_hours
from bot.flows.ask_ports import Watched
from bot.slack.blocks import Look, Voice, plain, small

ASK = "reframe_ask"
ANSWER = "reframe_answer"
SETTINGS = "reframe_settings"
WRONG = "reframe_wrong"
MOST = 3_000  # characters of an input (docs: plain-text-input-element)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REFLECT_AT = "fri 15:00"
_MORE_THAN_HOUSE = (1, 2, 3, 5)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came back with the settings: changes of ``Wishes``, and the channel's mode, if shown."""

    wishes: dict[str, Any]
    delivery: Delivery | None
    errors: dict[str, str]


def ask(voice: Voice) -> Json:
    """The form behind ``/reframe`` alone."""
    words = voice["ask"]
    fields = [
        text_input(
            "situation", words["situation"], words["situation_hint"], multiline=True, focus=True
        ),
        text_input("customer", words["customer"], words["customer_hint"], optional=True),
        text_input("wanted", words["wanted"], words["wanted_hint"], optional=True),
    ]
    return View(
        type="modal",
        callback_id=ASK,
        title=plain(words["title"]),
        submit=plain(words["submit"]),
        close=plain(words["close"]),
        blocks=fields,
    ).to_dict()


def asked(state: Json) -> str:
    """What was written into the form, one line a field; empty where nothing was."""
    values = state.get("values") or {}
    lines = [value_of(values, name).strip() for name in ("situation", "customer", "wanted")]
    return "\n".join(line for line in lines if line)


def showing(look: Look, voice: Voice) -> Json:
    """A modal that only shows something."""
    words = voice["ask"]
    return View(
        type="modal",
        callback_id=ANSWER,
        title=plain(words["title"]),
        close=plain(words["close"]),
        blocks=look.blocks,
    ).to_dict()


def wrong(key: str, voice: Voice) -> Json:
    """What was wrong with a nudge; every field may stay empty."""
    words = voice["wrong"]
    reasons = [
        Option(text=plain(words[name]), value=name)
        for name in ("fact", "other_side", "turned", "moment")
    ]
    return View(
        type="modal",
        callback_id=WRONG,
        private_metadata=key,
        title=plain(words["title"]),
        submit=plain(words["submit"]),
        close=plain(words["close"]),
        blocks=[
            input_block(
                "reason", words["reason"], StaticSelectElement(options=reasons), optional=True
            ),
            text_input("words", words["words"], "", optional=True, multiline=True),
            small(words["words_hint"]),
        ],
    ).to_dict()


def told_wrong(state: Json) -> tuple[str, str]:
    """The reason and the words that were given; empty where none were."""
    values = state.get("values") or {}
    return value_of(values, "reason"), value_of(values, "words").strip()


def settings(
    voice: Voice, wishes: Wishes, limits: Limits, watched: Watched | None, may_choose: bool
) -> Json:
    """What a person can choose, and how the channel is watched that it was opened from.

    Args:
        watched: None where it was not opened from a channel that the bot watches.
        may_choose: whether the channel's mode is this person's to choose.
    """
    words = voice["settings"]
    own_limit = wishes.daily_limit
    limit_house = Template(words["limit_house"]).substitute(
        count=limits.daily_cap or words["limit_open"]
    )
    limits_shown = [Option(text=plain(limit_house), value="house")]
    limits_shown.append(Option(text=plain(words["limit_none"]), value="0"))
    for count in sorted({*_MORE_THAN_HOUSE, *([own_limit] if own_limit else [])}):
        text = Template(words["limit_some"]).substitute(count=count)
        limits_shown.append(Option(text=plain(text), value=str(count)))
    deliveries = [
        Option(text=plain(words["delivery_channel"]), value="channel"),
        Option(text=plain(words["delivery_private"]), value=Delivery.PRIVATE),
    ]
    reflect = [
        Option(text=plain(words["reflect_on"]), value="on"),
        Option(text=plain(words["reflect_off"]), value="off"),
    ]
    day, _, clock = (wishes.reflect_at or REFLECT_AT).partition(" ")
    named = voice["time"]["days"].split()
    week = [Option(text=plain(named[n]), value=d) for n, d in enumerate(_DAYS)]
    blocks = [
        small(words["you"]),
        _select(
            "delivery",
            words["delivery"],
            deliveries,
            Delivery.PRIVATE if wishes.delivery is Delivery.PRIVATE else "channel",
        ),
        _select(
            "limit", words["limit"], limits_shown, "house" if own_limit is None else str(own_limit)
        ),
        text_input(
            "quiet", words["quiet"], "20:00-07:00", initial=wishes.quiet or "", optional=True
        ),
        small(words["quiet_hint"]),
        _select("reflect", words["reflect"], reflect, "on" if wishes.reflect else "off"),
        _select("reflect_day", words["reflect_at"], week, day),
        input_block("reflect_time", words["reflect_time"], TimePickerElement(initial_time=clock)),
    ]
    if watched is not None:
        blocks += [DividerBlock(), small(words["here"])]
        blocks += [_mode(words, watched, may_choose, voice)]
        counts = Template(words["mode_counts"]).substitute(
            said=watched.said, observed=watched.observed
        )
        blocks += [small(counts)]
    return View(
        type="modal",
        callback_id=SETTINGS,
        private_metadata=watched.channel if watched and may_choose else "",
        title=plain(words["title"]),
        submit=plain(words["submit"]),
        close=plain(words["close"]),
        blocks=blocks,
    ).to_dict()


def chosen(state: Json, voice: Voice) -> Chosen:
    """What was chosen in the settings, or which field can't be understood."""
    values = state.get("values") or {}
    quiet = value_of(values, "quiet").strip()
    errors = {}
    if quiet:
        try:
            quiet_hours(quiet)
        except ValueError:
            errors["quiet"] = voice["settings"]["quiet_wrong"]
    limit = value_of(values, "limit")
    mode = value_of(values, "mode")
    day, clock = value_of(values, "reflect_day"), value_of(values, "reflect_time")
    wishes = {
        "delivery": Delivery.PRIVATE if value_of(values, "delivery") == Delivery.PRIVATE else None,
        "daily_limit": int(limit) if limit.isdigit() else None,
        "quiet": quiet or None,
        "reflect": value_of(values, "reflect") == "on",
        "reflect_at": f"{day} {clock}" if day and clock else None,
    }
    return Chosen(wishes, Delivery(mode) if mode else None, errors)


def _mode(words: Any, watched: Watched, may_choose: bool, voice: Voice) -> Any:
    if not may_choose:
        line = Template(words["mode_theirs"]).substitute(mode=words[watched.delivery])
        return SectionBlock(text=plain(line))
    modes = [Option(text=plain(words[d]), value=d) for d in Delivery]
    return _select("mode", words["mode"], modes, watched.delivery)


def _select(name: str, label: str, options: list[Option], initial: str) -> InputBlock:
    shown = next((o for o in options if o.value == initial), options[0])
    return input_block(name, label, StaticSelectElement(options=options, initial_option=shown))


def text_input(
    name: str,
    label: str,
    hint: str = "",
    *,
    initial: str = "",
    optional: bool = False,
    multiline: bool = False,
    focus: bool = False,
) -> InputBlock:
    """A field to write in, of up to 3,000 characters."""
    element = PlainTextInputElement(
        placeholder=plain(hint) if hint else None,
        initial_value=initial or None,
        multiline=multiline,
        max_length=MOST,
        focus_on_load=focus or None,
    )
    return input_block(name, label, element, optional=optional)


def input_block(
    name: str, label: str, element: InputInteractiveElement, *, optional: bool = False
) -> InputBlock:
    """An element with its label; block and element have the same name."""
    element.action_id = name
    return InputBlock(block_id=name, label=plain(label), element=element, optional=optional)


def value_of(values: Json, name: str) -> str:
    """What was written or chosen under a name; empty where nothing was."""
    given = (values.get(name) or {}).get(name) or {}
    option = given.get("selected_option") or {}
    chosen = ("value", "selected_time", "selected_conversation")
    found = next((given[key] for key in chosen if given.get(key)), None)
    return str(found or option.get("value") or "")
