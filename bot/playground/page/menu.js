// Menus and confirmations, for the mouse and for the keyboard (w3.org/WAI/ARIA/apg/patterns/menu-button).
import { el } from "./dom.js";

let closeOpen = () => {};

/**
 * Make a button open a menu.
 * @param {HTMLButtonElement} button
 * @param {() => Array<{label: string, choose: () => void}>} items
 */
export function menuButton(button, items) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    closeOpen();
    if (!isOpen) open(button, items());
  });
  return button;
}

function open(button, items) {
  const close = (focus) => {
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    closeOpen = () => {};
    if (focus) button.focus();
  };
  const outside = (event) => {
    if (!menu.contains(event.target) && !button.contains(event.target)) close(false);
  };
  const buttons = items.map((item) =>
    el("button", { type: "button", role: "menuitem", tabindex: "-1", on: { click: () => { close(true); item.choose(); } } }, item.label),
  );
  const move = (step) => {
    const at = buttons.indexOf(document.activeElement);
    buttons[(at + step + buttons.length) % buttons.length].focus();
  };
  const keys = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), Home: () => buttons[0].focus(),
    End: () => buttons.at(-1).focus(), Escape: () => close(true), Tab: () => close(true),
  };
  const label = button.getAttribute("aria-label") ?? button.textContent;
  const menu = el("div", {
    class: "menu", role: "menu", "aria-label": label,
    on: { keydown: (event) => { if (keys[event.key]) { event.preventDefault(); keys[event.key](); } } },
  }, buttons);
  (button.closest("dialog") ?? document.body).append(menu);
  button.setAttribute("aria-expanded", "true");
  place(menu, button);
  document.addEventListener("pointerdown", outside, true);
  closeOpen = () => close(false);
  buttons[0]?.focus();
}

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + 4 + size.height <= innerHeight;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - size.height - 4)}px`;
}

/** Ask once more; resolves to whether the answer was yes. */
export function confirmed(question) {
  return new Promise((resolve) => {
    const answer = (yes) => () => { dialog.close(); dialog.remove(); resolve(yes); };
    const dialog = el("dialog", { "aria-labelledby": "confirm-title", on: { cancel: answer(false) } },
      el("div", { class: "dialog-head" }, el("h2", { id: "confirm-title" }, question.title)),
      el("div", { class: "kit" }, el("p", {}, question.text)),
      el("div", { class: "dialog-foot" },
        el("button", { type: "button", class: "btn", on: { click: answer(false) } }, question.deny),
        el("button", { type: "button", class: `btn ${question.style ?? "primary"}`, on: { click: answer(true) } }, question.confirm)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
