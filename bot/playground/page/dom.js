// Builds elements. Text always becomes a text node, so nothing that anybody writes is markup.

/**
 * Create an element.
 * @param {string} tag
 * @param {Object} props - attributes; "on" holds listeners by event name. null and false are left out.
 * @param {...(Node|string|null)} children
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Bring a list up to date, keeping each item that has not changed, and with it focus and open menus.
 * @param {Element} list
 * @param {Array<{key: string, signature: string, build: () => Element}>} items
 */
export function reconcile(list, items) {
  const there = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const focusKey = list.contains(document.activeElement) ? document.activeElement.dataset.focus : "";
  items.forEach((item, index) => {
    let node = there.get(item.key);
    if (!node || node.dataset.signature !== item.signature) {
      const fresh = item.build();
      fresh.dataset.key = item.key;
      fresh.dataset.signature = item.signature;
      if (node) node.replaceWith(fresh);
      node = fresh;
    }
    there.delete(item.key);
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  for (const old of there.values()) old.remove();
  if (focusKey && !list.contains(document.activeElement)) {
    list.querySelector(`[data-focus="${CSS.escape(focusKey)}"]`)?.focus();
  }
}
