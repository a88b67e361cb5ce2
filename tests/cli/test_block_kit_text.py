"""Messages, modals and Home tabs rendered as text."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cli import block_kit_text

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text}


def button(text: str) -> Json:
    return {"type": "button", "text": plain(text)}


def input_block(label: str, **element: Any) -> Json:
    return {"type": "input", "label": plain(label), "element": element}


NUDGE: Json = {
    "bot_id": "B1",
    "text": "never rendered along with blocks",
    "blocks": [
        {"type": "section", "text": plain("You wrote that they &lt;never&gt; answer. Who could?")},
        {
            "type": "actions",
            "elements": [
                button("Helpful"),
                button("Not this time"),
                {"type": "overflow", "options": [option("That's wrong"), option("Why this?")]},
            ],
        },
        {"type": "context", "elements": [mrkdwn("*Ours* &amp; _yours_, <https://x.test|more>")]},
    ],
}


def test_nudge_shows_buttons_and_overflow_options() -> None:
    """Entities are decoded in mrkdwn only; the overflow's options are listed below its row."""
    assert block_kit_text.render_message(NUDGE).splitlines() == [
        "Reframe",
        "  You wrote that they &lt;never&gt; answer. Who could?",
        "  [Helpful]  [Not this time]  [...]",
        "  ... : That's wrong | Why this?",
        "  *Ours* & _yours_, more",
    ]


def test_thread_indents_replies_and_names_users() -> None:
    """Authors and mentions are shown by name, and a nested entity is decoded once."""
    root = {"user": "U1", "text": "Ask <@U2>: 1 &lt; 2, &amp;lt;"}
    rendered = block_kit_text.render_thread(
        root, [{"user": "U9", "text": "on\n\nit"}, NUDGE], {"U1": "Ana"}
    )
    assert rendered.splitlines()[:8] == [
        "Ana",
        "  Ask @U2: 1 < 2, &lt;",
        "",
        "    U9",
        "      on",
        "",
        "      it",
        "",
    ]
    assert rendered.splitlines()[8] == "    Reframe"
    assert "Ask @Bo:" in block_kit_text.render_thread(root, [], {"U2": "Bo"})


def test_modal_shows_each_field_with_its_value() -> None:
    """A field shows its initial value or else its placeholder, and the buttons come last."""
    inputs = [
        input_block(
            "Note", type="plain_text_input", multiline=True, placeholder=plain("What for?")
        ),
        input_block("Name", type="plain_text_input", initial_value="Ana", placeholder=plain("no")),
        input_block("At", type="timepicker", initial_time="09:00"),
        input_block("Tone", type="static_select", placeholder=plain("Pick one")),
        input_block("Who", type="multi_users_select", initial_users=["U1", "U2"]),
        input_block(
            "Days",
            type="checkboxes",
            options=[option("Mon"), option("Tue")],
            initial_options=[option("Tue")],
        ),
        input_block(
            "How",
            type="radio_buttons",
            options=[option("Soft"), option("Hard")],
            initial_option=option("Soft"),
        ),
    ]
    rendered = block_kit_text.render_view(
        {"type": "modal", "title": plain("Settings"), "blocks": inputs}
    )
    lines = rendered.splitlines()
    assert {len(line) for line in lines} == {block_kit_text.WIDTH}
    assert lines[0].startswith("┌─ Settings ─")
    inside = [line[2:-2].rstrip() for line in lines[1:-1]]
    note = inside.index("Note")
    assert [line.strip("│ ") for line in inside[note + 2 : note + 5]] == ["What for?", "", ""]
    assert [line.strip("│ ") for line in inside if "Ana" in line or "no" in line] == ["Ana"]
    for shown in ("[09:00 v]", "[Pick one v]", "[U1, U2 v]", "[ ] Mon", "[x] Tue"):
        assert shown in inside
    assert inside[-4:] == ["(x) Soft", "( ) Hard", "", "[Submit]  [Close]"]


def test_home_tab_has_no_submit_line() -> None:
    """A Home tab has accessories on the right, fields in two columns, and no buttons below."""
    blocks = [
        {"type": "header", "text": plain("Your week")},
        {"type": "section", "text": mrkdwn("word " * 30), "accessory": button("Pause")},
        {"type": "divider"},
        {
            "type": "section",
            "fields": [mrkdwn("*Nudges*\n3"), mrkdwn("*Helpful*\n2"), mrkdwn("odd")],
        },
        {"type": "image", "alt_text": "A chart", "image_url": "https://x.test/a.png"},
    ]
    lines = block_kit_text.render_view({"type": "home", "blocks": blocks}).splitlines()
    assert {len(line) for line in lines} == {block_kit_text.WIDTH}
    inside = [line[2:-2].rstrip() for line in lines[1:-1]]
    assert inside[:2] == ["Your week", "========="]
    assert inside[3].startswith("word word")
    assert inside[3].endswith("  [Pause]")
    assert "".join(inside).count("word") == 30
    assert inside[-1] == "(A chart)"
    assert [line.split() for line in inside[-5:-2]] == [
        ["*Nudges*", "*Helpful*"],
        ["3", "2"],
        ["odd"],
    ]


def test_lines_break_between_labels_and_fit_the_width() -> None:
    """A row breaks only between buttons, and indented replies still fit the width."""
    row = {"type": "actions", "elements": [button(f"Label number {n}") for n in range(9)]}
    long = {"user": "U1", "blocks": [row, {"type": "section", "text": plain("x" * 200)}]}
    rendered = block_kit_text.render_thread(long, [long], {})
    assert max(map(len, rendered.splitlines())) == block_kit_text.WIDTH
    assert all(rendered.count(f"[Label number {n}]") == 2 for n in range(9))


def test_unknown_types_are_shown_by_name() -> None:
    """Unknown blocks and elements, and blocks without content, are rendered without an error."""
    known = ("section", "header", "context", "actions", "input", "image", "divider")
    bare = [{"type": kind} for kind in known]
    new = [{"type": "hologram"}, {"type": "actions", "elements": [{"type": "lever"}]}, {}]
    assert (
        block_kit_text.render_message({"blocks": new}) == "Reframe\n  <hologram>\n  <lever>\n  <?>"
    )
    assert block_kit_text.render_view({"type": "modal", "blocks": bare}).startswith("┌──")
    assert block_kit_text.render_view({"type": "home"}).startswith("┌─ Home ─")


@pytest.mark.parametrize("sign", [">", "&gt;"])
def test_a_quotation_has_a_bar(sign: str) -> None:
    text = f"*Ask:* Say it.\n{sign} “Which one &lt;or none&gt;?”\nThen wait."
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]

    lines = block_kit_text.render_message({"text": "", "blocks": blocks}).splitlines()

    assert lines[1:] == ["  *Ask:* Say it.", "  │ “Which one <or none>?”", "  Then wait."]
