"""What Slack's error codes are about: the person, the channel, the message, or the app itself.

An error about the app says nothing about anybody: it passes when the token, the scopes, or the
organization's rules are put right, so what met it waits. Codes as in docs.slack.dev, at "errors" of
each method. One that isn't listed here ends nothing either.
"""

from __future__ import annotations

PERSON_GONE = frozenset(
    {
        "cannot_dm_bot",
        "messages_tab_disabled",
        "user_disabled",
        "user_is_bot",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)
"""There is no such person to write to. Not ``account_inactive``: that is the bot's account."""

CHANNEL_CLOSED = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
    }
)
"""The bot can't post in this channel now."""

CHANNEL_LEFT = frozenset({"channel_not_found", "is_archived", "not_in_channel"})
"""The bot isn't in this channel, or nobody writes there any more."""

ALREADY_DELETED = frozenset({"cant_delete_message", "message_not_found"})
"""A deletion has nothing left to do."""

CANT_BE_UPDATED = frozenset({"cant_update_message", "edit_window_closed", "message_not_found"})
"""What was to be replaced is gone, or must stay as it is."""

MISSING_SCOPE = "missing_scope"
"""The app lacks a scope: only a new installation changes that."""

APP_REFUSED = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "app_missing_action_url",
        "as_user_not_supported",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        MISSING_SCOPE,
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "org_user_not_in_team",
        "ratelimited",
        "rate_limited",
        "team_access_not_granted",
        "team_added_to_org",
        "team_not_found",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "unknown_workspace",
    }
)
"""Slack refuses the app, its token, or the whole workspace for now."""
