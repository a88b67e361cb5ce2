// What the bot did with one message, and the rows that it has stored about it now.
import { el } from "./dom.js";
import { unescape } from "./mrkdwn.js";

const TABLES = { inbox: "The message", findings: "The decision", outbox: "What the bot posts", asks: "The request" };
const TEXT = { inbox: "sealed_text", asks: "sealed_text", outbox: "sealed_content" };
const TIMES = /_(at|due|since|until|before)$|^(not_before|lease_until|sending_since)$/;

/**
 * Draw the panel.
 * @param {Element} place
 * @param {Object} message
 * @param {Object} trace - `state`, `words`, `reason`, `trap`, `score`, `rows`
 * @param {(seconds: number) => string} timeText
 */
export function drawTrace(place, message, trace, timeText) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.dataset.table));
  const first = place.querySelector("details") === null;
  place.replaceChildren(
    el("p", {}, el("q", {}, unescape(message.text ?? "").slice(0, 200))),
    el("p", { class: "said" }, trace.words),
    ...score(trace),
    el("h3", {}, trace.rows.length ? "Stored at this moment" : "Stored at this moment: nothing"),
    ...trace.rows.map((row) => rowView(row, timeText, first ? row.table === "inbox" : open.has(row.table))),
  );
}

function score(trace) {
  if (trace.score === undefined) return [];
  const words = trace.trap ? trace.trap.replace("_", " ") : "no trap";
  const value = trace.score.toFixed(2);
  const by = trace.score_by === "bot"
    ? `The bot decided by this score${trace.detector.startsWith("offline") ? "" : `, which ${trace.detector} gave`}.`
    : "The bot keeps no score of this one, so this page asked the same offline detector.";
  const from = trace.threshold === null || trace.threshold === undefined ? "" : ` It asks from ${trace.threshold.toFixed(2)}.`;
  return [
    el("p", { class: "score" }, el("span", {}, words),
      el("meter", { min: 0, max: 1, value: trace.score, "aria-label": `Score ${value}` }), el("span", {}, value)),
    el("p", { class: "note" }, by, from, trace.reason ? ` Reason: ${trace.reason}.` : ""),
  ];
}

function rowView(row, timeText, open) {
  const filled = row.columns.filter((column) => column.sealed !== undefined || ![null, ""].includes(column.value));
  const empty = row.columns.filter((column) => !filled.includes(column)).map((column) => column.name);
  const cells = filled.flatMap((column) => [el("dt", {}, column.name),
    el("dd", { class: column.sealed === undefined ? null : "sealed" }, shown(column, timeText))]);
  return el("details", { class: "rows", open, "data-table": row.table },
    el("summary", {}, `${TABLES[row.table] ?? row.table} (${row.table})`),
    row.table in TEXT ? el("p", { class: "text" }, textState(row)) : null,
    el("dl", {}, cells),
    empty.length ? el("p", { class: "none" }, `Empty: ${empty.join(", ")}`) : null);
}

function textState(row) {
  const { sealed } = row.columns.find((column) => column.name === TEXT[row.table]);
  return sealed === undefined ? "Its text: erased" : `Its text: encrypted, ${sealed} bytes`;
}

function shown(column, timeText) {
  if (column.sealed !== undefined) return `encrypted, ${column.sealed} bytes`;
  if (typeof column.value === "number" && TIMES.test(column.name)) return timeText(column.value);
  return String(column.value);
}
