// The messages of one channel, replies below what they reply to.
import { kit } from "./block_kit.js";
import { el, reconcile } from "./dom.js";
import { menuButton } from "./menu.js";
import { mrkdwn, unescape } from "./mrkdwn.js";
import { percent, trapName } from "./stored.js";

const LEAVES = "channel_leave"; // the notice of Slack that somebody was removed
const CHIPS = { coached: "Asked a question", waiting: "Reading", quiet: "Kept quiet", request: "A request", wish: "A wish", gone: "Nothing stored" };

/**
 * Draw a channel's messages.
 * @param {HTMLOListElement} list
 * @param {Object} channel
 * @param {Object} context - `viewer`, `bot`, `nameOf`, `hasTraces`, `clockText(ts)`, `selected`, `editing`, `replying`, and
 *   what a person can do: `click`, `shortcut`, `edit`, `remove`, `reply`, `select`, `startEdit`, `startReply`
 */
export function drawMessages(list, channel, context) {
  const there = new Set(channel.messages.map((message) => message.ts));
  const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts && there.has(message.thread_ts);
  const roots = channel.messages.filter((message) => !isReply(message));
  reconcile(list, roots.map((root) => {
    const replies = channel.messages.filter((message) => isReply(message) && message.thread_ts === root.ts);
    const about = { chosen: context.selected, editing: context.editing, replying: context.replying === root.ts };
    const mine = [root, ...replies].map((message) => [
      message, about.chosen === message.ts, about.editing === message.ts,
    ]);
    return {
      key: keyOf(root),
      signature: JSON.stringify([mine, about.replying, context.viewer]),
      build: () => thread(root, replies, channel, context),
    };
  }));
}

const keyOf = (message) => `${message.ts}${message.ephemeral ? "e" : ""}`;

function thread(root, replies, channel, context) {
  const below = replies.map((reply) => el("li", {}, one(reply, channel, context, root)));
  if (context.replying === root.ts) below.push(el("li", {}, replyForm(root, context)));
  const list = below.length ? el("ol", { class: "replies", "aria-label": "Replies" }, below) : null;
  return el("li", {}, one(root, channel, context, root), list);
}

function one(message, channel, context, root) {
  const isBot = Boolean(message.bot_id || message.ephemeral);
  const name = isBot ? "Reframe" : context.nameOf(message.user);
  const classes = `msg${message.ephemeral ? " private" : ""}${context.selected === message.ts ? " chosen" : ""}`;
  const deleted = message.subtype === "tombstone";
  const hasFoot = !deleted && message.subtype !== LEAVES && context.editing !== message.ts;
  return el("article", { class: classes, "data-ts": message.ts, "aria-label": `${name}, ${context.clockText(message.ts)}` },
    el("div", { class: `avatar${isBot ? " bot" : ""}`, "aria-hidden": "true" }, deleted ? "–" : name.slice(0, 1)),
    el("div", {},
      message.ephemeral ? el("p", { class: "note" }, "Only visible to you") : null,
      el("div", { class: "who" },
        el("strong", {}, deleted ? "Slackbot" : name), isBot ? el("span", { class: "tag" }, "App") : null,
        el("time", {}, context.clockText(message.ts)),
        message.edited ? el("span", { class: "note" }, "(edited)") : null),
      context.editing === message.ts ? editForm(message, context) : body(message, context, deleted),
      message.trace?.state === "settling" ? el("p", { class: "note" }, message.trace.words) : null,
      hasFoot ? foot(message, channel, context, root, isBot) : null));
}

function body(message, context, deleted) {
  if (deleted) return el("p", { class: "note" }, "This message was deleted.");
  const files = (message.files ?? []).map((file) =>
    el("p", {}, el("a", { href: `file/${file.id}`, download: file.name }, file.name)));
  if (!message.blocks) return el("div", { class: "body" }, mrkdwn(message.text ?? "", context.nameOf), files);
  const click = (action, option, block) => context.click(message, action, option, block);
  return el("div", { class: "body" }, kit(message.blocks, { ...context, click, focus: keyOf(message) }).node, files);
}

function foot(message, channel, context, root, isBot) {
  const parts = [];
  if (!isBot && context.hasTraces) parts.push(chip(message, context));
  if (!message.ephemeral && !channel.is_im) {
    parts.push(el("button", {
      type: "button", "data-focus": `reply${message.ts}`, on: { click: () => context.startReply(root.ts) },
    }, "Reply"));
  }
  if (!message.ephemeral) {
    parts.push(menuButton(el("button", {
      type: "button", "aria-label": "Message menu", "data-focus": `menu${message.ts}`,
    }, "⋯"), () => choices(message, context, isBot)));
  }
  if (isBot && !message.ephemeral && context.hasTraces) {
    parts.push(el("button", {
      type: "button", "aria-pressed": context.selected === message.ts, "data-focus": `chip${message.ts}`,
      on: { click: () => context.select(message.ts) },
    }, "What is stored"));
  }
  return parts.length ? el("div", { class: "foot" }, parts) : null;
}

function chip(message, context) {
  const { state, trap, score, is_edited: isEdited } = message.trace;
  const hasFigure = state === "coached" && score !== undefined && !isEdited;
  const figure = hasFigure ? ` · ${trapName(trap)}, ${percent(score)} sure` : isEdited ? ", before the edit" : "";
  return el("button", {
    type: "button", class: `chip ${state}`, "aria-pressed": context.selected === message.ts ? "true" : "false",
    "data-focus": `chip${message.ts}`, on: { click: () => context.select(message.ts) },
  }, `${CHIPS[state] ?? "Why?"}${figure}`);
}

function choices(message, context, isBot) {
  const own = !isBot && message.user === context.viewer;
  const all = [{ label: "Reframe this", choose: () => context.shortcut(message) }];
  if (own) {
    all.push({ label: "Edit", choose: () => context.startEdit(message.ts) });
    all.push({ label: "Delete", choose: () => context.remove(message) });
  }
  return all;
}

function editForm(message, context) {
  const field = el("textarea", { rows: 2, maxlength: 4000, "aria-label": "Edited message", "data-focus": "edit" });
  field.value = unescape(message.text ?? "");
  return inline(field, "Save", (text) => context.edit(message, text), () => context.startEdit(null));
}

function replyForm(root, context) {
  const field = el("textarea", {
    rows: 1, maxlength: 4000, "aria-label": "Reply", placeholder: "Reply in the thread", "data-focus": "reply",
  });
  return inline(field, "Reply", (text) => context.reply(root, text), () => context.startReply(null));
}

function inline(field, label, save, cancel) {
  const submit = (event) => {
    event.preventDefault();
    if (field.value.trim()) save(field.value);
  };
  const form = el("form", { class: "reply", on: { submit } }, field,
    el("button", { type: "submit", class: "btn primary" }, label),
    el("button", { type: "button", class: "btn", on: { click: cancel } }, "Cancel"));
  onEnter(field, () => form.requestSubmit());
  field.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
  queueMicrotask(() => field.focus());
  return form;
}

/** Send on Enter; a new line with Shift, as in Slack. */
export function onEnter(field, send) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
  });
}
