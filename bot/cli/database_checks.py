"""What ``reframe doctor`` says about the database and what is kept in it."""

from __future__ import annotations

import time
from pathlib import Path

from bot.cli.check import NOT_OK, OFF, OK, WARNING, Check
from bot.cli.model_checks import check_model_usage
from bot.cli.problems import sentence
from bot.core.languages import Languages
from bot.core.policy import DAY, HOUR
from bot.flows.errors import DatabaseError, StoreUnavailableError
from bot.settings import Settings
from bot.store.database import Database
from bot.store.inspection import StoredData, chosen_languages, stored_data
from bot.store.keyring import count_locked, was_encrypted
from bot.store.migrations import newest_revision


async def check_database(settings: Settings, languages: Languages) -> list[Check]:
    """Check that the database can be reached, is up to date, and keeps nothing too long. Creates
    and locks nothing, so the bot may run meanwhile.

    Args:
        settings: all of them. languages: those that are installed.
    """
    try:
        database = Database(settings.database_url.get_secret_value())
    except DatabaseError as wrong:
        return [_as_check(sentence(wrong.kind, what=wrong.what))]
    try:
        problem = await _why_not_ready(database)
        return [problem] if problem else await _check_contents(settings, languages, database)
    except DatabaseError as wrong:
        return [_as_check(sentence(wrong.kind, what=wrong.what))]
    except StoreUnavailableError:
        return [_as_check(sentence("database_not_ready"))]
    finally:
        await database.close()


def _as_check(told: str) -> Check:
    """Return what ``run`` would say about the database: what is wrong, then what mends it."""
    wrong, _, fix = told.partition(". ")
    return Check("database", NOT_OK, f"{wrong}.", fix)


async def _why_not_ready(database: Database) -> Check | None:
    """Return what keeps the bot from using the database; None if nothing does.

    Raises:
        DatabaseError: it can't be reached.
    """
    file = Path(str(database.url.database)) if database.is_sqlite else None
    if file and not file.exists():  # connecting would create it
        if not file.resolve().parent.is_dir():
            raise DatabaseError("database_no_folder", str(file.resolve().parent))
        detail = f"{database.name} doesn't exist yet"
        return Check("database", NOT_OK, detail, sentence("fix_migrate"))
    revision, newest = await database.revision(), newest_revision()
    if revision == newest:
        return None
    if revision is None:
        return Check(
            "database", NOT_OK, f"{database.name} has no tables yet", sentence("fix_migrate")
        )
    if revision > newest:
        detail = f"{database.name} was made by a newer version (migration {revision})"
        return Check("database", NOT_OK, detail, sentence("fix_newer_database"))
    detail = f"{database.name} is at migration {revision}, and this version needs {newest}"
    return Check("database", NOT_OK, detail, sentence("fix_migrate"))


async def _check_contents(
    settings: Settings, languages: Languages, database: Database
) -> list[Check]:
    stored = await stored_data(database)
    encrypted = await _check_encryption(settings, database)
    model = await check_model_usage(settings, database, time.time())
    kept = [
        f"{sentence(f'stored_{table}')}: {count}" for table, count in stored.rows.items() if count
    ]
    return [
        Check("database", OK, database.name),
        Check("stored", OK, "\n".join(kept) or sentence("stored_nothing")),
        *_check_ages(settings, stored),
        encrypted,
        *await _check_languages(languages, database),
        *model,
    ]


def _check_ages(settings: Settings, stored: StoredData) -> list[Check]:
    """Check that nothing is older than its limit. The purge runs hourly, so an hour more is ok."""
    now, limits = time.time(), settings.limits
    hours = 0.0 if stored.oldest_text is None else (now - stored.oldest_text) / HOUR
    days = 0.0 if stored.oldest_decision is None else (now - stored.oldest_decision) / DAY
    return [
        _age("oldest text", f"{_so_old(stored.oldest_text, hours, 'hours')}; the limit is "
             f"{limits.text_hours:g} hours",
             is_fine=hours <= limits.text_hours + 1),
        _age("oldest decision", f"{_so_old(stored.oldest_decision, days, 'days')}; the limit is "
             f"{limits.retention_days:g} days",
             is_fine=days <= limits.retention_days + 1 / 24),
    ]  # fmt: skip


def _so_old(oldest: float | None, age: float, unit: str) -> str:
    return "none is stored" if oldest is None else f"{age:.1f} {unit}"


def _age(name: str, detail: str, *, is_fine: bool) -> Check:
    return Check(name, OK, detail) if is_fine else Check(name, NOT_OK, detail, sentence("fix_kept"))


async def _check_languages(languages: Languages, database: Database) -> list[Check]:
    """Check that every language that a workspace has chosen is still installed."""
    missing = await chosen_languages(database) - languages.names.keys()
    if not missing:
        return []
    files = ", ".join(f"strings.{code}.toml" for code in sorted(missing))
    fix = sentence("fix_language", name=languages.usual["language"]["name"])
    return [Check("languages", NOT_OK, f"chosen in a workspace, but not there: {files}", fix)]


async def _check_encryption(settings: Settings, database: Database) -> Check:
    current, old = settings.encryption_keys, settings.old_encryption_keys
    if locked := await count_locked(database, current, old):
        if not current and not old:
            detail = f"{locked} can't be opened: REFRAME_ENCRYPTION_KEY is not set"
            return Check("weekly answers", NOT_OK, detail, sentence("fix_key_gone"))
        detail = f"{locked} can't be opened with the keys that are set"
        return Check("weekly answers", NOT_OK, detail, sentence("fix_locked"))
    if not current and not old and await was_encrypted(database):
        detail = "not kept: REFRAME_ENCRYPTION_KEY is not set, and this database was used with one"
        return Check("weekly answers", WARNING, detail, sentence("fix_key_gone"))
    if not current:
        return Check("weekly answers", OFF, "not kept: REFRAME_ENCRYPTION_KEY is not set")
    return Check("weekly answers", OK, "kept, encrypted")
