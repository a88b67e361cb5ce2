"""The contract of what waits sealed: who can open it, and what is left for who can't."""

from __future__ import annotations

import pytest

from bot.flows.ports.asks import Ask, AskKind, ClaimedAsk, ReplyPlace
from bot.flows.ports.inbox import Candidate, NewMessage
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import (
    LEASE,
    ME,
    NOW,
    Workers,
    claim_message,
    claim_one,
    message,
    nudge,
)

PRIVATE = {"mirror": "They went quiet on Dana.", "question": "What would Dana need?"}


async def claimed_message(store: Store) -> Candidate:
    async with store.begin() as uow:
        return await claim_one(uow)


async def claimed_ask(store: Store) -> ClaimedAsk:
    async with store.begin() as uow:
        (found,) = await uow.asks.claim_due(now=NOW, limit=9, owner=ME, lease_until=NOW + LEASE)
    return found


async def claimed_post(store: Store) -> ClaimedMessage:
    async with store.begin() as uow:
        return await claim_message(uow)


@pytest.mark.parametrize(
    ("only_here", "reader", "is_lost"),
    [
        pytest.param(False, "one", False, id="here"),
        pytest.param(False, "two", False, id="with the same key"),
        pytest.param(False, "without_key", True, id="without the key"),
        pytest.param(True, "one", False, id="here alone"),
        pytest.param(True, "two", True, id="elsewhere"),
    ],
)
async def test_who_can_open_a_message(
    workers: Workers, *, only_here: bool, reader: str, is_lost: bool
) -> None:
    """A text that is sealed for one process opens in no other, whatever key it has."""
    async with workers.one.begin() as uow:
        await uow.inbox.add(NewMessage(message(), NOW, only_here=only_here), now=NOW)
    candidate = await claimed_message(getattr(workers, reader))

    assert candidate.text_is_lost is is_lost
    assert candidate.message.text == ("" if is_lost else message().text)
    assert candidate.message.ts == message().ts


async def test_a_newer_wording_is_sealed_anew(workers: Workers) -> None:
    """What another process writes over a lost text, it can open."""
    async with workers.one.begin() as uow:
        await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
    newer = message(text="they owe us a call", version="1760000090.000000")
    async with workers.without_key.begin() as uow:
        assert await uow.inbox.replace_waiting(NewMessage(newer, NOW))

    assert (await claimed_message(workers.without_key)).message.text == "they owe us a call"


async def test_messages_that_arrive_together(workers: Workers) -> None:
    """Each is stored once, whatever was there before."""
    async with workers.one.begin() as uow:
        await uow.inbox.add(NewMessage(message(1), NOW), now=NOW)
        again = [NewMessage(message(n), NOW) for n in (1, 2, 3, 2)]
        await uow.inbox.add_all(again, now=NOW)
        await uow.inbox.add_all([], now=NOW)
        found = await uow.inbox.claim_due(now=NOW, limit=9, owner=ME, lease_until=NOW + LEASE)

    assert [c.message.text for c in found] == ["they owe us 1", "they owe us 2", "they owe us 3"]


async def test_a_message_can_be_forgotten(workers: Workers) -> None:
    """By who has claimed it, as long as it is as it was claimed; then it can come again."""
    async with workers.one.begin() as uow:
        await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
        before = await claim_one(uow)
        newer = message(text="newer", version="1760000090.000000")
        await uow.inbox.replace_waiting(NewMessage(newer, NOW))
        assert not await uow.inbox.discard(before)
        assert await uow.inbox.discard(await claim_one(uow))
        assert await uow.inbox.count_waiting() == 0
        assert await uow.inbox.add(NewMessage(message(), NOW), now=NOW)


async def test_who_can_open_an_ask(workers: Workers) -> None:
    """Its words are lost with the key; what a button carried is not, as it holds no words."""
    asked = Ask("a", AskKind.ADVICE, "T1", "U1", ReplyPlace.DIRECT, "D1", "they owe us")
    async with workers.one.begin() as uow:
        await uow.asks.add(asked, now=NOW)
    assert (await claimed_ask(workers.two)).ask == asked
    lost = await claimed_ask(workers.without_key)
    assert (lost.words_are_lost, lost.ask.text, lost.ask.address) == (True, "", "D1")
    async with workers.one.begin() as uow:
        await uow.asks.complete(lost, now=NOW)
        pressed = Ask("b", AskKind.WHY, "T1", "U1", ReplyPlace.DIRECT, "D1", "fixing|demo")
        await uow.asks.add(pressed, now=NOW)
    found = await claimed_ask(workers.without_key)
    assert (found.words_are_lost, found.ask) == (False, pressed)


async def test_who_can_open_what_is_said(workers: Workers) -> None:
    """Private content takes the place of the content, which is sent where the key is lost."""
    queued = nudge(private_content=PRIVATE)
    async with workers.one.begin() as uow:
        await uow.outbox.enqueue(queued, now=NOW)
    assert (await claimed_post(workers.two)).message.content == PRIVATE
    assert (await claimed_post(workers.without_key)).message.content == queued.content
    async with workers.two.begin() as uow:
        assert await uow.outbox.contents_of("T1", queued.key) == (queued.content, PRIVATE)
    async with workers.without_key.begin() as uow:
        assert await uow.outbox.contents_of("T1", queued.key) == (queued.content, None)


async def test_private_content_goes_with_the_message(workers: Workers) -> None:
    """All of a public question is erased once it is sent; a private one can still be shown."""
    async with workers.one.begin() as uow:
        await uow.outbox.enqueue(nudge(private_content=PRIVATE), now=NOW)
        await uow.outbox.mark_sent(await claim_message(uow), "1.5", now=NOW)
        assert await uow.outbox.contents_of("T1", nudge().key) == ({}, None)
        whispered = nudge(
            2, kind=MessageKind.EPHEMERAL_NUDGE, channel_id="C2", private_content=PRIVATE
        )
        await uow.outbox.enqueue(whispered, now=NOW)
        await uow.outbox.mark_sent(await claim_message(uow), "2.5", now=NOW)
        assert await uow.outbox.contents_of("T1", nudge(2).key) == (nudge().content, PRIVATE)


async def test_a_person_sees_their_words(workers: Workers) -> None:
    """What is exported for a person can be read, as far as its key is there."""
    asked = Ask("a", AskKind.ADVICE, "T1", "U1", ReplyPlace.DIRECT, "D1", "canary words")
    async with workers.one.begin() as uow:
        await uow.asks.add(asked, now=NOW)
        await uow.inbox.add(NewMessage(message(text="canary text"), NOW), now=NOW)
        exported = str(await uow.personal_data.export("T1", "U1"))

    assert "canary words" in exported
    assert "canary text" in exported
