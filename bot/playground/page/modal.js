// The one modal that Slack lets an app open for a person at a time.
import { el } from "./dom.js";
import { kit } from "./block_kit.js";

let shown = "";
let dialog = null;

/**
 * Show, change, or close the modal.
 * @param {Object|null} view - as the app opened it
 * @param {Object} context - as for `kit`, and `submit(values)`, which resolves to errors by block id; `close()`
 */
export function showModal(view, context) {
  const signature = view ? JSON.stringify(view) : "";
  if (signature === shown) return;
  shown = signature;
  const back = dialog?.isConnected ? dialog.opener : document.activeElement;
  dialog?.close();
  dialog?.remove();
  dialog = null;
  if (!view) {
    if (back?.isConnected) back.focus();
    return;
  }
  dialog = build(view, context);
  dialog.opener = back;
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input, select, textarea")?.focus(); // as in Slack; else what scrolls has the focus
}

function build(view, context) {
  const { node, fields } = kit(view.blocks, { ...context, heading: "h3", focus: "modal" });
  const submit = async (event) => {
    event.preventDefault();
    const wrong = [...fields.values()].filter((field) => !field.check());
    if (wrong.length) return;
    const values = Object.fromEntries([...fields].map(([id, field]) => [id, { [field.action]: field.read() }]));
    const errors = await context.submit(view.id, values);
    for (const [id, field] of fields) field.show(errors[id] ?? "");
  };
  const close = (event) => {
    event.preventDefault();
    context.close();
  };
  return el("dialog", { "aria-labelledby": "modal-title", on: { cancel: close } },
    el("form", { novalidate: true, on: { submit } },
      el("div", { class: "dialog-head" }, el("h2", { id: "modal-title" }, view.title.text)),
      node,
      el("div", { class: "dialog-foot" },
        el("button", { type: "button", class: "btn", on: { click: close } }, view.close?.text ?? "Close"),
        view.submit ? el("button", { type: "submit", class: "btn primary" }, view.submit.text) : null)));
}
