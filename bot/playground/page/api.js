// Talks to the page's own server.

/** Carry out an action; resolves to what the server answers, with `error` if it refused. */
export async function send(as, action, details = {}) {
  try {
    const response = await fetch("do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...details, as, do: action }),
    });
    const type = response.headers.get("Content-Type") ?? "";
    return type.includes("json") ? await response.json() : { error: `The server said ${response.status}.` };
  } catch {
    return { error: "The page's server has stopped. Start it again in the terminal." };
  }
}

/** Return what the bot did with a message, or null if the message is gone. */
export async function fetchTrace(as, channel, ts) {
  try {
    const response = await fetch(`trace?${new URLSearchParams({ as, channel, ts })}`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Call `onState` with everything there is to see, now and whenever it changes; returns a stop. */
export function listen(as, onState, onGone) {
  const source = new EventSource(`events?${new URLSearchParams({ as })}`);
  source.onmessage = (event) => onState(JSON.parse(event.data));
  source.onerror = onGone;
  return () => source.close();
}
