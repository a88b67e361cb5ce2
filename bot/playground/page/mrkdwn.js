// Turns Slack's mrkdwn into nodes (docs.slack.dev/messaging/formatting-message-text).
import { el } from "./dom.js";

const TOKEN = /<([^<>|]+)(?:\|([^<>]*))?>|`([^`\n]+)`|\*([^*\n]+)\*|\b_([^_\n]+)_\b|~([^~\n]+)~/;

/** Return what was typed: Slack escapes only these three characters. */
export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/**
 * Return the nodes of a text.
 * @param {string} text
 * @param {(id: string) => string} nameOf - the name of a user or a channel
 */
export function mrkdwn(text, nameOf) {
  return text.split("\n").flatMap((line, index) => {
    const quote = /^(?:>|&gt;) ?/.exec(line);
    const nodes = inline(quote ? line.slice(quote[0].length) : line, nameOf);
    if (quote) return [el("blockquote", {}, nodes)];
    return index ? [el("br"), ...nodes] : nodes;
  });
}

function inline(text, nameOf) {
  const found = TOKEN.exec(text);
  if (!found) return text ? [unescape(text)] : [];
  const [all, target, label, code, bold, italic, struck] = found;
  let node;
  if (target !== undefined) node = reference(target, label, nameOf);
  else if (code !== undefined) node = el("code", {}, unescape(code));
  else if (bold !== undefined) node = el("strong", {}, inline(bold, nameOf));
  else if (italic !== undefined) node = el("em", {}, inline(italic, nameOf));
  else node = el("s", {}, inline(struck, nameOf));
  const before = text.slice(0, found.index);
  return [...(before ? [unescape(before)] : []), node, ...inline(text.slice(found.index + all.length), nameOf)];
}

function reference(target, label, nameOf) {
  if (target.startsWith("@")) return el("strong", {}, `@${nameOf(target.slice(1))}`);
  if (target.startsWith("#")) return el("strong", {}, `#${nameOf(target.slice(1))}`);
  return document.createTextNode(unescape(label ?? target)); // no link leads out of this page
}
