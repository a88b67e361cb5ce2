"""Every error that Reframe raises on purpose, in one tree under ``ReframeError``.

Adapters translate what their libraries raise into these, once, at their edge. ``slack/listeners``
and ``cli/problems`` are the two places that turn them into an answer for Slack or for a person.
"""

from __future__ import annotations

_CODE_CHARACTERS = 64  # of a reason in the store; Slack's codes are shorter


class ReframeError(Exception):
    """Base of all errors that Reframe raises on purpose."""


class StoreUnavailableError(ReframeError):
    """The database can't take this now; nothing was written. Try again.

    Attributes:
        is_busy: whether somebody else is at work there, so it is neither away nor full.
    """

    def __init__(self, why: str, *, is_busy: bool = False) -> None:
        super().__init__(why)
        self.is_busy = is_busy


class StoreRefusedError(ReframeError):
    """The database refuses this value or statement, so trying again would not help; nothing was
    written. The message holds no value."""


class NoEncryptionKeyError(ReframeError):
    """Something must be encrypted, and no key is set."""


class TooManyInstallsError(ReframeError):
    """More installations have begun and not ended than anybody begins in earnest."""


class SlackCallError(ReframeError):
    """A call to Slack had no effect. Base of the ways in which that happens."""


class SlackRefusedError(SlackCallError):
    """Slack said no, and will say no again.

    Attributes:
        code: Slack's own error code, such as ``is_archived``, no longer than can be stored.
        needed: the scopes that the app lacks, if that is why; else empty.
    """

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(f"{code} ({needed})" if needed else code)
        self.code = code[:_CODE_CHARACTERS]
        self.needed = needed


class RateLimitedError(SlackCallError):
    """Slack asks to leave a method alone in a workspace (HTTP 429).

    Attributes:
        retry_after: how long, in seconds.
        method: which one, such as ``chat.postMessage``; empty if it is not a method of the Web API.
    """

    def __init__(self, retry_after: float, method: str = "") -> None:
        super().__init__(f"wait {retry_after:g} s with {method or 'it'}")
        self.retry_after = retry_after
        self.method = method


class SlackUnavailableError(SlackCallError):
    """Slack can't be reached, or its answer makes no sense."""


class ModalNotOpenedError(SlackCallError):
    """Slack did not open a modal; its trigger holds for three seconds, so it can't be retried."""


class DeliveryUnconfirmedError(ReframeError):
    """A post may or may not have been taken; only a look into the conversation can tell."""


class JudgeError(ReframeError):
    """A language model gave no valid answer. The message is fit for a log: no text, no key.

    Attributes:
        fix: names the sentence of ``[cli]`` in ``prompts/strings.toml`` that says what to do.
    """

    def __init__(self, why: str, fix: str = "fix_model") -> None:
        super().__init__(why)
        self.fix = fix


class SetupError(ReframeError):
    """Reframe can't start or run with what it was given.

    Attributes:
        kind: names the sentence of ``[cli]`` in ``prompts/strings.toml`` that explains it.
        what: the address, file or code that the sentence is about.
    """

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what


class DatabaseError(SetupError):
    """The database can't be used."""


class SlackSetupError(SetupError):
    """Slack can't be used with these tokens or at this address."""


class SettingsError(ReframeError):
    """A setting is missing or makes no sense.

    Attributes:
        name: of the setting. why: what is wrong with it, in plain words.
    """

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class PlaybookError(ReframeError):
    """A file of words breaks a rule.

    Attributes:
        file: its name. line: where, counted from 1. why: what is wrong, in plain words.
    """

    def __init__(self, file: str, line: int, why: str) -> None:
        super().__init__(f"{file}, line {line}: {why}")
        self.file = file
        self.line = line
        self.why = why


class CorpusError(ReframeError):
    """A file of labeled messages can't be read. The message names the file and the line."""
