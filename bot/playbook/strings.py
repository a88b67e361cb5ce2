"""The shape of ``strings.toml``, in any language: no sentence is missing, and every $name is known.

A missing sentence, or a $name that nothing fills in, would otherwise surface in the middle of a
seller's day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, create_model

from bot.core.model import Reason
from bot.playbook.rules import only_names
from bot.playbook.shapes import Shape

KEYS: Mapping[str, str] = {
    "language": "name",
    "nudge": "helpful helpful_label not_this_time not_this_time_label to_thread to_thread_label "
    "wrong another why pause:span privately footer private_footer",
    "feedback": "helpful not_this_time wrong:span pause:until pause_open resumed only_author "
    "another:question why:observation,idea,credit privately shared "
    "shared_before shared_removed sharing not_shared deleted reason_saved old chosen:button",
    "pause": "longer:span longer_label:span open open_label resume resume_label",
    "wrong": "button button_label title reason fact other_side turned moment words words_hint "
    "submit close",
    "advice": "observation:observation questions fill_in_sentence reworded if_then_plan draft "
    "customer_questions opening next_step another another_label why why_label "
    "question:question because:idea,credit forgotten skipped footer thinking failed "
    "enough late doubtful words_lost draft_ready nothing_to_coach english_only",
    "turn_to_people": "answer contact:contact anyone danger",
    "install": "title intro lines model no_model button approval done_title done next_steps "
    "open_slack failed_title canceled stale org_wide busy failed again",
    "people": "not_ours unknown elsewhere own_data",
    "ask": "title situation situation_hint customer customer_hint wanted wanted_hint submit close "
    "empty own_only nothing no_form",
    "command": "help paused:until paused_open resumed resumed_none on_already on_none "
    "bad_duration privately own_data erase who less_often at_times how_to_stop",
    "stop": "here anywhere",
    "switch": "off:where off_until:where,until bad_end not_for_one:who not_for_one_yours "
    "already_off:where on:where already_on:where not_yours:where,who "
    "not_yours_on:where,who here there deciders or nobody nobody_on on_again:where "
    "which which_on not_watched",
    "watching": "yes counts paused you_paused left_out absent off outsiders unclear unsure",
    "status": "on paused:until paused_open demand ignored for_now:reason here_yes here_others "
    "here_counts here_left_out here_absent here_off here_paused here_outsiders here_unclear "
    "here_unsure reads:channels counts:channels off:channels more:count nowhere unsure change",
    "record": "why none asked:when,channel,question stayed_quiet:when,channel,reason "
    "stayed_quiet_often:channel,reason sent file file_as_text file_lost locked "
    "forget forget_stays forget_sure forget_short forget_button forget_button_label forget_title "
    "forget_confirm forget_deny "
    "forgotten:count forgotten_nothing forgotten_quieter:count forgotten_paused:count",
    "kept": "intro:count nothing decisions:count,since,span presses:count settings:count "
    "reflections:count,span wrong:count,span words:count teams:count channels:count admin "
    "rest:count,span seen seen_but server erase:stays",
    "settings": "title you delivery delivery_channel delivery_private limit limit_house:count "
    "limit_open limit_none limit_some:count quiet_label quiet_usual:quiet quiet_these quiet_no "
    "quiet_from quiet_until quiet_wrong week_label week_hint reflect reflect_on "
    "reflect_off reflect_at reflect_time here mode mode_theirs:mode mode_counts:said,observed "
    "mode_sellers:count mode_few off_here thread private observe submit close "
    "saved saved_yours",
    "workspace": "heading admins_chosen:names admins_both:names admins_house admins_none "
    "quiet:quiet quiet_none week:days week_own week_full holiday:holiday holiday_none "
    "caps:caps no_limit place:mode model_on:calls model_off model_none contact:contact "
    "contact_none language:name default:line change change_label defaults defaults_label "
    "defaults_title defaults_confirm defaults_deny title admins admins_hint quiet_label "
    "quiet_these quiet_no "
    "quiet_from quiet_until quiet_wrong week_label week_hint holidays_label holidays_hint "
    "holidays_wrong daily weekly week_below_day place_label place_default:mode model model_yes "
    "model_no calls:limit calls_wrong:limit contact_label contact_hint contact_wrong "
    "language_label language_unknown admins_guests admins_unknown admins_many submit close "
    "saved not_admin",
    "home": "welcome controls state_on:caps,quiet,days days_none state_demand state_paused:until "
    "state_paused_open private private_usual thread counts reflect_on:at reflect_off no_quiet "
    "pause:span pause_label:span settings settings_label ask ask_label nudges no_nudges "
    "nudge:when,channel,question kept kept_what:span,count export export_label erase erase_label "
    "footer",
    "channel": "hello:channel try_out example example_label example_intro example_question "
    "hello_outsiders:channel hello_told:channel,mode hello_off:channel choose "
    "chosen:channel,mode not_yours notice probation:kind,share,rated again again_label again_done",
    "reflection": "title open open_unkept moments moment:when,situation,question "
    "moment_at:when,question no_moments:idea question:question plan:plan old_plan:if,then "
    "look look_label skip skip_label off off_label credit:credit learned learned_hint "
    "learned_hint_plan next next_hint if_then if_then_hint submit close kept not_kept locked "
    "preview_when preview_question preview_plan beside skipped ended offer "
    "accept accept_label accepted",
    "followup": (
        "line:question learned learned_label asked asked_label not_yet not_yet_label thanks beside"
    ),
    "team": "title name people day time channel submit close saved needs_people guests "
    "too_many_teams:count too_many_names:count not_in_channel slack_is_away asked:manager,team "
    "yes yes_label no no_label agreed declined left not_in gone manager_gone:team "
    "manage managed:manager,team "
    "manages_none manages_already end end_label end_title end_confirm ended you_ended "
    "has_ended:team "
    "hand_over offer:manager,team offered take_over take_over_label leave_it leave_it_label "
    "taken_over not_taken_over has_changed:manager,team",
    "test": "started:until stopped none not_admin not_here:reason asks:question "
    "asks_scored:question,score,threshold quiet:reason quiet_scored:reason,score,threshold "
    "only_counts",
    "digest": "title:day headline:team,theme calendar example:heard,instead exercise:exercise "
    "question:question bring figures:day row:theme,count row_trend:theme,count,trend worked:count "
    "chart chart_label band_5 band_10 band_20 band_50 more fewer same few review ending "
    "sample_team sample "
    "share share_label shared sharing not_shared not_in_channel outsiders no_channel none",
    "model": "low:calls,limit used_up:limit raise raise_here",
    "caps": "both:daily,weekly day:daily week:weekly none",
    "time": "days months day:weekday,day,month moment:weekday,day,month,clock "
    "clock:hour,hour24,minute,half halves slot:weekday,clock hours:start,end two:some,last "
    "list:some,last date:month,day date_of_year:month,day,year span_hour span_hours:count "
    "span_day span_days:count span_week span_weeks:count",
    "quiet": " ".join(Reason),
    "practice": "ready:page folder socket http:url asked bot_token app_token signing_secret "
    "admin:name then:zone day_off:day,admin night:day,admin panel:seconds "
    "waits:seconds uninstall uninstalled nobody:url by_socket "
    "by_http:url turned_away:url odd_answer:url,status other_program:url too_late "
    "lost wrong_token:name,what taken_out uninstalled_unheard",
}
"""Sections, their keys, and after a colon the $names that the program fills in."""

_COUNTED = {"days": 7, "months": 12, "halves": 2}

Sentence = Annotated[str, Field(min_length=1)]


def _section(keys: str) -> type[Shape]:
    """Return the shape of a section, from its entry in ``KEYS``."""
    shapes: dict[str, Any] = {}
    for entry in keys.split():
        key, _, names = entry.partition(":")
        rule = only_names(*names.split(","), words=_COUNTED.get(key))
        shapes[key] = Annotated[Sentence, rule]
    return create_model("Section", __base__=Shape, **shapes)


class _AnyKeys(Shape):
    """The sections that may have any keys."""

    cli: dict[str, Annotated[Sentence, only_names("name", "what", "why", "folder", "reframe")]]
    situation: dict[str, Annotated[Sentence, only_names()]]


_SECTIONS: dict[str, Any] = {name: _section(keys) for name, keys in KEYS.items()}
StringsFile = create_model("StringsFile", __base__=_AnyKeys, **_SECTIONS)
"""``strings.toml``."""
