"""All settings, frozen, read from the environment or ``.env``. No other module reads either.

Every setting has a working default, or a command that needs it raises an error naming it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.core.policy import JudgeLimits, Limits, house_delivery
from bot.core.quiet_hours import QuietHours
from bot.core.weekly_slot import Holidays
from bot.core.workspace_rules import contact_line
from bot.flows.errors import SettingsError
from bot.renamed_settings import NEW_NAMES, OldNamesSource, new_value, with_new_names
from bot.setting_values import (
    ApiUrl,
    OwnPrompts,
    SettingDescription,
    StrongSecret,
    channel_ids,
    collector_url,
    known_log_level,
    language_code,
    listed,
    listed_secrets,
    model_url,
    names_set,
    names_that_are_none_of,
    plain_words,
    read_holidays,
    read_quiet_hours,
    shown,
    stripped,
    strong_secrets,
    user_ids,
)

_LIMITS, _JUDGE_LIMITS = Limits(), JudgeLimits()

Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)]


def _current_judge(value: Any) -> Any:
    return new_value("REFRAME_JUDGE", value)


class Settings(BaseSettings):
    """The settings. Secrets are ``SecretStr``, so printing the object hides them."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN")
    """Bot token (xoxb-...) from the OAuth & Permissions page of the Slack app."""
    slack_app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN")
    """App-level token (xapp-...) with connections:write, for Socket Mode (no public address)."""
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET")
    """Signing secret from the Basic Information page of the Slack app, for HTTP."""
    slack_client_id: str | None = Field(None, alias="SLACK_CLIENT_ID")
    """Client ID of the Slack app; with the secret below, any workspace may install Reframe."""
    slack_client_secret: SecretStr | None = Field(None, alias="SLACK_CLIENT_SECRET")
    """Client secret from the Basic Information page of the Slack app."""
    slack_app_id: str | None = Field(None, alias="SLACK_APP_ID")
    """App ID (A...); looked up in Slack if empty. Events for other apps are ignored."""
    slack_api_url: ApiUrl = Field("https://slack.com/api/", alias="SLACK_API_URL")
    """Base URL of Slack's Web API; change it only to use a simulated Slack."""
    database_url: SecretStr = Field(SecretStr("sqlite:///reframe.db"), alias="DATABASE_URL")
    """Database: sqlite:///file.db or postgresql://user:password@host/name."""
    host: str = Field("127.0.0.1", alias="HOST")
    """Address the HTTP server listens on."""
    port: int = Field(3000, alias="PORT", ge=0, le=65535)
    """Port the HTTP server listens on."""
    metrics_token: StrongSecret = Field(None, alias="REFRAME_METRICS_TOKEN")
    """What Prometheus sends as bearer token to read /metrics; empty = nobody reads it."""
    openai_api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    """API key of an OpenAI-compatible server; not needed for most self-hosted servers."""
    openai_base_url: Annotated[str, AfterValidator(model_url)] = Field("", alias="OPENAI_BASE_URL")
    """Base URL of an OpenAI-compatible server (Azure: with ?api-version=...); empty = OpenAI."""
    openai_model: str = Field("", alias="OPENAI_MODEL")
    """Language model; if empty, nothing is sent to a model and the offline detector decides."""
    judge: Annotated[
        Literal["off", "likely", "candidates", "all"], BeforeValidator(_current_judge)
    ] = Field("all", alias="REFRAME_JUDGE")
    """What the model judges: all, candidates (past an offline filter), likely (traps), or off."""
    judge_min_confidence: Literal["likely", "certain"] = Field(
        "likely", alias="REFRAME_JUDGE_MIN_CONFIDENCE"
    )
    """How confident the model must be for the bot to speak: likely or certain."""
    judge_daily_calls: int = Field(
        _JUDGE_LIMITS.daily_calls, alias="REFRAME_JUDGE_DAILY_CALLS", ge=0
    )
    """Model calls per workspace per day (UTC); after that the offline detector decides."""
    input_price: Price = Field(0.0, alias="REFRAME_INPUT_PRICE")
    """Price of a million tokens sent to the model, for the cost in reframe doctor; 0 = unknown."""
    output_price: Price = Field(0.0, alias="REFRAME_OUTPUT_PRICE")
    """Price of a million tokens that the model writes; 0 = unknown."""
    judge_deadline_seconds: float = Field(
        _JUDGE_LIMITS.deadline_seconds,
        alias="REFRAME_JUDGE_DEADLINE_SECONDS",
        gt=0,
        le=600,
        allow_inf_nan=False,
    )
    """Time limit for one model call, in seconds."""
    llm_writes: Literal["nothing", "on_demand", "all"] = Field("all", alias="REFRAME_LLM_WRITES")
    """What the model may write: all, on_demand (only replies to requests) or nothing."""
    delivery: Literal["auto", "thread", "private"] = Field("auto", alias="REFRAME_DELIVERY")
    """Where questions go unless a channel chose: thread, private, or auto (a model: thread)."""
    settle_seconds: Seconds = Field(_LIMITS.settle_seconds, alias="REFRAME_SETTLE_SECONDS")
    """Seconds a message can be edited, deleted or taken back before it is classified."""
    daily_cap: int = Field(_LIMITS.daily_cap, alias="REFRAME_DAILY_CAP", ge=0)
    """Unprompted questions per seller per 24 hours; 0 = unlimited."""
    weekly_cap: int = Field(_LIMITS.weekly_cap, alias="REFRAME_WEEKLY_CAP", ge=0)
    """Unprompted questions per seller per 7 days; 0 = unlimited."""
    cool_down_days: Days = Field(_LIMITS.cool_down_days, alias="REFRAME_COOLDOWN_DAYS")
    """Days before the same trap is coached again in the same channel; 0 = no wait."""
    same_question_days: Days = Field(_LIMITS.same_question_days, alias="REFRAME_SAME_QUESTION_DAYS")
    """Days before a seller may get the same question again; 0 = no wait."""
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(read_quiet_hours)] = Field(
        _LIMITS.quiet_hours, alias="REFRAME_QUIET_HOURS"
    )
    """Author's local hours without questions, and weekend; or ",fri-sat", ",weekdays"; or off."""
    too_old_seconds: PositiveSeconds = Field(
        _LIMITS.too_old_seconds, alias="REFRAME_TOO_OLD_SECONDS"
    )
    """Messages older than this many seconds are not coached."""
    mute_days: Days = Field(_LIMITS.mute_days, alias="REFRAME_MUTE_DAYS")
    """Days for which "That's wrong" mutes this kind of question for the seller."""
    pause_days: Days = Field(_LIMITS.pause_days, alias="REFRAME_PAUSE_DAYS")
    """Days for which the Pause button stops unprompted questions to the seller."""
    post_gap_seconds: Seconds = Field(_LIMITS.post_gap_seconds, alias="REFRAME_POST_GAP_SECONDS")
    """Seconds between two posts in one channel (Slack allows one per second)."""
    post_timeout_seconds: PositiveSeconds = Field(
        _LIMITS.post_timeout_seconds, alias="REFRAME_POST_TIMEOUT_SECONDS"
    )
    """Time limit for one call to Slack, in seconds."""
    unconfirmed_margin_seconds: Seconds = Field(
        _LIMITS.unconfirmed_margin_seconds, alias="REFRAME_UNCONFIRMED_SECONDS"
    )
    """Seconds to wait after that limit before searching a thread for an unconfirmed post."""
    retention_days: float = Field(
        _LIMITS.retention_days, alias="REFRAME_RETENTION_DAYS", gt=0, le=3650, allow_inf_nan=False
    )
    """Days that labels and times are kept; text is erased at the decision, within 24 hours."""
    encryption_key: Annotated[SecretStr | None, AfterValidator(strong_secrets)] = Field(
        None, alias="REFRAME_ENCRYPTION_KEY"
    )
    """Encrypts words, waiting or kept; empty = a key in memory, and no weekly answers are kept."""
    encryption_key_old: SecretStr | None = Field(None, alias="REFRAME_ENCRYPTION_KEY_OLD")
    """The secret before this one, while its answers are moved to the new one (comma-separated)."""
    holidays: Annotated[Holidays, NoDecode, BeforeValidator(read_holidays)] = Field(
        Holidays(), alias="REFRAME_HOLIDAYS"
    )
    """Comma-separated days without unprompted messages: 2026-12-28, or 12-25 for every year."""
    channels: Annotated[str, AfterValidator(channel_ids)] = Field("*", alias="REFRAME_CHANNELS")
    """Comma-separated channel IDs to watch; * = every channel the bot was invited to."""
    admin_ids: Annotated[str, AfterValidator(user_ids)] = Field("", alias="REFRAME_ADMINS")
    """Comma-separated IDs of users who may configure any channel; empty = the bot's inviter."""
    help_contact: Annotated[str, AfterValidator(contact_line)] = Field(
        "", alias="REFRAME_HELP_CONTACT"
    )
    """Where to turn with what is no matter for a bot: People team, #people-help; empty = HR etc."""
    language: Annotated[str, AfterValidator(language_code)] = Field("en", alias="REFRAME_LANGUAGE")
    """Language of the fixed strings: de reads prompts/strings.de.toml."""
    prompts_dir: OwnPrompts = Field(None, alias="REFRAME_PROMPTS_DIR")
    """Folder with your edited copy of prompts/; empty = the prompts that ship with Reframe."""
    log_level: Annotated[str, AfterValidator(known_log_level)] = Field(
        "INFO", alias="REFRAME_LOG_LEVEL"
    )
    """DEBUG, INFO, WARNING or ERROR. No level logs message text or tokens."""
    log_format: Literal["text", "json"] = Field("text", alias="REFRAME_LOG_FORMAT")
    """How the log is written: text for people, or json with one object per line."""
    traces_endpoint: Annotated[str, AfterValidator(collector_url)] = Field(
        "", alias="OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    """OpenTelemetry collector (OTLP over HTTP) that gets traces; empty = no traces."""

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: Any) -> Any:
        return stripped(value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources in order: arguments, environment, ``.env``, then old names."""
        environment = (env_settings, dotenv_settings)
        return (init_settings, *environment, OldNamesSource(settings_cls, environment))

    @property
    def limits(self) -> Limits:
        """Return the caps and spans in force, for ``bot.core.policy``."""
        return Limits(
            delivery=house_delivery(self.delivery, is_judged=self.has_judge),
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
            unconfirmed_margin_seconds=self.unconfirmed_margin_seconds,
            retention_days=self.retention_days,
        )

    @property
    def judge_limits(self) -> JudgeLimits:
        """Return how long and how often the model may be called."""
        return JudgeLimits(
            deadline_seconds=self.judge_deadline_seconds, daily_calls=self.judge_daily_calls
        )

    @property
    def bot_token(self) -> str:
        """Return the bot token; empty if none is set."""
        return self.slack_bot_token.get_secret_value() if self.slack_bot_token else ""

    @property
    def serves_many_workspaces(self) -> bool:
        """Return whether any workspace may install the bot, instead of one with its token here."""
        return bool(self.slack_client_id or self.slack_client_secret)

    @property
    def judge_key(self) -> str:
        """Return the API key of the model; empty if none is set."""
        return self.openai_api_key.get_secret_value() if self.openai_api_key else ""

    @property
    def has_judge(self) -> bool:
        """Return whether a language model classifies messages."""
        return bool(self.openai_model) and self.judge != "off"

    @property
    def admins(self) -> frozenset[str]:
        """Return the user IDs of the admins."""
        return frozenset(listed(self.admin_ids))

    @property
    def encryption_keys(self) -> list[str]:
        """Return the secrets for new weekly answers: the current one, then older ones, if listed.

        Version 0.1 had the older ones in the same setting.
        """
        return listed_secrets(self.encryption_key)

    @property
    def old_encryption_keys(self) -> list[str]:
        """Return the secrets that only older weekly answers were encrypted with."""
        return [old for old in listed_secrets(self.encryption_key_old) if old]

    def watches(self, workspace_id: str, channel_id: str) -> bool:
        """Return whether a channel is watched; ``REFRAME_CHANNELS`` names it in any workspace."""
        return self.channels == "*" or channel_id in listed(self.channels)


def load(
    values: Mapping[str, Any] | None = None, *, env_file: Path | None = Path(".env")
) -> Settings:
    """Read the settings. Log one warning per old name or value in use.

    Args:
        values: Read these instead of both (tests and the demo). env_file: ``.env``; None for none.

    Raises:
        SettingsError: A setting is wrong; names the first one, without its value.
    """
    try:
        if values is not None:
            return _FromValues(**with_new_names(values))
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings adds it
    except UnicodeDecodeError:
        raise SettingsError(str(env_file), "it is not saved as UTF-8 text") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        raise SettingsError(name, plain_words(first["type"], first["msg"])) from None


def unknown_names(
    environment: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")
) -> list[str]:
    """Return the names that begin like one of our settings and are none, such as a mistyped one,
    each with the setting that was most likely meant.

    Args:
        environment: where to look; None for this process's. env_file: ``.env``; None for none.
    """
    known = {str(field.alias) for field in Settings.model_fields.values()} | set(NEW_NAMES)
    return names_that_are_none_of(
        known, os.environ if environment is None else environment, env_file
    )


def old_names(*, env_file: Path | None = Path(".env")) -> dict[str, str]:
    """Return the old names that are set in the environment or in a file, each with its new one."""
    return {old: NEW_NAMES[old] for old in names_set(os.environ, env_file) & set(NEW_NAMES)}


class _FromValues(Settings):
    """Settings from the given values alone."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return one source: the arguments."""
        return (init_settings,)


def describe() -> list[SettingDescription]:
    """Return every setting in order, for the documentation and ``.env.example``."""
    return [
        SettingDescription(str(field.alias), shown(field.default), field.description or "")
        for field in Settings.model_fields.values()
    ]
