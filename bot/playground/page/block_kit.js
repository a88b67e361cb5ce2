// Draws Block Kit (docs.slack.dev/reference/block-kit/blocks). A kind that it doesn't know is named.
import { el } from "./dom.js";
import { channels, inputBlock, people } from "./inputs.js";
import { confirmed, menuButton } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";

/**
 * Draw blocks.
 * @param {Array<Object>} blocks
 * @param {Object} context - `nameOf`, `people`, `channels`; `click(actionId, option, blockId)` for what is pressed;
 *   `heading`, the element of a header if it isn't h2; `focus`, a prefix that tells this surface's buttons from others'
 * @returns {{node: Element, fields: Map<string, Object>}} fields by block id
 */
export function kit(blocks, context) {
  const fields = new Map();
  const node = el("div", { class: "kit" }, blocks.map((block) => (BLOCKS[block.type] ?? unknown)(block, context, fields)));
  return { node, fields };
}

/** Return the nodes of a text object, in which only mrkdwn is markup. */
export function text(object, context) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text, context.nameOf) : [object.text];
}

function button(element, context) {
  const press = async () => {
    const ask = element.confirm;
    const words = ask && { title: ask.title.text, text: ask.text.text, confirm: ask.confirm.text, deny: ask.deny.text, style: ask.style };
    if (!words || (await confirmed(words))) context.click(element.action_id, "", context.block);
  };
  return el("button", {
    type: "button", class: `btn ${element.style ?? ""}`, "data-action": element.action_id,
    "data-focus": `${context.focus}${element.action_id}${element.value ?? ""}`, on: { click: press },
    title: element.accessibility_label,
  }, element.text.text);
}

function overflow(element, context) {
  const items = () => element.options.map((each) => ({
    label: each.text.text, choose: () => context.click(element.action_id, each.value, context.block),
  }));
  return menuButton(el("button", {
    type: "button", class: "btn more", "aria-label": "More choices", "data-action": element.action_id,
    "data-focus": `${context.focus}${element.action_id}`,
  }, "⋯"), items);
}

function dropdown(element, context) {
  return chooser(element, context, element.options.map((each) => [each.value, each.text.text]), element.initial_option?.value);
}

function chooser(element, context, all, initial) {
  const choices = all.map(([value, label]) => el("option", { value, selected: value === initial }, label));
  const blank = initial ? [] : [el("option", { value: "" }, element.placeholder?.text ?? "Choose")];
  return el("select", {
    "aria-label": element.placeholder?.text ?? "Choose", "data-action": element.action_id,
    "data-focus": `${context.focus}${context.block}${element.action_id}`,
    on: { change: (event) => event.target.value && context.click(element.action_id, event.target.value, context.block) },
  }, blank, choices);
}

const ELEMENTS = {
  button,
  overflow,
  static_select: dropdown,
  users_select: (element, context) => chooser(element, context, people(context), element.initial_user),
  conversations_select: (element, context) => chooser(element, context, channels(context), element.initial_conversation),
  channels_select: (element, context) => chooser(element, context, channels(context), element.initial_channel),
};
const interactive = (element, block, context) => // several blocks of one message may have the same buttons
  (ELEMENTS[element.type] ?? unknown)(element, { ...context, block: block.block_id ?? "" });
const unknown = (thing) => el("p", { class: "note" }, `This page can't show a ${thing.type}.`);

function section(block, context) {
  const words = block.text ? el("div", {}, text(block.text, context)) : null;
  const cells = block.fields ? el("div", { class: "fields" }, block.fields.map((each) => el("div", {}, text(each, context)))) : null;
  const beside = block.accessory ? interactive(block.accessory, block, context) : null;
  return el("div", { class: "section" }, el("div", {}, words, cells), beside);
}

function chart(block) {
  const data = block.chart.series[0].data;
  const most = Math.max(1, ...data.map((point) => point.value));
  const rows = data.map((point) => el("tr", {}, el("th", { scope: "row" }, point.label),
    el("td", {}, el("meter", { min: 0, max: most, value: point.value, "aria-label": `${point.label}: ${point.value}` }))));
  return el("table", { class: "chart" }, el("caption", {}, block.title), el("tbody", {}, rows));
}

const BLOCKS = {
  section,
  header: (block, context) => el(context.heading ?? "h2", {}, block.text.text), // below the h1 of the place
  divider: () => el("hr"),
  context: (block, context) => el("p", { class: "context" }, block.elements.flatMap((each) => text(each, context))),
  actions: (block, context) => el("div", { class: "actions" }, block.elements.map((each) => interactive(each, block, context))),
  data_visualization: chart,
  input: (block, context, fields) => {
    const field = inputBlock(block, context);
    fields.set(block.block_id, { ...field, action: block.element.action_id });
    return field.node;
  },
};
