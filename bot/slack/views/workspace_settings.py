"""What an admin sees of the workspace in Home, and the form that changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from slack_sdk.models.blocks import ActionsBlock, Block
from slack_sdk.models.views import View

from bot.core.limits_in_words import caps_in_words, holidays_in_words, hours_in_words
from bot.core.model import Delivery
from bot.core.weekly_slot import Holidays
from bot.core.workspace_rules import (
    ADMINS_AT_MOST,
    WorkspaceChoices,
    WorkspaceRules,
    contact_line,
)
from bot.flows.workspace_settings import WorkspaceOverview
from bot.slack.views.block_kit import (
    TITLE_LIMIT,
    Json,
    Strings,
    button,
    erasing_button,
    escape,
    header,
    linked_section,
    option,
    plain,
    user_link,
)
from bot.slack.views.inputs import (
    field_value,
    people_field,
    select_field,
    selected_users,
    text_field,
)
from bot.slack.views.quiet_fields import (
    quiet_fields,
    read_quiet_fields,
    week_line,
)

CHANGE = "reframe_workspace_change"
USE_DEFAULTS = "reframe_workspace_defaults"
FORM = "reframe_workspace"

_DEFAULT, _ON, _OFF = "default", "on", "off"
_COUNTS_OFFERED = (1, 2, 3, 5, 10)
_DIGITS = 9  # more fit no column
_HOLIDAYS_SHOWN = 12
_LONGEST_HOLIDAYS = 2_000  # characters
_LONGEST_CONTACT = 200


@dataclass(frozen=True, slots=True)
class ChosenRules:
    """What came back with the form.

    Attributes:
        choices: as written. errors: what can't be understood, by field.
    """

    choices: WorkspaceChoices
    errors: dict[str, str]


def workspace_section(shown: WorkspaceOverview, strings: Strings) -> list[Block]:
    """Render what holds in a workspace, for its admins."""
    words = strings["workspace"]
    buttons = [button(CHANGE, words, "change", "workspace")]
    if shown.chosen != WorkspaceChoices():
        use_defaults = erasing_button(
            USE_DEFAULTS,
            words,
            "defaults",
            "workspace",
            title=words["defaults_title"],
            text=words["defaults_confirm"],
            confirm=words["defaults"],
            deny=words["defaults_deny"],
        )
        buttons.append(use_defaults)
    return [
        header(words["heading"]),
        linked_section("\n".join(_lines(shown, strings))),
        ActionsBlock(elements=buttons),
    ]


def workspace_form(shown: WorkspaceOverview, strings: Strings) -> Json:
    """Render the form with what holds now."""
    words, rules, house = strings["workspace"], shown.rules, shown.house
    blocks: list[Block] = [
        people_field(
            "admins",
            words["admins"],
            words["admins_hint"],
            shown.chosen.admins,
            at_most=ADMINS_AT_MOST,
        ),
        *quiet_fields(strings, words, rules.limits.quiet_hours),
        text_field(
            "holidays",
            words["holidays_label"],
            words["holidays_hint"],
            initial=str(rules.gate.holidays),
            optional=True,
            multiline=True,
            limit=_LONGEST_HOLIDAYS,
        ),
        _cap_field("daily_cap", words, "daily", rules.limits.daily_cap, house.limits.daily_cap),
        _cap_field("weekly_cap", words, "weekly", rules.limits.weekly_cap, house.limits.weekly_cap),
        _delivery_field(shown, strings),
    ]
    if not house.languages.is_one:
        blocks.append(_language_field(rules, words))
    if house.uses_model:
        yes_or_no = [option(words["model_yes"], _ON), option(words["model_no"], _OFF)]
        blocks += [
            select_field(
                "uses_model", words["model"], yes_or_no, _ON if rules.uses_model else _OFF
            ),
            text_field(
                "daily_model_calls",
                Template(words["calls"]).substitute(limit=house.daily_model_calls),
                initial=str(rules.daily_model_calls),
                limit=_DIGITS,
            ),
        ]
    blocks.append(
        text_field(
            "help_contact",
            words["contact_label"],
            words["contact_hint"],
            initial=rules.help_contact,
            optional=True,
            limit=_LONGEST_CONTACT,
        )
    )
    return View(
        type="modal",
        callback_id=FORM,
        title=plain(words["title"], TITLE_LIMIT),
        submit=plain(words["submit"], TITLE_LIMIT),
        close=plain(words["close"], TITLE_LIMIT),
        blocks=blocks,
    ).to_dict()


def read_workspace_form(state: Json, house: WorkspaceRules, strings: Strings) -> ChosenRules:
    """Return what was chosen, or which field can't be understood.

    Args:
        state: ``view.state`` of a submission.
        house: the operator's rules.
        strings: the UI strings.
    """
    errors: dict[str, str] = {}
    delivery, calls = field_value(state, "delivery"), field_value(state, "daily_model_calls")
    holidays, contact = field_value(state, "holidays"), field_value(state, "help_contact").strip()
    quiet = read_quiet_fields(state)
    if quiet is None:
        errors["quiet_from"] = "quiet_wrong"
    try:
        holidays = str(Holidays.parse(holidays))
    except ValueError:
        errors["holidays"] = "holidays_wrong"
    try:
        contact = contact_line(contact)
    except ValueError:
        errors["help_contact"] = "contact_wrong"
    if calls and _read_count(calls) is None:
        errors["daily_model_calls"] = "calls_wrong"
    choices = WorkspaceChoices(
        admins=frozenset(selected_users(state, "admins")),
        quiet_hours=quiet,
        holidays=None if "holidays" in errors else holidays,
        daily_cap=_read_count(field_value(state, "daily_cap")),
        weekly_cap=_read_count(field_value(state, "weekly_cap")),
        delivery=Delivery(delivery) if delivery in (Delivery.THREAD, Delivery.PRIVATE) else None,
        uses_model=False if field_value(state, "uses_model") == _OFF else None,
        daily_model_calls=_read_count(calls),
        help_contact=None if "help_contact" in errors else contact,
        language=field_value(state, "language") or None,
    )
    return ChosenRules(choices, in_words(errors, house, strings))


def in_words(wrong: Mapping[str, str], house: WorkspaceRules, strings: Strings) -> dict[str, str]:
    """Return what is wrong with each field, as it is shown below it.

    Args:
        wrong: the key of the sentence, by field.
        house: the operator's rules, which are named as the limit.
        strings: the UI strings.
    """
    words = strings["workspace"]
    limit = house.daily_model_calls
    return {name: Template(words[key]).safe_substitute(limit=limit) for name, key in wrong.items()}


def _lines(shown: WorkspaceOverview, strings: Strings) -> list[str]:
    """Return what holds, line by line, and of each whether the operator has set it."""
    words, chosen, rules = strings["workspace"], shown.chosen, shown.rules
    limits, quiet = rules.limits, rules.limits.quiet_hours
    hours = hours_in_words(quiet, strings["time"])
    own_caps = chosen.daily_cap is not None or chosen.weekly_cap is not None
    caps = Template(words["caps"]).substitute(caps=caps_in_words(limits, strings["caps"]))
    place = Template(words["place"]).substitute(mode=strings["settings"][limits.delivery])
    own_model = chosen.uses_model is not None or chosen.daily_model_calls is not None
    lines = [
        (_admins_line(shown, words), bool(chosen.admins)),
        (_filled(words, "quiet", "quiet_none", hours), chosen.quiet_hours is not None),
        (week_line(quiet, strings), chosen.quiet_hours is not None),
        (_holidays_line(rules.gate.holidays, words, strings["time"]), chosen.holidays is not None),
        (caps, own_caps),
        (place, chosen.delivery is not None or chosen.uses_model is False),
        *_language_line(shown),
        (_model_line(shown, words), own_model or not shown.house.uses_model),
        (
            _filled(words, "contact", "contact_none", escape(rules.help_contact)),
            chosen.help_contact is not None,
        ),
    ]
    default = Template(words["default"])
    return [text if is_own else default.substitute(line=text) for text, is_own in lines]


def _filled(words: Mapping[str, str], key: str, key_of_none: str, value: str) -> str:
    """Return a sentence with its one $name, which is its key; another one if there is no value."""
    return Template(words[key]).substitute({key: value}) if value else words[key_of_none]


def _admins_line(shown: WorkspaceOverview, words: Mapping[str, str]) -> str:
    names = ", ".join(user_link(user_id) for user_id in sorted(shown.chosen.admins))
    if names:
        key = "admins_both" if shown.house.admins else "admins_chosen"
        return Template(words[key]).substitute(names=names)
    return words["admins_house" if shown.house.admins else "admins_none"]


def _holidays_line(holidays: Holidays, words: Mapping[str, str], times: Mapping[str, str]) -> str:
    days = holidays_in_words(holidays, times)
    more = ["..."] if len(days) > _HOLIDAYS_SHOWN else []
    shown = "; ".join([*days[:_HOLIDAYS_SHOWN], *more])
    return _filled(words, "holiday", "holiday_none", shown)


def _model_line(shown: WorkspaceOverview, words: Mapping[str, str]) -> str:
    if not shown.house.uses_model:
        return words["model_none"]
    if not shown.rules.uses_model:
        return words["model_off"]
    return Template(words["model_on"]).substitute(calls=shown.rules.daily_model_calls)


def _cap_field(name: str, words: Mapping[str, str], label: str, in_force: int, usual: int) -> Block:
    counts = sorted({*_COUNTS_OFFERED, in_force, usual} - {0})
    options = [option(str(count), str(count)) for count in counts]
    options.append(option(words["no_limit"], "0"))
    return select_field(name, words[label], options, str(in_force))


def _delivery_field(shown: WorkspaceOverview, strings: Strings) -> Block:
    words, modes = strings["workspace"], strings["settings"]
    usual = modes[shown.house.limits.delivery]
    options = [
        option(Template(words["place_default"]).substitute(mode=usual), _DEFAULT),
        *(option(modes[each], each) for each in (Delivery.THREAD, Delivery.PRIVATE)),
    ]
    return select_field(
        "delivery", words["place_label"], options, shown.chosen.delivery or _DEFAULT
    )


def _language_line(shown: WorkspaceOverview) -> list[tuple[str, bool]]:
    """Return the line about the language, and whether it was chosen; none if there is only one."""
    strings, house = shown.rules.strings, shown.house
    if house.languages.is_one:
        return []
    name = strings["language"]["name"]
    line = Template(strings["workspace"]["language"]).substitute(name=name)
    return [(line, strings is not house.strings)]


def _language_field(rules: WorkspaceRules, words: Mapping[str, str]) -> Block:
    options = [option(name, code) for code, name in rules.languages.names.items()]
    return select_field("language", words["language_label"], options, rules.strings.language)


def _read_count(written: str) -> int | None:
    is_count = written.isascii() and written.isdecimal() and len(written) <= _DIGITS
    return int(written) if is_count else None
