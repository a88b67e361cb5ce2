"""All settings, frozen, from the environment or ``.env``; the only reader of either.

Every setting has a default that works, or is named by a kind error when the command needs it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.core.due import Holidays
from bot.core.policy import JudgeLimits, Limits, QuietHours, quiet_hours

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsProblem(Exception):
    """A setting is missing or can't be understood. ``name`` and ``why`` are fit to be shown."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


def _quiet(value: Any) -> Any:
    return quiet_hours(value) if isinstance(value, str) else value


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return value.rstrip("/") + "/"
    raise ValueError("use https, or http for an address on this machine")


def _model_url(value: str) -> str:
    return _api_url(value).rstrip("/") if value else value


def _log_level(value: str) -> str:
    level = value.strip().upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("use DEBUG, INFO, WARNING or ERROR")
    return level


def _holidays(value: Any) -> Any:
    return Holidays.parse(value) if isinstance(value, str) else value


def _seal_key(value: SecretStr | None) -> SecretStr | None:
    secrets = value.get_secret_value().split(",") if value else []
    if any(len(secret.strip()) < 16 for secret in secrets):
        raise ValueError("use 16 characters or more; to replace one, write new,old")
    return value


def _language(value: str) -> str:
    name = value.strip().lower()
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,4})?", name):
        raise ValueError("use a language code such as en or de")
    return name


class Settings(BaseSettings):
    """The settings. Secrets are ``SecretStr``: printing the object hides them."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
    )

    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN")
    """Bot token (xoxb-...), from OAuth & Permissions of the Slack app."""
    slack_app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN")
    """App-level token (xapp-...) with connections:write: Socket Mode, no public address needed."""
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET")
    """Signing secret, from Basic Information: for HTTP."""
    slack_app_id: str | None = Field(None, alias="SLACK_APP_ID")
    """App id (A...); asked from Slack if not set. Events for other apps are dropped."""
    slack_api_url: Annotated[str, AfterValidator(_api_url)] = Field(
        "https://slack.com/api/", alias="SLACK_API_URL"
    )
    """Slack's Web API; another address for a pretend Slack."""
    database_url: SecretStr = Field(SecretStr("sqlite:///reframe.db"), alias="DATABASE_URL")
    """sqlite:///file or postgresql://user:password@host/name."""
    host: str = Field("127.0.0.1", alias="HOST")
    """Address that HTTP listens on."""
    port: int = Field(3000, alias="PORT", ge=0, le=65535)
    """Port that HTTP listens on."""
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    """Key of an OpenAI-compatible judge; a server of one's own may need none."""
    openai_base_url: Annotated[str, AfterValidator(_model_url)] = Field("", alias="OPENAI_BASE_URL")
    """Address of an OpenAI-compatible judge (http://127.0.0.1:11434/v1); empty = OpenAI's own."""
    openai_model: str = Field("", alias="OPENAI_MODEL")
    """Model of the judge. Without it nothing is sent anywhere, and the offline detector decides."""
    judge: Literal["off", "doubtful", "suspicious"] = Field("suspicious", alias="REFRAME_JUDGE")
    """Which messages the model sees: suspicious (past the gate), doubtful (likely traps), off."""
    judge_daily_calls: int = Field(2000, alias="REFRAME_JUDGE_DAILY_CALLS", ge=0)
    """Calls of the model a workspace and day (UTC); after that the offline detector decides."""
    judge_deadline_seconds: float = Field(
        8.0, alias="REFRAME_JUDGE_DEADLINE_SECONDS", gt=0, le=600, allow_inf_nan=False
    )
    """Seconds that one call of the model may take in all."""
    words: Literal["playbook", "asked", "all"] = Field("asked", alias="REFRAME_WORDS")
    """What the model may write words for: playbook (nothing), asked (answers), all (nudges too)."""
    settle_seconds: float = Field(
        15.0, alias="REFRAME_SETTLE_SECONDS", ge=0, le=86400, allow_inf_nan=False
    )
    """How long a message may be edited, deleted or taken back before it is judged."""
    daily_cap: int = Field(1, alias="REFRAME_DAILY_CAP", ge=0)
    """Unasked questions a seller and 24 hours; 0 = off (no cap)."""
    weekly_cap: int = Field(2, alias="REFRAME_WEEKLY_CAP", ge=0)
    """Unasked questions a seller and 7 days; 0 = off (no cap)."""
    cool_down_days: float = Field(
        7.0, alias="REFRAME_COOLDOWN_DAYS", ge=0, le=3650, allow_inf_nan=False
    )
    """Days before the same trap is coached again in the same channel; 0 = off."""
    same_question_days: float = Field(
        30.0, alias="REFRAME_SAME_QUESTION_DAYS", ge=0, le=3650, allow_inf_nan=False
    )
    """Days before a seller may get the same question again; 0 = off."""
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(_quiet)] = Field(
        QuietHours(), alias="REFRAME_QUIET_HOURS"
    )
    """No questions then, in the author's zone; weekends too. 20:00-07:00,weekdays or off."""
    too_old_seconds: float = Field(
        3600.0, alias="REFRAME_TOO_OLD_SECONDS", gt=0, le=86400, allow_inf_nan=False
    )
    """A message older than this is not coached."""
    mute_days: float = Field(14.0, alias="REFRAME_MUTE_DAYS", ge=0, le=3650, allow_inf_nan=False)
    """How long "That's wrong" keeps this kind of question from its seller."""
    pause_days: float = Field(1.0, alias="REFRAME_PAUSE_DAYS", ge=0, le=3650, allow_inf_nan=False)
    """How long the Pause button keeps the bot still for its seller."""
    post_gap_seconds: float = Field(
        1.0, alias="REFRAME_POST_GAP_SECONDS", ge=0, le=86400, allow_inf_nan=False
    )
    """Seconds between two posts in one channel (Slack's limit is one)."""
    post_timeout_seconds: float = Field(
        10.0, alias="REFRAME_POST_TIMEOUT_SECONDS", gt=0, le=86400, allow_inf_nan=False
    )
    """Seconds that one call to Slack may take."""
    in_doubt_margin_seconds: float = Field(
        5.0, alias="REFRAME_IN_DOUBT_SECONDS", ge=0, le=86400, allow_inf_nan=False
    )
    """Seconds waited on top before a thread is searched for a post whose end is unknown."""
    retention_days: float = Field(
        90.0, alias="REFRAME_RETENTION_DAYS", gt=0, le=3650, allow_inf_nan=False
    )
    """Days that labels and times are kept; text goes with the decision, 24 hours at the latest."""
    seal_key: Annotated[SecretStr | None, AfterValidator(_seal_key)] = Field(
        None, alias="REFRAME_SEAL_KEY"
    )
    """Secret (16 characters or more) that seals weekly answers; empty = they are not kept."""
    holidays: Annotated[Holidays, NoDecode, BeforeValidator(_holidays)] = Field(
        Holidays(), alias="REFRAME_HOLIDAYS"
    )
    """Days without anything weekly, with commas: 2026-12-28 or, for every year, 12-25."""
    channels: str = Field("*", alias="REFRAME_CHANNELS")
    """Channel ids to watch, with commas; * = every channel that the bot was invited to."""
    admin_ids: str = Field("", alias="REFRAME_ADMINS")
    """User ids with commas who choose for every channel; empty = whoever invited the bot there."""
    language: Annotated[str, AfterValidator(_language)] = Field("en", alias="REFRAME_LANGUAGE")
    """Language of the fixed sentences: de reads prompts/voice.de.toml."""
    prompts_dir: Path | None = Field(None, alias="REFRAME_PROMPTS_DIR")
    """Another folder of words instead of the one that ships."""
    log_level: Annotated[str, AfterValidator(_log_level)] = Field("INFO", alias="REFRAME_LOG_LEVEL")
    """DEBUG, INFO, WARNING or ERROR. Text and tokens are logged at none of them."""

    @property
    def limits(self) -> Limits:
        """The caps in force, for policy."""
        return Limits(
            settle_seconds=self.settle_seconds,
            too_old_seconds=self.too_old_seconds,
            daily_cap=self.daily_cap,
            weekly_cap=self.weekly_cap,
            cool_down_days=self.cool_down_days,
            same_question_days=self.same_question_days,
            mute_days=self.mute_days,
            pause_days=self.pause_days,
            quiet_hours=self.quiet_hours,
            post_gap_seconds=self.post_gap_seconds,
            post_timeout_seconds=self.post_timeout_seconds,
            in_doubt_margin_seconds=self.in_doubt_margin_seconds,
            retention_days=self.retention_days,
        )

    @property
    def judge_limits(self) -> JudgeLimits:
        """How long and how often the judge may be asked."""
        return JudgeLimits(
            deadline_seconds=self.judge_deadline_seconds, daily_calls=self.judge_daily_calls
        )

    @property
    def judge_key(self) -> str:
        """The key of the judge; empty where none is set."""
        return self.openai_api_key.get_secret_value() if self.openai_api_key else ""

    @property
    def has_judge(self) -> bool:
        """Whether a language model is to be asked at all."""
        return bool(self.openai_model) and self.judge != "off"

    @property
    def admins(self) -> frozenset[str]:
        """The user ids of the admins."""
        return frozenset(re.split(r"[\s,]+", self.admin_ids.strip())) - {""}

    @property
    def seal_keys(self) -> list[str]:
        """The secrets for weekly answers, the newest first."""
        return (
            [k.strip() for k in self.seal_key.get_secret_value().split(",")]
            if self.seal_key
            else []
        )

    def watches(self, channel: str) -> bool:
        """Whether this channel id is to be watched."""
        return self.channels.strip() == "*" or channel in re.split(r"[\s,]+", self.channels)


