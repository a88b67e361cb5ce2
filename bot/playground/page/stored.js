// What a row of the bot's tables holds about a message, in plain words; the row itself is a detail.
import { el } from "./dom.js";

const TEXT = { inbox: "sealed_text", asks: "sealed_text", outbox: "sealed_content" };
const TIMES = /_(at|due|since|until|before)$|^(not_before|lease_until|sending_since)$/;
const PRESSED = { helpful: "Helpful", not_this_time: "Not this time", wrong: "That's wrong", pause: "Pause" };
const SAYS = { inbox: ofMessage, findings: ofDecision, outbox: ofPost, asks: ofRequest };

/**
 * Draw a row.
 * @param {Object} row - `table`, `columns`
 * @param {(seconds: number) => string} timeText
 * @param {boolean} open - whether its details are open
 */
export function storedRow(row, timeText, open) {
  const value = (name) => row.columns.find((column) => column.name === name)?.value;
  const bytes = row.columns.find((column) => column.name === TEXT[row.table])?.sealed;
  return el("li", {},
    el("p", {}, SAYS[row.table](value, bytes, timeText)),
    el("details", { open, "data-table": `${row.table}${value("id")}` },
      el("summary", {}, "Details", el("span", { class: "hidden" }, ` of ${row.table}`)), rawRow(row, timeText)));
}

const encrypted = (bytes) => `encrypted (${bytes} bytes)`;

function ofMessage(value, bytes, timeText) {
  if (bytes !== undefined) {
    return `The message, ${encrypted(bytes)}: nobody can read it without the key. It is erased when the bot has decided.`;
  }
  const erased = value("decided_at") ? `at ${timeText(value("decided_at"))}, when the bot had decided` : "early";
  return `That there was this message: who wrote it, where and when. Its text was erased ${erased}.`;
}

function ofDecision(value, _, timeText) {
  const trap = value("trap") ? ` (${trapName(value("trap"))})` : "";
  const what = value("outcome") === "speak" ? "to ask a question" : "to stay quiet";
  const pressed = value("feedback") ? ` Below it, "${PRESSED[value("feedback")] ?? trapName(value("feedback"))}" was pressed.` : "";
  return `The decision ${what}: a kind${trap}, a score and a time (${timeText(value("created_at"))}), and no words.${pressed}`;
}

function ofPost(value, bytes, timeText) {
  if (value("state") === "sent") return `That the bot posted something, at ${timeText(value("done_at"))}. What it said isn't kept here.`;
  if (value("state") === "dropped") return "That the bot had a post ready and dropped it. What it said isn't kept.";
  return `A post of the bot on its way${bytes === undefined ? "" : `, ${encrypted(bytes)}`}. Its text goes when it is posted.`;
}

function ofRequest(value, bytes, timeText) {
  if (bytes !== undefined) return `The request, ${encrypted(bytes)}. It is erased when it is answered.`;
  return `That somebody asked the bot something, at ${timeText(value("created_at"))}. No word of it is left.`;
}

/** Return the name of a trap as people write it. */
export function trapName(id) {
  return id.replaceAll("_", "-").replace("labelling", "labeling");
}

/** Return how sure the bot is, as people say it: never 0% and never 100%. */
export function percent(score) {
  return score < 0.005 ? "less than 1%" : score >= 0.995 ? "more than 99%" : `${Math.round(score * 100)}%`;
}

function rawRow(row, timeText) {
  const isFilled = (column) => column.sealed !== undefined || ![null, ""].includes(column.value);
  const empty = row.columns.filter((column) => !isFilled(column)).map((column) => column.name);
  const cells = row.columns.filter(isFilled).flatMap((column) => [el("dt", {}, column.name),
    el("dd", { class: column.sealed === undefined ? null : "sealed" }, shown(column, timeText))]);
  return [
    el("p", {}, `The row in the table ${row.table}:`),
    el("dl", {}, cells),
    empty.length ? el("p", { class: "none" }, `Empty: ${empty.join(", ")}`) : null,
  ];
}

function shown(column, timeText) {
  if (column.sealed !== undefined) return encrypted(column.sealed);
  if (typeof column.value === "number" && TIMES.test(column.name)) return timeText(column.value);
  return String(column.value);
}
