// The page: one visitor, who is one person at a time in one place at a time.
import { fetchTrace, listen, send } from "./api.js";
import { kit } from "./block_kit.js";
import { el, reconcile } from "./dom.js";
import { confirmed, menuButton } from "./menu.js";
import { drawMessages, onEnter } from "./messages.js";
import { showModal } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";
import { drawTrace } from "./panel.js";
import { startTheme } from "./theme.js";

const $ = (id) => document.getElementById(id);
const UNINSTALL = {
  title: "Uninstall the app?", text: "Your bot erases everything that it has stored about this workspace.",
  confirm: "Uninstall", deny: "Keep it", style: "danger",
};
const PHASES = {
  starting: "The bot is starting, and the team is opting in to weekly messages. You can look around already.",
  working: "One moment: the bot restarts, or the clock moves.",
  failed: "The bot could not start. The terminal says why.",
};
const JUMPS = {
  hour: "One hour later", night: "10:30 PM, in quiet hours", morning: "Next workday, 10:00 AM",
  friday: "Friday, 3:00 PM: weekly reflections", monday: "Monday, 9:00 AM: team digest",
};
const COMMANDS = { "/reframe": "command", "/invite": "invite", "/remove": "remove", "/kick": "remove" };
const LEGENDS = { day_off: "gets a question on a workday", night: "gets a question outside quiet hours, which it is now" };
const HOME = "home";

let snap = null;
let stop = () => {};
let drawnTrace = "";
const seen = new Map(); // how many messages of a channel the person has seen, by person and channel
const at = { as: "", place: "", selected: "", editing: null, replying: null };

const channelNow = () => snap.channels.find((channel) => channel.id === at.place);
const personName = (id) => snap.people.find((person) => person.id === id)?.name;
const nameOf = (id) => personName(id) ?? snap.channels.find((channel) => channel.id === id)?.name ?? (id === snap.bot ? "Reframe" : id);
const CLOCK = { hour: "numeric", minute: "2-digit" };
const format = (options) => (seconds) => new Intl.DateTimeFormat("en-US", { timeZone: snap.clock.zone, ...options })
  .format(seconds * 1000).replace(/\s/g, " "); // before AM stands a narrow space
const day = format({ weekday: "long", ...CLOCK });
const moment = format({ weekday: "long", month: "long", day: "numeric", ...CLOCK, second: "2-digit" });

async function act(action, details) {
  $("problem").textContent = "";
  const answer = await send(at.as, action, details);
  if (answer.error) $("problem").textContent = answer.error;
  return answer;
}

function context() {
  return { viewer: at.as, bot: snap.bot, hasTraces: !snap.own_bot, people: snap.people, channels: snap.channels, nameOf };
}

function messageContext(channel) {
  const here = { channel: channel.id };
  return {
    ...context(), ...at, clockText: (ts) => day(Number(ts)),
    click: (message, action, option, block) => act("click", { ...here, ts: message.ts, ephemeral: Boolean(message.ephemeral), action, option, block }),
    shortcut: (message) => act("shortcut", { ...here, ts: message.ts }),
    remove: (message) => act("delete", { ...here, ts: message.ts }),
    edit: async (message, text) => { await act("edit", { ...here, ts: message.ts, text }); change({ editing: null }); },
    reply: async (root, text) => {
      const answer = await act("post", { ...here, thread_ts: root.ts, text });
      change({ replying: null, selected: answer.ts ?? at.selected });
    },
    select: (ts) => change({ selected: ts }),
    startEdit: (ts) => change({ editing: ts }),
    startReply: (ts) => change({ replying: ts }),
  };
}

function viewContext(view) {
  return {
    ...context(),
    click: (action, option, block) => act("click_view", { view: view.id, action, option, block }),
    submit: async (id, values) => (await act("submit", { view: id, values })).errors ?? {},
    close: () => act("close"),
  };
}

function change(what) {
  Object.assign(at, what);
  draw();
}

function draw() {
  if (!snap) return;
  drawBar();
  drawSide();
  drawSamples();
  drawPlace();
  drawPanel();
  showModal(snap.modal, snap.modal ? viewContext(snap.modal) : null);
}

