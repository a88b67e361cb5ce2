"""How channels are watched, and which kinds of question have to keep still."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import case, func, select

from bot.core.model import Delivery, Feedback, Reason, Trap
from bot.flows.ask_ports import Watched
from bot.store.database import Database
from bot.store.outbox import queue_say
from bot.store.rows import put
from bot.store.tables import SPEAK, channels, findings, probation

_NOT_USEFUL = (Feedback.NOT_THIS_TIME, Feedback.WRONG)


class SqlChannels:
    """Channels over SQL; implements ``bot.flows.ask_ports.Channels``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invited(
        self,
        team: str,
        channel: str,
        *,
        inviter: str,
        key: str,
        notice: Mapping[str, str] | None,
        hello: Mapping[str, str],
        now: float,
    ) -> bool:
        async with self._database.begin() as connection:
            place = {"team": team, "channel": channel}
            if not await queue_say(
                connection,
                f"hello-{key}",
                team=team,
                channel=inviter,
                reader=inviter,
                body=hello,
                now=now,
            ):
                return False
            await put(connection, channels, place, {"inviter": inviter, "invited_at": now})
            if notice:
                await queue_say(
                    connection,
                    f"notice-{key}",
                    team=team,
                    channel=channel,
                    reader="",
                    body=notice,
                    now=now,
                )
            return True

    async def channel(self, team: str, channel: str, *, since: float) -> Watched:
        here = (channels.c.team == team) & (channels.c.channel == channel)
        counts = select(
            func.coalesce(func.sum(case((findings.c.outcome == Reason.OBSERVED, 1), else_=0)), 0),
            func.coalesce(func.sum(case((findings.c.outcome == SPEAK, 1), else_=0)), 0),
        ).where(
            findings.c.team == team, findings.c.channel == channel, findings.c.created_at > since
        )
        async with self._database.begin() as connection:
            row = (await connection.execute(select(channels).where(here))).mappings().first()
            observed, said = (await connection.execute(counts)).one()
        delivery = row["delivery"] if row else None
        return Watched(
            channel=channel,
            delivery=Delivery(delivery or Delivery.THREAD),
            inviter=(row["inviter"] if row else None) or "",
            observed=int(observed),
            said=int(said),
        )

    async def watch(self, team: str, channel: str, delivery: Delivery) -> None:
        async with self._database.begin() as connection:
            place = {"team": team, "channel": channel}
            await put(connection, channels, place, {"delivery": delivery})

    async def inviters(self, team: str) -> list[str]:
        known = select(channels.c.inviter).where(
            channels.c.team == team, channels.c.inviter.is_not(None)
        )
        async with self._database.begin() as connection:
            return sorted({r.inviter for r in await connection.execute(known)})

    async def review(
        self,
        team: str,
        trap: Trap,
        *,
        useless: Callable[[int, int], bool],
        told: Callable[[int, int], Mapping[str, str]],
        admins: Sequence[str],
        now: float,
    ) -> bool:
        here = (probation.c.team == team) & (probation.c.trap == trap)
        async with self._database.begin() as connection:
            row = (await connection.execute(select(probation).where(here))).mappings().first()
            if row and row["since"] is not None:
                return False
            since = (row["cleared_at"] if row else None) or 0.0
            rated = select(
                func.count(),
                func.coalesce(
                    func.sum(case((findings.c.feedback.in_(_NOT_USEFUL), 1), else_=0)), 0
                ),
            ).where(
                findings.c.team == team,
                findings.c.trap == trap,
                findings.c.feedback.in_((*_NOT_USEFUL, Feedback.HELPFUL)),
                findings.c.answered_at > since,
            )
            count, bad = (await connection.execute(rated)).one()
            if not useless(int(bad), int(count)):
                return False
            await put(connection, probation, {"team": team, "trap": trap}, {"since": now})
            for admin in admins:
                await queue_say(
                    connection,
                    f"probation-{trap}-{now:.0f}-{admin}",
                    team=team,
                    channel=admin,
                    reader=admin,
                    body=told(int(bad), int(count)),
                    now=now,
                )
            return True

    async def clear(self, team: str, trap: Trap, *, now: float) -> None:
        async with self._database.begin() as connection:
            key = {"team": team, "trap": trap}
            await put(connection, probation, key, {"since": None, "cleared_at": now})
