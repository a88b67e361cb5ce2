"""Is this English? The offline detector learnt English only, and abstains from the rest."""

from __future__ import annotations

from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH = _words(
    """a about after all am an and any are as at be been but by can can't could did didn't do does
    doesn't don't for from get got had has have he her him his how i i'm if in is isn't it it's
    its just like me more my never no not now of off on or our out she should so some than that
    that's the their them then there these they they're this those to too up us was we we're were
    what when where who why will with won't would yes you your out over been being because even
    every only still such until very well while gonna wanna dont cant wont im"""
)
_OTHERS = [
    _words(text)
    for text in (
        """der die das und ist nicht ich wir sie haben hat ein eine einen mit auf den dem von zu für
        auch wie aber noch schon nur wenn dass uns ihr kein keine sind war werden wird sich bei""",
        """le la les des et est pas je nous vous ils elle une un du que qui dans pour avec sur mais
        ce cette sont ont leur notre plus ne se au aux être fait bien rien""",
        """el los las y es no que de en un una por con para pero nos su sus se lo como más ya
        están son este esta muy nada tienen cliente ellos nosotros porque del al""",
        """il lo gli che di è non per una un con ma sono hanno ci si come più anche questo questa
        della del nel alla loro noi mai niente cliente perché""",
        """o os as e é não que de um uma com para mas nós eles são por se do da dos das no na
        mais isso este nunca nada cliente porque está""",
        """de het een en is niet ik wij ze hebben heeft met op van voor maar ook nog als dat die
        ons zijn was wordt geen naar bij klant dan""",
        """nie jest że na się z do to jak ale ich nas są mają tylko już klient nam przez oraz""",
        """och är inte jag vi de som på med för ett en det har men kunden till av oss""",
        """ve bir bu için ne de da çok ama müşteri biz onlar değil gibi daha olarak""",
    )
]
_LEAST_WORDS = 3


def is_english(tokens: Sequence[str]) -> bool:
    """Whether the detector may judge these tokens (``Reading.tokens``).

    Very short messages pass: there is too little to tell, and other gates hold them.
    """
    words = [t for t in tokens if t[0].isalpha()]
    if not words:
        return True
    letters = "".join(words)
    if sum(ord(c) > 0x24F for c in letters) > 0.3 * len(letters):
        return False
    if len(words) < _LEAST_WORDS:
        return True
    english = sum(w in _ENGLISH for w in words)
    other = max(sum(w in known for w in words) for known in _OTHERS)
    if other >= 2 and other > english:
        return False
    accented = any(ord(c) > 0x7F and c.isalpha() for c in letters)
    return english > 0 or not (accented or other or len(words) >= 8)
