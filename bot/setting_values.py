"""Checks of single values and names of settings; ``bot.settings`` uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, SecretStr

from bot.core.languages import LANGUAGE_CODE
from bot.core.metadata_hosts import is_metadata_host
from bot.core.quiet_hours import parse_quiet_hours
from bot.core.secret_key import why_too_weak
from bot.core.weekly_slot import Holidays

_KINDS_OF_TOKENS = {
    "xoxb-": ("a bot token", "SLACK_BOT_TOKEN"),
    "xapp-": ("an app-level token", "SLACK_APP_TOKEN"),
    "xoxp-": ("a user token", ""),
    "xoxe": ("a configuration token", ""),
}
_NEAR, _VERY_NEAR = 0.8, 0.88  # of difflib's ratio, between a name and one that may be meant
_OURS, _FEW_NAMES = "REFRAME_", 3
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def api_url(value: str) -> str:
    """Return the base URL of an API with a slash at its end.

    Raises:
        ValueError: it would send tokens in the clear, or to a cloud machine's metadata service.
    """
    parts = _split(value)
    if is_metadata_host(parts.hostname or ""):
        raise ValueError("this is the metadata address of a cloud machine")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return value.rstrip("/") + "/"
    raise ValueError("use https, or http for an address on this machine")


def _split(value: str) -> SplitResult:
    """Split an address, and look at its port, which is read only when somebody asks for it.

    Raises:
        ValueError: it is no address, or the port is none.
    """
    try:
        parts = urlsplit(value)
        has_port = parts.port != 0
    except ValueError:  # its text quotes the address
        has_port = False
    if not has_port:
        raise ValueError("use an address with a port from 1 to 65535, or without one")
    return parts


def is_slack_itself(address: str) -> bool:
    """Return whether the address of a Web API is slack.com's."""
    return urlsplit(address).hostname == "slack.com"


def is_on_this_machine(address: str) -> bool:
    """Return whether an address leads to a server on this machine, such as a practice Slack."""
    return urlsplit(address).hostname in _LOOPBACK


def model_url(value: str) -> str:
    """Return the base URL of a model's server; empty stays empty."""
    return api_url(value).rstrip("/") if value else value