function drawBar() {
  const status = snap.own_bot?.connection.words ?? PHASES[snap.phase] ?? "";
  $("status").dataset.state = snap.own_bot?.connection.state ?? "waiting";
  $("status").hidden = !status;
  if ($("status").textContent !== status) $("status").textContent = status; // it is read aloud
  for (const id of ["jump", "detector-choice", "caps-section", "places-section"]) $(id).hidden = Boolean(snap.own_bot);
  $("uninstall-section").hidden = !snap.own_bot;
  if (snap.own_bot) {
    drawParagraphs($("uninstall-text"), snap.own_bot.uninstall);
    $("uninstall").textContent = snap.own_bot.installed ? "Uninstall the app" : "Install it again";
    $("uninstall").classList.toggle("danger", snap.own_bot.installed);
  }
  const busy = snap.phase !== "ready";
  for (const id of ["jump", "caps"]) $(id).disabled = busy;
  $("detector").disabled = busy || !snap.detector.model;
  $("detector").value = snap.detector.now;
  $("detector").title = snap.detector.why_not;
  $("detector-why").textContent = snap.detector.why_not;
  if (snap.detector.model) $("detector").options[1].textContent = `Model: ${snap.detector.model}`;
  $("legend").textContent = snap.caps_lifted ? "gets a question" : "gets a question, once a day";
  $("rest").hidden = !snap.rest || Boolean(snap.own_bot); // the panel says it there
  if ($("rest-text").textContent !== snap.rest) $("rest-text").textContent = snap.rest; // it is read aloud
  $("to-work").disabled = busy;
  if (snap.rest) $("legend").textContent = LEGENDS[snap.rest_kind];
  $("caps").textContent = snap.caps_lifted ? "Put the limits back" : "Lift the limits here";
  $("caps-text").textContent = snap.caps_lifted
    ? "Lifted: every message that shows a trap gets a question. A real bot never does this."
    : "As shipped: one question per seller per day, two per week. After the first question the bot keeps quiet.";
}

function drawSide() {
  reconcile($("person"), snap.people.filter((person) => person.played).map((person) => ({
    key: person.id, signature: person.name,
    build: () => el("option", { value: person.id }, `${person.name}, ${person.new ? "new " : ""}${person.role.toLowerCase()}`),
  })));
  $("person").value = at.as;
  const rooms = snap.channels.filter((channel) => !channel.is_im);
  const direct = snap.channels.find((channel) => channel.is_im);
  reconcile($("channels"), rooms.map((channel) => placeItem(channel.id, `# ${channel.name}`, unseen(channel))));
  reconcile($("apps"), [placeItem(direct.id, "Reframe", unseen(direct)), placeItem(HOME, "Reframe: Home", 0)]);
}

function placeItem(id, label, count) {
  const here = at.place === id;
  return {
    key: id, signature: `${label}${here}${count}`,
    build: () => el("li", {}, el("button", {
      type: "button", "data-focus": id, "aria-current": here ? "page" : null, on: { click: () => go(id) },
    }, el("span", {}, label), count ? el("span", { class: "new" }, `${count}`, el("span", { class: "hidden" }, " new")) : null)),
  };
}

function unseen(channel) {
  const key = `${at.as}${channel.id}`;
  if (at.place === channel.id || !seen.has(key)) seen.set(key, channel.messages.length);
  return Math.max(0, channel.messages.length - seen.get(key));
}

function go(place) {
  if (place === HOME) act("home");
  change({ place, editing: null, replying: null, selected: "" });
}

function drawPlace() {
  const isHome = at.place === HOME;
  const channel = channelNow();
  $("place").textContent = isHome ? "Reframe: Home" : channel.is_im ? "Reframe" : `# ${channel.name}`;
  $("topic").textContent = isHome ? "What the bot is set to, and what it keeps about you" : channel.is_im ? "A direct message: only you and the bot see it" : topicOf(channel);
  $("log").hidden = isHome;
  $("home").hidden = !isHome;
  $("bottom").hidden = isHome;
  $("samples-section").hidden = isHome || channel.is_im; // a direct message is a request: each gets an answer
  if (isHome) drawHome();
  else drawLog(channel);
}

/** Let the next drawing show the end of the log, wherever somebody has scrolled to. */
function showEnd() {
  $("scroll").dataset.place = "";
}

function topicOf(channel) {
  if (snap.own_bot?.installed === false) return `${channel.topic}. Reframe is uninstalled.`;
  const isMissing = !channel.has_bot && snap.phase === "ready";
  return isMissing ? `${channel.topic}. Reframe isn't in this channel. To add it: /invite @Reframe` : channel.topic;
}

function drawHome() {
  const view = snap.home;
  const items = view ? [{
    key: "home", signature: JSON.stringify(view),
    build: () => kit(view.blocks, { ...viewContext(view), focus: "home" }).node,
  }] : [];
  reconcile($("home"), items);
}

function drawLog(channel) {
  const box = $("scroll");
  const pageScrolls = getComputedStyle(box).overflowY === "visible"; // on a narrow screen
  const last = () => [...$("log").querySelectorAll("article")].at(-1);
  const below = pageScrolls
    ? (last()?.getBoundingClientRect().bottom ?? 0) - $("bottom").getBoundingClientRect().top
    : box.scrollHeight - box.scrollTop - box.clientHeight;
  drawMessages($("log"), channel, messageContext(channel));
  if (below < 80 || box.dataset.place !== channel.id) {
    if (pageScrolls) last()?.scrollIntoView({ block: "nearest" });
    else box.scrollTop = box.scrollHeight;
  }
  box.dataset.place = channel.id;
}

/** Draw a text whose lines are paragraphs, unless it stands there already. */
function drawParagraphs(place, text) {
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(...text.split("\n").map((line) => el("p", {}, line)));
}

