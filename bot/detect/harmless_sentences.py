"""Find sentences that the models take for a trap though they say nothing against anybody.

Three kinds: somebody is called tough, but fair; we plan a better offer; they see something, then
they choose. A sentence counts only if all of it fits, so a verdict beside it is still read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.core.phrases import Phrases, normalize

_MOST_WORDS = 22
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;\n]*")
_TURN = re.compile(
    r"(?:\s*,\s*|\s+)(?:but|yet|though|although|and)\s+|\s*[,:\u2013\u2014]\s*|\s+-+\s+"
)
_SHAM = re.compile(
    r"\b(?:pretend\w*|supposed\w*|so-called|claims?|acts?|thinks?|my ass|yeah right)\b"
)
_NO_LESS = re.compile(r"\bnothing but |[, ]+no (?:games|bs|nonsense|drama)\b|\bnever (?=lies\b)")
_DENIED = re.compile(
    r"\b(?:not|never|no|nothing|nobody|hardly|barely|too|n't|if|would|should|could|used to|only"
    r"|must|needs? to|has to|have to|us to)\b|n't\b"
)

_THEY = (
    r"(?:they|he|she|(?:the|their|our|his|her) (?:[\w'-]+ ){0,2}?[\w'-]+|legal|procurement"
    r"|purchasing|security|it|finance)"
)
_THEM = r"(?:them|him|her)"
_LEAD = (
    r"(?:(?:i think|i guess|i'd say|imo|honestly|maybe|perhaps|ok|okay|so|and|yeah|yes|well|then"
    r"|but|for now|agreed|right|also),? )*"
)
_WE = (
    r"(?:(?:we|i)(?:'ll|'d| will| would| can| could| should| might| may| must| ought| need| have"
    r"| want| are going| am going|'re going|'m going| plan|'d like| would like)"
    r"(?: better| probably| really| also| just| maybe| still| all| definitely| at least)*(?: to)?"
    r"|let's|let me|(?:can|could|should|shall) (?:we|i)|how about we|why don't we)"
    r"(?: also| just| maybe| really| at least)*"
)
_GIVE = (
    r"(?:make|give|send|offer|show|bring|quote|put|get|build|write|draft|prepare|propose|find|work"
    r" out|come up with|(?:come|go|get) back(?: to {them})? with|follow up with|have)"
).replace("{them}", _THEM)
_IMPROVE = (
    r"(?:improve|simplify|shorten|lower|cut|drop|reduce|revise|rework|redo|rewrite|update|sharpen"
    r"|sweeten|adjust|extend|split|polish|tweak)"
)
_EASIER = r"(?:easier|simpler|cheaper|safer|faster|clearer|shorter|less work)"
_CLEARER = (
    r"(?:clearer|faster|quicker|better prepared|more (?:patient|flexible|specific|open|precise"
    r"|careful|transparent|responsive|available|upfront|prepared|honest))"
)
_CHOOSE = r"(?:buy|sign|say yes|say no|decide|start|choose|test|try|compare)"
_EFFORT = (
    r"(?:put (?:more|some|extra) (?:effort|time|work|thought|care) into"
    r"|(?:do|work) (?:better|more|harder|harder and better) (?:for|on|with)"
    r"|(?:spend|invest|take) (?:more|some) time (?:with|on|for|in))"
)
_WHAT_THEY_LIKE = (
    r"(?: (?:that )?(?:they|he|she)(?:'d|'ll| can| would| could| might)?"
    r" (?:like|want|need|prefer|accept|afford|live with|work with|use|compare|sign)"
    r"| (?:that|which) (?:works|fits|suits|makes sense)(?: better)?"
    r" for (?:{them}|both sides|everyone))?"
).replace("{them}", _THEM)
_TAIL = (
    r"(?:,? (?!(?:they|he|she|who|that|which|because|since|cause|cuz|so|else|until|till|or|whether"
    r"|make|force|push|tell|teach|show|explain|get|want|need|must|fix|can't)\b)[\w'$%/:-]+){0,8}"
)

_SEEN = (
    r"(?:sees?|saw|seen|gets?|got|has|have|had|try|tries|tried|tests?|tested|plays?|played|uses?"
    r"|used|reads?|received?|reviews?|reviewed|checks?|checked|compared?|looks?|looked|runs?|ran"
    r"|done|finish(?:ed)?|been through|gone through)"
)
_EVENT = (
    r"(?:demo|pilot|trial|poc|call|meeting|workshop|review|tests?|session|visit|walkthrough"
    r"|presentation|sandbox|audit|evaluation|beta|tour|tasting|samples?)"
)
_SHOWN = (
    r"(?:show(?:n|ed)?|sen[dt]|gives?|gave|given|walk(?:ed)?|br(?:ing|ought)|get|got|(?:follow|catch)"
    r" up with)"
)
_AS_SOON_AS = r"(?:once|after|when|as soon as)"
_WORDS = r"(?:,? (?!then\b|they\b|he\b|she\b)[\w'$%/:-]+)"
_WHEN = (
    rf"(?:{_AS_SOON_AS} {_THEY}(?:'s|'ve| has| have| had)? (?:all |both )?{_SEEN}\b"
    rf"{_WORDS}{{0,10}}?"
    rf"|{_AS_SOON_AS} (?:we|i)(?:'ve| have)? {_SHOWN} {_THEM}\b{_WORDS}{{0,8}}?"
    rf"|{_AS_SOON_AS} (?:the|their|our|this|that|\w+day's|tomorrow's) (?:[\w'-]+ )?{_EVENT}"
    rf"(?: (?:is|are) (?:over|done|through|finished))?"
    rf"(?: (?:on|next|this|in|with) [\w'-]+(?: [\w'-]+)?)?"
    rf"|let {_THEM} (?:try|see|test|play with|have|look at|use)\b{_WORDS}{{0,8}}?)"
)
_THEN = (
    rf"(?:then )?{_THEY}(?:'ll| will| can| could| might| may| should be able to"
    rf"|(?:'ll| will) be able to|(?:'re| are| is) able to)(?: then| also| all)?"
)
_LATER = rf"{_THEY}(?:'ll| will| can) (?:then )?"  # "they could" complains without its condition


class HarmlessSentences:
    """Tells them from others by the phrase lists of the playbook.

    Args:
        cues: the phrase lists.
    """

    def __init__(self, cues: Mapping[str, Sequence[str]]) -> None:
        self._firm, self._fair = Phrases(cues["firm"]), Phrases(cues["fair"])
        self._harsh = Phrases(cues["harsh"])
        thing = rf"(?:[\w'%$-]+ ){{0,4}}?(?:{_any_of(cues['our_things'])})"
        choice = rf"(?:{_any_of(cues['their_choices'])})(?:,? (?!for us\b|our\b)[\w'-]+){{0,9}}"
        to_them = rf"(?: (?:for|to|with) (?:{_THEM}|{_THEY}))?"
        plan = (
            rf"{_GIVE}(?: {_THEM}| {_THEY})?(?: back)? {thing}{_WHAT_THEY_LIKE}{to_them}{_TAIL}",
            rf"{_IMPROVE} {thing}{to_them}{_TAIL}",
            rf"make (?:it|this|that|{thing}) {_EASIER}(?: for {_THEM})?(?: to {_CHOOSE})?{_TAIL}",
            rf"be {_CLEARER}(?: (?:with|to|for) {_THEM})?{_TAIL}",
            rf"{_EFFORT} (?:{_THEM}|(?:this|the|that|our) [\w'-]+){_TAIL}",
            rf"(?:listen to|treat) {_THEM} (?:more|better)(?: carefully)?{_TAIL}",
        )
        self._plan = re.compile(rf"{_LEAD}{_WE} (?:{'|'.join(plan)})")
        self._choice = re.compile(
            rf"{_LEAD}(?:{_WHEN},? {_THEN} {choice}|{_LATER}{choice}(?: {_WHEN})?"
            rf"|(?:{_WE}|we|i) {_SHOWN} {_THEM}\b{_WORDS}{{0,8}}?,? (?:so|and|and then|then)"
            rf" (?:(?:that )?{_THEN}|let {_THEM}) {choice})"
        )

    def without_them(self, text: str) -> str:
        """Return a text without its harmless sentences, or the same text if it has none."""
        sentences = _SENTENCE.findall(normalize(text))
        rest = [sentence for sentence in sentences if not self._is_harmless(sentence)]
        return text if len(rest) == len(sentences) else " ".join(rest)

    def _is_harmless(self, sentence: str) -> bool:
        sentence = " ".join(sentence.strip(" .!?;:)\n").split())
        if len(sentence.split()) > _MOST_WORDS or sentence in self._harsh:
            return False
        patterns = (self._plan, self._choice)
        return any(p.fullmatch(sentence) for p in patterns) or self._is_mixed_praise(sentence)

    def _is_mixed_praise(self, sentence: str) -> bool:
        """Return whether somebody is called tough first, then fair, and nothing is denied."""
        first, *others = _TURN.split(_NO_LESS.sub("", sentence))
        if first not in self._firm or _SHAM.search(sentence) or any(map(_DENIED.search, others)):
            return False
        return bool(others) and others[0] in self._fair


def _any_of(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(normalize(phrase)) for phrase in phrases) or r"(?!)"