def load(
    values: Mapping[str, Any] | None = None, *, env_file: Path | None = Path(".env")
) -> Settings:
    """Reads the settings.

    Args:
        values: instead of the environment and .env (for tests and the demo).
        env_file: the .env file; None for none.

    Raises:
        SettingsProblem: names the first setting that is wrong, without its value.
    """
    try:
        if values is not None:
            return _Fixed(**values)
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own
    except UnicodeDecodeError:
        raise SettingsProblem(str(env_file), "it is not saved as UTF-8 text") from None
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        raise SettingsProblem(name, first["msg"].removeprefix("Value error, ")) from None


class _Fixed(Settings):
    """Settings from given values alone."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def describe() -> list[tuple[str, str, str]]:
    """(name, default, one sentence) of every setting, for README and ``.env.example``."""
    rows = []
    source = Path(__file__).read_text(encoding="utf-8")
    for field in Settings.model_fields.values():
        name = str(field.alias)
        sentence = re.search(rf'"{name}".*?\n    """(.*?)"""', source, re.DOTALL)
        default = field.default
        match default:
            case None | "":
                shown = ""
            case SecretStr():
                shown = default.get_secret_value()
            case Holidays():
                shown = ""
            case QuietHours():
                shown = "20:00-07:00"
            case float() if default == int(default):
                shown = str(int(default))
            case _:
                shown = str(default)
        rows.append((name, shown, sentence.group(1) if sentence else ""))
    return rows
