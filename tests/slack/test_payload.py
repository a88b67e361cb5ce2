"""Workspace and user are found wherever Slack puts them, Enterprise Grid included."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.listeners.payload import Origin, origin_of

ORG_INSTALL = [{"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}]


@pytest.mark.parametrize(
    ("body", "user_id"),
    [
        pytest.param({"team_id": "T1", "event": {"user": "U1"}}, "U1", id="event"),
        pytest.param({"team_id": "T1", "event": {"user": {"id": "U1"}}}, "U1", id="user object"),
        pytest.param({"team_id": "T1", "event": {"user_id": "U1"}}, "U1", id="file event"),
        pytest.param({"team_id": "T1", "event": {}}, "", id="event without a user"),
        pytest.param({"team_id": "T1", "user_id": "U1"}, "U1", id="command"),
        pytest.param({"team": {"id": "T1"}, "user": {"id": "U1"}}, "U1", id="interaction"),
        pytest.param(
            {"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T2"}}, "U1", id="guest"
        ),
        pytest.param(
            {"team": None, "enterprise": {"id": "E1"}, "user": {"id": "U1", "team_id": "T1"}},
            "U1",
            id="org-wide press",
        ),
        pytest.param(
            {"team": None, "user": {"id": "U1"}, "view": {"team_id": "T1"}},
            "U1",
            id="org-wide view",
        ),
        pytest.param(
            {
                "team": None,
                "user": {"id": "U1", "team_id": "E1"},
                "view": {"team_id": "T2", "app_installed_team_id": "T1"},
            },
            "U1",
            id="view of another workspace",
        ),
        pytest.param(
            {
                "team": None,
                "user": {"id": "U1", "team_id": "T2"},
                "view": {"team_id": "T2", "app_installed_team_id": "T1"},
            },
            "U1",
            id="view, pressed by somebody at home elsewhere in the organization",
        ),
        pytest.param(
            {"team_id": "T1", "authorizations": ORG_INSTALL, "event": {"user": "U1"}},
            "U1",
            id="org-wide event",
        ),
        pytest.param(
            {"authorizations": [{"team_id": "T1"}], "event": {"user": "U1"}},
            "U1",
            id="authorization only",
        ),
        pytest.param(
            {"team_id": "E1", "authorizations": [{"team_id": "T1"}], "event": {"user": "U1"}},
            "U1",
            id="organization as team",
        ),
        pytest.param(
            {"team_id": "T1", "user_id": "W1", "enterprise_id": "E1"}, "W1", id="org-wide command"
        ),
    ],
)
def test_where_a_payload_comes_from(body: dict[str, Any], user_id: str) -> None:
    """Every shape that Slack sends names the same workspace and user."""
    assert origin_of(body) == Origin("T1", user_id)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"team": None, "user": None, "view": None, "event": None, "authorizations": None},
        {"team": None, "enterprise": {"id": "E1"}, "authorizations": []},
        {"team": {"id": "E1"}, "team_id": "E1", "user": {"team_id": "E1"}},
    ],
)
def test_a_payload_without_a_workspace(body: dict[str, Any]) -> None:
    """An organization is not a workspace, and nothing is guessed."""
    assert origin_of(body) == Origin("", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = ("team", "team_id", "user", "user_id", "event", "view", "authorizations")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_shape_has_an_origin(body: dict[str, Any]) -> None:
    """Nothing that a payload may hold raises an error."""
    origin = origin_of(body)

    assert isinstance(origin.workspace_id, str)
    assert isinstance(origin.user_id, str)
