"""Who may use the bot."""

from __future__ import annotations

import pytest

from bot.core.admission import Admission, Purpose, admit
from bot.core.model import Person

MEMBER = Person("U1", None, 0, is_colleague=True)
GUEST = Person("U2", None, 0, is_colleague=False, is_outsider=True)
FORMER = Person("U3", None, 0, is_colleague=False)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_members_may_do_anything(purpose: Purpose) -> None:
    assert admit(MEMBER, purpose) is Admission.ADMITTED


@pytest.mark.parametrize("person", [GUEST, FORMER, None])
def test_what_is_kept_about_a_person_is_theirs(person: Person | None) -> None:
    assert admit(person, Purpose.OWN_DATA) is Admission.ADMITTED


@pytest.mark.parametrize("person", [GUEST, FORMER])
@pytest.mark.parametrize("purpose", [Purpose.ORDINARY, Purpose.STARTS_SOMETHING])
def test_others_may_do_nothing_else(person: Person, purpose: Purpose) -> None:
    assert admit(person, purpose) is Admission.NOT_OURS


def test_somebody_unknown_is_trusted_unless_it_starts_something() -> None:
    assert admit(None, Purpose.ORDINARY) is Admission.ADMITTED
    assert admit(None, Purpose.STARTS_SOMETHING) is Admission.UNKNOWN
