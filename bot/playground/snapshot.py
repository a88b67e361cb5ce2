"""Everything that the page shows to one person at one moment, as JSON."""

from __future__ import annotations

from bot.playground.office import Office
from bot.playground.traces import MessageTraces
from bot.sandbox.workspace import Channel, Json


def snapshot(office: Office, traces: MessageTraces, viewer_id: str) -> Json:
    """Return what a person sees: no ephemeral message and no direct message of anybody else.

    Args:
        office: a running one. traces: what the bot did with each message.
        viewer_id: one of ``players``.
    """
    workspace, company = office.workspace, office.company
    dm_id = workspace.dm_channel(viewer_id)
    topics = {office.channel_ids[c.name]: c.topic for c in company.channels}
    seen = [workspace.channels[each] for each in (*office.channel_ids.values(), dm_id)]
    modal_id = workspace.open_modals.get(viewer_id, "")
    return {
        **office.state(),
        "viewer": viewer_id,
        "bot": workspace.bot_user_id,
        "people": [
            {
                "id": office.user_ids[person.name],
                "name": person.name.title(),
                "role": person.role,
                "played": person.is_played,
                "new": person.is_new,
            }
            for person in company.people
        ],
        "samples": [{"text": each.text, "kind": each.kind} for each in company.samples],
        "channels": [
            {
                "id": channel.id,
                "name": "Reframe" if channel.is_im else channel.name,
                "topic": topics.get(channel.id, ""),
                "is_im": channel.is_im,
                "has_bot": workspace.bot_user_id in channel.members,
                "messages": _messages(channel, traces, viewer_id),
            }
            for channel in seen
        ],
        "home": workspace.home_tabs.get(viewer_id),
        "modal": workspace.views.get(modal_id),
    }


def players(office: Office) -> list[str]:
    """Return the ids of the people whom a visitor can be."""
    people = office.company.people
    return [office.user_ids[person.name] for person in people if person.is_played]


def _messages(channel: Channel, traces: MessageTraces, viewer_id: str) -> list[Json]:
    """Return what the viewer sees in a channel, oldest first; ephemeral messages say so."""
    everybody = [
        {**_shown(message), "trace": traces.summary(channel.id, message)}
        for message in channel.messages
    ]
    only_theirs = [
        {**_shown(message), "user": message.get("app_id") or "", "ephemeral": True}
        for message in channel.ephemerals
        if message["user"] == viewer_id
    ]
    return sorted([*everybody, *only_theirs], key=lambda message: float(message["ts"]))


def _shown(message: Json) -> Json:
    names = ("ts", "thread_ts", "user", "bot_id", "text", "blocks", "edited", "subtype", "files")
    return {name: message[name] for name in names if message.get(name)}