def collector_url(value: str) -> str:
    """Return the address of a collector without a slash at its end; empty stays empty. Traces hold
    no text and no token, so it may be any machine of the house.

    Raises:
        ValueError: it is no address, or a cloud machine's metadata service.
    """
    parts = _split(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("use an address such as http://127.0.0.1:4318")
    if is_metadata_host(parts.hostname or ""):
        raise ValueError("this is the metadata address of a cloud machine")
    return value.rstrip("/")


def known_log_level(value: str) -> str:
    """Return a log level in capitals.

    Raises:
        ValueError: there is no such level.
    """
    level = value.strip().upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("use DEBUG, INFO, WARNING or ERROR")
    return level


def strong_secret(value: SecretStr | None) -> SecretStr | None:
    """Return a secret as it is.

    Raises:
        ValueError: it is easy to guess.
    """
    if value and (why := why_too_weak(value.get_secret_value())):
        raise ValueError(why)
    return value


def strong_secrets(value: SecretStr | None) -> SecretStr | None:
    """Return comma-separated secrets as they are.

    Raises:
        ValueError: one of them is easy to guess.
    """
    for secret in listed_secrets(value):
        if why := why_too_weak(secret):
            raise ValueError(why)
    return value


def listed_secrets(value: SecretStr | None) -> list[str]:
    """Return the secrets of a comma-separated setting; one with only blanks is one that's empty."""
    return [each.strip() for each in value.get_secret_value().split(",")] if value else []


def existing_folder(value: Path | None) -> Path | None:
    """Return a folder as it is.

    Raises:
        ValueError: it isn't there; says where it was looked for.
    """
    if value is not None and not value.is_dir():
        what = "is a file and not a folder" if value.exists() else "is no folder that exists"
        raise ValueError(
            f"{value.absolute()} {what}. Put a copy of Reframe's folder prompts there, or leave "
            "the setting out: then the texts that ship are used"
        )
    return value


ApiUrl = Annotated[str, AfterValidator(api_url)]
StrongSecret = Annotated[SecretStr | None, AfterValidator(strong_secret)]
OwnPrompts = Annotated[Path | None, AfterValidator(existing_folder)]


def language_code(value: str) -> str:
    """Return a language code in lower case.

    Raises:
        ValueError: it is none.
    """
    name = value.strip().lower()
    if not LANGUAGE_CODE.fullmatch(name):
        raise ValueError("use a language code such as en or de")
    return name


def read_quiet_hours(value: Any) -> Any:
    """Return quiet hours from text; what is none is passed on.

    Raises:
        ValueError: the text is no quiet hours.
    """
    return parse_quiet_hours(value) if isinstance(value, str) else value


def read_holidays(value: Any) -> Any:
    """Return holidays from text; what is none is passed on.

    Raises:
        ValueError: the text is no list of days.
    """
    return Holidays.parse(value) if isinstance(value, str) else value


def stripped(value: Any) -> Any:
    """Return a value without the line end or blank around it, as secrets from files have."""
    match value:
        case SecretStr():
            return SecretStr(value.get_secret_value().strip())
        case str():
            return value.strip()
        case _:
            return value


def channel_ids(value: str) -> str:
    """Return a list of channel ids in capitals, or ``*``.

    Raises:
        ValueError: something in it is no id; says how to find one.
    """
    wrong = [
        each
        for each in listed(value)
        if not re.fullmatch(r"[CGD][A-Z0-9]+", each.upper()) and value != "*"
    ]
    if wrong:
        raise ValueError(
            f"{wrong[0]} is not a channel ID. Open the channel in Slack, click its name, and copy "
            "the ID at the bottom of the About tab (C...); * stands for every channel"
        )
    return value.upper()


def user_ids(value: str) -> str:
    """Return a list of user ids in capitals: whoever types one may not bother with them.

    Raises:
        ValueError: something in it is no id; says how to find one.
    """
    wrong = [each for each in listed(value) if not re.fullmatch(r"[UW][A-Z0-9]+", each.upper())]
    if wrong:
        raise ValueError(
            f"{wrong[0]} is not a user ID. Open the person's profile in Slack, click the three "
            "dots, and choose Copy member ID (U...)"
        )
    return value.upper()


def plain_words(kind: str, message: str) -> str:
    """Return what is wrong with a value, without pydantic's words for the commonest mistakes.

    Args:
        kind: pydantic's type of the error. message: its sentence.
    """
    if kind.startswith("int_"):
        return "write a whole number, such as 2"
    if kind == "float_parsing":
        return "write a number, such as 7 or 0.5"
    return message.removeprefix("Value error, ")


def misplaced_token(name: str, token: str) -> str:
    """Return why a token can't be the one that a setting wants; empty if nothing speaks against it
    (docs.slack.dev/authentication/tokens). Only the beginning of the token is looked at."""
    wanted = "xapp-" if name == "SLACK_APP_TOKEN" else "xoxb-"
    is_secret = name == "SLACK_SIGNING_SECRET"
    for beginning, (kind, home) in _KINDS_OF_TOKENS.items():
        if not token.startswith(beginning) or (beginning == wanted and not is_secret):
            continue
        belongs = f"it belongs in {home}" if home else "Reframe doesn't use it"
        needs = "this needs the signing secret" if is_secret else f"this one starts with {wanted}"
        return f"this is {kind} ({beginning}...), {belongs}; {needs}"
    if re.search(r"\s", token) and not is_secret:
        return "there is a blank or a line end inside; copy it again, and only it"
    if token and not is_secret and not token.startswith(wanted):
        kind, _ = _KINDS_OF_TOKENS[wanted]
        return f"{kind} starts with {wanted}, and this doesn't; copy it again, and only it"
    return ""


def odd_signing_secret(secret: str) -> str:
    """Return what is odd about a signing secret; empty if it looks as Slack makes them."""
    if re.fullmatch(r"[0-9a-f]{32}", secret):
        return ""
    if re.search(r"\s", secret):
        return "it has a blank or a line end inside"
    return f"Slack's have 32 characters, 0-9 and a-f; this one has {len(secret)}"


def listed(value: str) -> list[str]:
    """Return what is written between commas and blanks."""
    return [each for each in re.split(r"[\s,]+", value) if each]


def names_that_are_none_of(
    known: set[str], environment: Mapping[str, str], env_file: Path | None
) -> list[str]:
    """Return what is set under a name of ours that is none, each with what was likely meant.

    A name that begins with REFRAME_ is meant for this bot. Any other may be another program's, so
    it counts only if it is one of ours but for a letter or two.

    Args:
        known: the names of all settings.
        environment: where to look.
        env_file: the ``.env`` file; None for none.
    """
    found = sorted(names_set(environment, env_file))
    unknown = (name for name in found if name.upper() not in known)
    return [shown for name in unknown if (shown := _with_likely(name, known))]


def names_set(environment: Mapping[str, str], env_file: Path | None) -> set[str]:
    """Return the names that are set in an environment or in a file; None for no file."""
    found = set(environment)
    if env_file is not None and env_file.is_file():
        found |= set(dotenv_values(env_file, encoding="utf-8"))
    return found


def _with_likely(name: str, known: set[str]) -> str:
    """Return a name with the setting that it most likely is; empty if it isn't meant for us."""
    is_ours = name.upper().startswith(_OURS)
    nearness = _NEAR if is_ours else _VERY_NEAR
    likely = get_close_matches(name.upper(), known, n=1, cutoff=nearness)
    if is_ours and not likely:
        likely = _of_the_same_words(name, known)
    if likely:
        return f"{name} (did you mean {' or '.join(likely)}?)"
    return name if is_ours else ""


def _of_the_same_words(name: str, known: set[str]) -> list[str]:
    """Return the names of ours that share the most words with a name, such as DAILY_CAP with
    DAILY_LIMIT. A word that many of them have, such as SECONDS, tells nothing."""
    words, others = _words_of(name), {each: _words_of(each) for each in sorted(known)}
    telling = {w for w in words if sum(w in o for o in others.values()) <= _FEW_NAMES}
    nearness = {
        each: len(telling & other) / len(words | other)
        for each, other in others.items()
        if each.startswith(_OURS) and telling & other
    }
    return [each for each, near in nearness.items() if near == max(nearness.values())]


def _words_of(name: str) -> frozenset[str]:
    """Return the words of a name without our beginning, each in the singular."""
    return frozenset(w.removesuffix("S") for w in name.upper().removeprefix(_OURS).split("_"))


class SettingDescription(NamedTuple):
    """One setting as documentation shows it: environment name, default, one sentence."""

    name: str
    default: str
    description: str


def shown(default: Any) -> str:
    """Return a default as a person would write it in ``.env``; empty if there is none."""
    match default:
        case None | Holidays():
            return ""
        case SecretStr():
            return default.get_secret_value()
        case float():
            return f"{default:g}"
        case _:
            return str(default)
