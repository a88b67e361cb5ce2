"""Checks ``voice.toml``, in any language: all sentences are there, and only known $names in them.

A sentence that is missing, or a name that nobody fills in, would otherwise show up in the middle of
a seller's day.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from bot.core.model import Reason
from bot.wordfile import WordFile

KEYS: Mapping[str, str] = {
    "nudge": "helpful helpful_label not_this_time not_this_time_label to_thread to_thread_label "
    "wrong another why pause privately footer private_footer",
    "feedback": "helpful not_this_time wrong pause:until pause_open resumed only_author "
    "another:question no_more why:near,idea,credit privately to_thread told_why",
    "pause": "longer longer_label open open_label resume resume_label",
    "wrong": "button button_label title reason fact other_side turned moment words words_hint "
    "submit close",
    "advice": "near:near questions frame reworded move another another_label why why_label "
    "question:question no_more because:idea,credit forgotten skipped footer thinking failed "
    "enough guests late",
    "ask": "title situation situation_hint customer customer_hint wanted wanted_hint submit close "
    "empty own_only nothing no_form",
    "command": "help paused:until paused_open resumed span",
    "record": "why none said:when,channel,question quiet:when,channel,reason sent file forget "
    "forget_button forget_button_label forget_title forget_confirm forget_deny forgotten:count "
    "forgotten_paused:count",
    "settings": "title you delivery delivery_channel delivery_private limit limit_house:count "
    "limit_open limit_none limit_some:count quiet quiet_hint quiet_wrong reflect reflect_on "
    "reflect_off reflect_at reflect_time here mode mode_theirs:mode mode_counts:said,observed "
    "thread private observe submit close",
    "home": "welcome controls state_on:limit,quiet state_demand state_paused:until "
    "state_paused_open private thread reflect_on:at reflect_off no_quiet pause pause_label "
    "settings settings_label ask ask_label nudges no_nudges nudge:when,channel,question kept "
    "kept_what:days,count export export_label erase erase_label footer",
    "channel": "hello:channel hello_outsiders:channel choose chosen:channel,mode not_yours notice "
    "probation:kind,share,rated again again_label again_done",
    "reflection": "title open open_unkept moments moment:when,question no_moments:idea "
    "question:question plan:if,then look look_label skip skip_label off off_label credit:credit "
    "happened learned next worked how if then submit close kept not_kept skipped ended offer "
    "accept accept_label accepted",
    "followup": "line:question learnt learnt_label asked asked_label not_yet not_yet_label thanks",
    "team": "title name people day time channel submit close saved needs_people "
    "asked:manager,team yes yes_label no no_label agreed declined left not_in gone "
    "manager_gone:team",
    "digest": "title:week headline:team,theme headline_none:team chart chart_label theme sellers "
    "trend band_5 band_10 band_20 band_50 more fewer same unknown questions few "
    "health:shown,helpful,not_useful,paused looked_most looked_half looked_some review share "
    "share_label shared no_channel none",
    "time": "days months day:weekday,day,month moment:weekday,day,month,clock",
    "quiet": " ".join(Reason),
}
"""Section to its keys, each with the $names that the program fills in."""

_COMMAND_LINE = "cli"
_COMMAND_LINE_NAMES = frozenset({"name", "what", "why", "file", "line"})
_LISTS = {"days": 7, "months": 12}


def read(file: WordFile) -> dict[str, dict[str, str]]:
    """The checked sentences, by section and key.

    Raises:
        PlaybookProblem: the first thing that is wrong.
    """
    for section in (*KEYS, _COMMAND_LINE):
        if not isinstance(file.data.get(section), dict):
            raise file.problem(f"there is no [{section}]")
    for section in file.data:
        names = _names(section)
        for key in names:
            if key not in file.data[section]:
                raise file.problem(f'"{key}" is missing', under=f"[{section}]")
        for key, words in file.data[section].items():
            known = _COMMAND_LINE_NAMES if section == _COMMAND_LINE else names.get(key, frozenset())
            _sentence(file, section, key, words, known)
    for key, count in _LISTS.items():
        if len(file.data["time"][key].split()) != count:
            raise file.problem(f'"{key}" must hold {count} words', f"{key} =", under="[time]")
    return file.data


def _sentence(file: WordFile, section: str, key: str, words: object, known: frozenset[str]) -> None:
    near, under = f"{key} =", f"[{section}]"
    if not isinstance(words, str) or not Template(words).is_valid():
        raise file.problem(f'"{key}" must be a text, with $names only', near, under=under)
    for name in Template(words).get_identifiers():
        if name not in known:
            why = f'"{key}" names ${name}, which nobody fills in'
            raise file.problem(why, near, under=under)


def _names(section: str) -> dict[str, frozenset[str]]:
    found = {}
    for entry in KEYS.get(section, "").split():
        key, _, names = entry.partition(":")
        found[key] = frozenset(names.split(",")) if names else frozenset()
    return found
