// What the bot did with one message, and what it has stored about it now.
import { el } from "./dom.js";
import { unescape } from "./mrkdwn.js";
import { percent, storedRow, trapName } from "./stored.js";

/**
 * Draw the panel.
 * @param {Element} place
 * @param {Object} message
 * @param {Object} trace - `state`, `words`, `reason`, `trap`, `score`, `score_words`, `rows`
 * @param {string} author - the name of who wrote the message; empty if it is the viewer
 * @param {(seconds: number) => string} timeText
 */
export function drawTrace(place, message, trace, author, timeText) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.dataset.table));
  const isToAnother = trace.reason && author; // a reason is told to the author alone, as "you"
  place.replaceChildren(
    el("p", {}, el("q", {}, unescape(message.text ?? "").slice(0, 200))),
    el("p", { class: "said" }, isToAnother ? `The bot kept quiet. It would tell ${author}: ${trace.words}` : trace.words),
    ...score(trace),
    el("h3", {}, trace.rows.length ? "Stored at this moment" : "Stored at this moment: nothing"),
    el("ul", { class: "rows" }, trace.rows.map((row) => storedRow(row, timeText, open.has(keyOf(row))))),
  );
}

const keyOf = (row) => `${row.table}${row.columns.find((column) => column.name === "id").value}`;

function score(trace) {
  if (trace.score === undefined) return [];
  const like = trace.state === "coached" ? "" : "most like ";
  const value = percent(trace.score);
  return [
    el("p", { class: "score" }, el("span", {}, trace.trap ? like + trapName(trace.trap) : "score"),
      el("meter", { min: 0, max: 1, value: trace.score, "aria-label": `Score ${value}` }), el("span", {}, value)),
    el("p", { class: "note" }, trace.score_words),
  ];
}