async function drawPanel() {
  if (snap.own_bot) {
    drawParagraphs($("trace"), snap.own_bot.panel);
    return;
  }
  const channel = channelNow();
  const people = channel?.messages.filter((message) => !message.bot_id && !message.ephemeral && message.user === at.as) ?? [];
  const message = channel?.messages.find((each) => each.ts === at.selected) ?? people.at(-1);
  if (!message) {
    const hint = channel ? "Nothing of yours is here. Post a message, or choose one." : "Open a channel to see what the bot did with a message.";
    const isIntroduced = channel && !drawnTrace; // what stands there at first says what it is for
    if (!isIntroduced && drawnTrace !== hint) {
      $("trace").replaceChildren(el("p", {}, hint));
      drawnTrace = hint;
    }
    return;
  }
  const trace = await fetchTrace(at.as, channel.id, message.ts);
  const drawing = JSON.stringify([message.ts, message.text, trace]);
  if (!trace || drawing === drawnTrace) return;
  drawnTrace = drawing;
  const author = message.user === at.as ? "" : nameOf(message.user);
  drawTrace($("trace"), message, trace, author, moment);
}

function announce(before, now) {
  for (const channel of now.channels) {
    const old = new Set(before.channels.find((each) => each.id === channel.id)?.messages.map((each) => each.ts));
    for (const message of channel.messages) {
      if (old.has(message.ts) || !(message.user === now.bot || message.bot_id || message.ephemeral)) continue;
      const where = channel.is_im ? "in a direct message" : `in #${channel.name}${message.ephemeral ? ", only visible to you" : ""}`;
      $("announce").append(el("p", {}, `Reframe ${where}: `, mrkdwn(message.text ?? "", nameOf)));
    }
  }
}

function connect(as) {
  stop();
  at.as = as;
  let first = true;
  stop = listen(as, (state) => {
    if (snap && !first) announce(snap, state);
    snap = state;
    if (first) {
      first = false;
      at.as = state.viewer;
      if (at.place !== HOME && !channelNow()) at.place = state.channels[0].id;
    }
    draw();
  }, () => {
    $("status").hidden = false;
    $("status").dataset.state = "lost";
    $("status").textContent = "The page's server has stopped. Start it again in the terminal.";
  });
}

function start() {
  startTheme($("theme"));
  const narrow = matchMedia("(max-width: 640px)"); // there, the messages need the room
  const fold = () => { $("samples-section").open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
  menuButton($("jump"), () => snap.clock.jumps.map((to) => ({ label: JUMPS[to], choose: () => act("clock", { to }) })));
  $("uninstall").addEventListener("click", async () => {
    if (!snap.own_bot.installed) act("install");
    else if (await confirmed(UNINSTALL)) act("uninstall");
  });
  $("to-work").addEventListener("click", () => act("clock", { to: "morning" }));
  $("caps").addEventListener("click", () => act("caps", { lifted: !snap.caps_lifted }));
  $("detector").addEventListener("change", (event) => act("detector", { to: event.target.value }));
  $("person").addEventListener("change", (event) => {
    if (channelNow()?.is_im) at.place = "";
    showEnd();
    Object.assign(at, { editing: null, replying: null, selected: "" });
    connect(event.target.value);
    if (at.place === HOME) act("home");
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    write($("composer-text").value.trim());
  });
  onEnter($("composer-text"), () => $("composer").requestSubmit());
  setInterval(() => {
    if (snap) $("now").textContent = day(Date.now() / 1000 + snap.clock.offset);
  }, 250);
  connect("");
}

async function write(text) {
  if (!text || !snap) return; // before the first picture of the channels there is no place to write
  const channel = at.place;
  const [command, ...words] = text.split(/\s+/);
  const action = COMMANDS[command];
  if (command.startsWith("/") && !action) {
    $("problem").textContent = `There is no command ${command} here. Try /reframe help, /invite @Reframe, or /remove @Reframe.`;
    return;
  }
  $("composer-text").value = "";
  showEnd();
  const answer = action ? await act(action, { channel, text: words.join(" ") }) : await post(channel, text);
  if (answer.error && !$("composer-text").value) $("composer-text").value = text; // to send it again
}

async function post(channel, text) {
  showEnd();
  const answer = await act("post", { channel, text });
  if (answer.ts) change({ selected: answer.ts });
  return answer;
}

function drawSamples() {
  if ($("samples").childElementCount) return;
  $("samples").replaceChildren(...snap.samples.map((sample) => el("li", {}, el("button", {
    type: "button", title: sample.text, on: { click: () => post(at.place, sample.text) },
  }, el("span", { class: `dot ${sample.kind}`, "aria-hidden": "true" }), el("span", { class: "text" }, sample.text),
  el("span", { class: "hidden" }, sample.kind === "coached" ? " (gets a question)" : " (is ordinary)")))));
}

start();
