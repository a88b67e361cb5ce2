// The fields of a form (docs.slack.dev/reference/block-kit/block-elements), and reading them.
import { el } from "./dom.js";

/**
 * Build an input block.
 * @returns {{node: Element, read: () => Object, show: (error: string) => void, check: () => boolean}} `read`
 *   gives the value as Slack sends it in `view.state`; `check` complains about what can't be sent
 */
export function inputBlock(block, context) {
  const { element } = block;
  const id = `f-${block.block_id}`;
  const required = !block.optional;
  const make = MAKERS[element.type] ?? unknown;
  const { nodes, read, isGroup } = make(element, { id, required, context });
  const label = block.label.text + (block.optional ? " (optional)" : "");
  const error = el("p", { class: "error", id: `${id}-error`, role: "alert" });
  const hint = block.hint ? el("p", { class: "note", id: `${id}-hint` }, block.hint.text) : null;
  const head = isGroup ? el("legend", {}, label) : el("label", { for: id }, label);
  const node = el(isGroup ? "fieldset" : "div", { class: "field" }, head, nodes, hint, error);
  const field = node.querySelector("input, select, textarea");
  field?.setAttribute("aria-describedby", `${id}-error${hint ? ` ${id}-hint` : ""}`);
  const show = (text) => {
    error.textContent = text;
    field?.toggleAttribute("aria-invalid", Boolean(text));
    if (text) field?.focus();
  };
  const check = () => { // as Slack does: the complaint stands below the field, and stays
    const odd = node.querySelector("input:invalid, select:invalid, textarea:invalid");
    show(!odd ? "" : odd.validity.valueMissing ? "Please complete this required field." : odd.validationMessage);
    return !odd;
  };
  return { node, read, show, check };
}

const option = (value, label, selected) => el("option", { value, selected }, label);

function select(choices, initial, { id, required }, placeholder) {
  const blank = initial ? [] : [option("", placeholder || "Choose", true)];
  return el("select", { id, required }, blank, choices.map(([value, label]) => option(value, label, value === initial)));
}

/** Return whom a picker of people offers: ids with what to show. */
export function people(context) {
  return context.people.map((person) => [person.id, `${person.name}, ${person.role.toLowerCase()}`]);
}

function textInput(element, { id, required }) {
  const field = el(element.multiline ? "textarea" : "input", {
    id, required, maxlength: element.max_length, minlength: element.min_length,
    placeholder: element.placeholder?.text, rows: element.multiline ? 3 : null,
    type: element.multiline ? null : "text", autofocus: element.focus_on_load,
  });
  field.value = element.initial_value ?? "";
  return { nodes: [field], read: () => ({ type: element.type, value: field.value || null }) };
}

function staticSelect(element, about) {
  const choices = element.options.map((each) => [each.value, each.text.text]);
  const field = select(choices, element.initial_option?.value, about, element.placeholder?.text);
  const chosen = () => element.options.find((each) => each.value === field.value) ?? null;
  return { nodes: [field], read: () => ({ type: element.type, selected_option: chosen() }) };
}

function pick(key, choicesOf, initialKey) {
  return (element, about) => {
    const field = select(choicesOf(about.context), element[initialKey], about, element.placeholder?.text);
    return { nodes: [field], read: () => ({ type: element.type, [key]: field.value || null }) };
  };
}

function time(element, { id, required }) {
  const field = el("input", { id, required, type: "time", step: 300 });
  field.value = element.initial_time ?? "";
  return { nodes: [field], read: () => ({ type: element.type, selected_time: field.value || null }) };
}

function boxes(kind, element, choices, initial, { id }) {
  const fields = choices.map(([value, label]) => {
    const box = el("input", { type: kind, name: id, value });
    box.checked = initial.includes(value);
    return { box, node: el("label", { class: "choice" }, box, label) };
  });
  const values = () => fields.filter((each) => each.box.checked).map((each) => each.box.value);
  return { nodes: fields.map((each) => each.node), values, isGroup: true };
}

function manyUsers(element, about) {
  const made = boxes("checkbox", element, people(about.context), element.initial_users ?? [], about);
  return { ...made, read: () => ({ type: element.type, selected_users: made.values() }) };
}

function options(kind, read) {
  return (element, about) => {
    const choices = element.options.map((each) => [each.value, each.text.text]);
    const chosen = [...(element.initial_options ?? []), element.initial_option].filter(Boolean);
    const made = boxes(kind, element, choices, chosen.map((each) => each.value), about);
    const picked = () => element.options.filter((each) => made.values().includes(each.value));
    return { ...made, read: () => ({ type: element.type, ...read(picked()) }) };
  };
}

function unknown(element) {
  return { nodes: [el("p", {}, `This page can't show a ${element.type}.`)], read: () => ({ type: element.type }) };
}

/** Return what a picker of channels offers. */
export const channels = (context) => context.channels.filter((each) => !each.is_im).map((each) => [each.id, `#${each.name}`]);

const MAKERS = {
  plain_text_input: textInput,
  static_select: staticSelect,
  timepicker: time,
  users_select: pick("selected_user", people, "initial_user"),
  conversations_select: pick("selected_conversation", channels, "initial_conversation"),
  channels_select: pick("selected_channel", channels, "initial_channel"),
  multi_users_select: manyUsers,
  checkboxes: options("checkbox", (picked) => ({ selected_options: picked })),
  radio_buttons: options("radio", (picked) => ({ selected_option: picked[0] ?? null })),
};
