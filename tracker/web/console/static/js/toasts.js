// Toasts: one per alert, changed in place when the alert changes, gone when it is withdrawn. Text only, never markup.
import { post, text, json } from "./http.js";
import { listen } from "./stream.js";
import { ring, isOn, toggle } from "./sound.js";

const box = document.querySelector("[data-toasts]");
const bell = document.querySelector("[data-bell]");
const panel = document.querySelector("[data-bell-list]");
const unseen = document.querySelector("[data-unseen]");
const onSite = document.querySelector("[data-live-count]");
const QUIET_FOR = 9000;
const LOUD_FOR = 60000;
const MOST = 4;
const shown = new Map();
const title = document.title;
let flash = 0;
let counting = 0;

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
};

function make(tag, name, words) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (words) element.textContent = words;
  return element;
}

function leadPath(alert) {
  return alert.lead ? `/leads/${encodeURIComponent(alert.lead)}` : "";
}

function links(alert) {
  const row = make("p", "toast-links");
  if (!leadPath(alert)) return row;
  const replay = make("a", "", "Replay");
  replay.href = `${leadPath(alert)}/replay`;
  row.append(replay);
  if (!alert.rep && !alert.test) {
    const take = make("button", "", "Take it");
    take.type = "button";
    take.dataset.take = alert.lead;
    row.append(take);
  }
  return row;
}

function fill(toast, alert) {
  const head = make("h3");
  const path = leadPath(alert);
  const name = make(path ? "a" : "span", "", alert.title);
  if (path) name.href = path;
  head.append(name);
  if (alert.test) head.append(" ", make("span", "tag", "Test"));
  const close = make("button", "toast-close");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.append(icon("close"));
  close.addEventListener("click", () => remove(alert.id));
  toast.className = `toast toast-${alert.priority}`;
  toast.replaceChildren(head, ...(alert.text ? [make("p", "", alert.text)] : []), links(alert), close);
}

function remove(id) {
  const known = shown.get(id);
  if (!known) return;
  clearTimeout(known.timer);
  shown.delete(id);
  known.element.classList.add("toast-gone");
  setTimeout(() => known.element.remove(), 220);
  if (![...shown.values()].some((other) => other.loud)) calm();
}

/** A toast nobody could see yet stays until the tab has been looked at. */
function leaveLater(toast) {
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (document.hidden ? leaveLater(toast) : remove(toast.id)), toast.loud ? LOUD_FOR : QUIET_FOR);
}

/** Whether this alert has nothing to add: older words, or a lead's open while something louder of the same lead stands. */
function addsNothing(toast, alert) {
  if (toast.id === alert.id) return toast.revision >= (alert.revision || 0);
  return alert.at < toast.at || (toast.loud && alert.priority !== "loud" && alert.rule !== "form");
}

/** One toast per alert, and one per lead: a lead's next alert takes the place of the last one. */
function show(alert) {
  const sameLead = () => alert.lead && [...shown.values()].find((toast) => toast.lead === alert.lead);
  let toast = shown.get(alert.id) || sameLead();
  if (toast && addsNothing(toast, alert)) return;
  const isNew = !toast;
  // Its words may change long after it rang, even when another alert's toast, or another page, has taken its place.
  const isAudible = alert.priority === "loud" && (!alert.revision || alert.raised);
  const rings = isAudible && !(toast?.id === alert.id && toast.loud);
  if (isNew) toast = { element: make("article", "toast"), timer: 0 };
  else shown.delete(toast.id);
  shown.set(alert.id, toast);
  if (isNew || rings) box.prepend(toast.element);
  Object.assign(toast, { id: alert.id, lead: alert.lead, at: alert.at || 0, revision: alert.revision || 0, loud: alert.priority === "loud" });
  fill(toast.element, alert);
  if (!isNew) toast.element.classList.add("toast-changed");
  leaveLater(toast);
  while (shown.size > MOST) remove(shown.keys().next().value);
  if (rings) loud(alert);
}

function loud(alert) {
  ring();
  flash ||= setInterval(() => (document.title = document.title === title ? `● ${alert.title}` : title), 1200);
  if (!document.hidden) setTimeout(calm, 6000);
  else if ("Notification" in window && Notification.permission === "granted" && navigator.locks) {
    const notice = new Notification(alert.title, { body: alert.text, tag: alert.id });
    notice.onclick = () => {
      focus();
      location.href = leadPath(alert) || "/live";
    };
  }
}

function calm() {
  clearInterval(flash);
  flash = 0;
  document.title = title;
}

async function count() {
  counting = 0;
  try {
    const found = await json("/bell/count");
    for (const [badge, number] of [[unseen, found.unseen], [onSite, found.on_site]]) {
      badge.hidden = !number;
      badge.textContent = number;
    }
  } catch {
    // The next message tries again.
  }
}

function countSoon(wait = 400) {
  counting ||= setTimeout(count, wait);
}

/** Shows the alerts as they are now, where the bell's list is open. */
async function refreshBell() {
  if (!bell.parentElement.open) return;
  try {
    panel.innerHTML = await text("/bell");
    settings();
  } catch {
    // The list stays as it is; opening it again loads it.
  }
}

async function openBell() {
  if (!bell.parentElement.open) return;
  try {
    panel.innerHTML = await text("/bell");
    settings();
    await post("/bell/seen");
    unseen.hidden = true;
  } catch {
    panel.textContent = "The alerts cannot be loaded now.";
  }
}

function settings() {
  const sound = panel.querySelector("[data-sound]");
  const desktop = panel.querySelector("[data-notify]");
  const say = () => (sound.querySelector("span").textContent = isOn() ? "Sound on" : "Sound off");
  sound.hidden = false;
  say();
  sound.addEventListener("click", () => (toggle(), say()));
  desktop.hidden = !("Notification" in window) || Notification.permission !== "default";
  desktop.addEventListener("click", async () => (desktop.hidden = (await Notification.requestPermission()) !== "default"));
}

async function take(button) {
  button.disabled = true;
  try {
    const answer = await (await post("/take", { lead: button.dataset.take })).json();
    say(answer.text, "quiet");
    button.remove();
  } catch (error) {
    button.disabled = false;
    say(error.message, "quiet");
  }
}

/** A toast of the console's own, gone after some seconds. */
export function say(words, priority = "quiet") {
  show({ id: `own-${Date.now()}`, title: words, text: "", priority, lead: "", rep: "own", revision: 0 });
}

export function start() {
  if (!bell) return;
  listen((kind, data) => {
    if (kind === "alert") {
      show(data);
      countSoon();
    } else if (kind === "withdrawn") {
      remove(data.id);
      countSoon();
      refreshBell();
    } else if (kind === "presence") countSoon(1500);
  });
  bell.parentElement.addEventListener("toggle", openBell);
  document.addEventListener("visibilitychange", () => document.hidden || calm());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (button) take(button);
  });
  count();
}
