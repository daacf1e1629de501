// Toasts: one per alert, updated in place, removed when the alert is withdrawn. Text only, never markup.
import { post, text, json } from "./http.js";
import { listen } from "./stream.js";
import { now } from "./times.js";
import { play, isOn, toggle } from "./sound.js";

const page = document.querySelector("#main");
const box = document.querySelector("[data-toasts]");
const bell = document.querySelector("[data-bell]");
const panel = document.querySelector("[data-bell-list]");
const unseen = document.querySelector("[data-unseen]");
const onSite = document.querySelector("[data-live-count]");
const QUIET_FOR = 9000;
const LOUD_FOR = 60000;
const MOST = 4;
const ICONS = new URL("../../icons.svg", import.meta.url).pathname;
const shown = new Map();
const title = document.title;
let flash = 0;
let counting = 0;
let pressed = null; // A button that is disabled while its form is sent has no focus.
addEventListener("click", (event) => (pressed = event.target.closest("button, a, input, summary")), true);

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
};

function make(tag, name, content) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (content) element.textContent = content;
  return element;
}

/** Changes the list of toasts. The page stays where it is scrolled: on a phone, it is a scroller of its own while there are toasts. */
function dock(change) {
  const top = scrollY + page.scrollTop;
  const active = document.activeElement === document.body ? pressed : document.activeElement;
  const used = active && page.contains(active) && isInView(active) ? active : null;
  change();
  page.scrollTop = top;
  scrollTo({ top: top - page.scrollTop, behavior: "instant" });
  used?.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return element !== page && top >= 0 && bottom <= innerHeight;
}

function leadPath(alert) {
  return alert.lead ? `/leads/${encodeURIComponent(alert.lead)}` : "";
}

function pagePath(alert) {
  return leadPath(alert) || (alert.rule === "figure" ? alert.url.replace(/^https?:\/\/[^/]+/, "") : "");
}

function links(alert) {
  const row = make("p", "toast-links");
  if (alert.count) {
    const count = make("button", "", "Count it");
    count.type = "button";
    count.addEventListener("click", () => countIt(alert, count));
    row.append(count);
  }
  if (!leadPath(alert)) return row;
  const replay = make("a", "", "Replay");
  replay.href = `${leadPath(alert)}/replay`;
  row.append(replay);
  if (!alert.rep && !alert.test) {
    const take = make("button", "", "Assign to me");
    take.type = "button";
    take.dataset.take = alert.lead;
    row.append(take);
  }
  return row;
}

function fill(toast, alert) {
  const head = make("h3");
  const path = pagePath(alert);
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
  setTimeout(() => dock(() => known.element.remove()), 220);
  if (![...shown.values()].some((other) => other.loud)) calm();
}

/** Removes the toast after a while, but not before the tab is visible. */
function removeLater(toast) {
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (document.hidden ? removeLater(toast) : remove(toast.id)), toast.loud ? LOUD_FOR : QUIET_FOR);
}

/** Whether the alert adds nothing: an older revision, or a quiet alert while a loud one of the same lead is shown. */
function addsNothing(toast, alert) {
  if (toast.id === alert.id) return toast.revision >= (alert.revision || 0);
  return alert.at < toast.at || (toast.loud && alert.priority !== "loud" && alert.rule !== "form");
}

/** Shows one toast per alert and per lead; a lead's next alert replaces the previous one. */
function show(alert) {
  const sameLead = () => alert.lead && [...shown.values()].find((toast) => toast.lead === alert.lead);
  let toast = shown.get(alert.id) || sameLead();
  if (toast && addsNothing(toast, alert)) return;
  const isNew = !toast;
  // The text may change later. Only the first revision, and one that makes a quiet alert loud, has a sound.
  const isNews = !alert.revision || alert.raised;
  const isAudible = alert.priority === "loud" && !alert.silent && isNews && !(toast?.id === alert.id && toast.loud);
  if (isNew) toast = { element: make("article", "toast"), timer: 0 };
  else shown.delete(toast.id);
  shown.set(alert.id, toast);
  dock(() => {
    if (isNew || isAudible) box.prepend(toast.element);
    fill(toast.element, alert);
  });
  Object.assign(toast, { id: alert.id, lead: alert.lead, at: alert.at || 0, revision: alert.revision || 0, loud: alert.priority === "loud" && !alert.silent });
  if (!isNew) toast.element.classList.add("toast-changed");
  removeLater(toast);
  while (shown.size > MOST) remove(shown.keys().next().value);
  if (isAudible) loud(alert);
}

function loud(alert) {
  play();
  flash ||= setInterval(() => (document.title = document.title === title ? `● ${alert.title}` : title), 1200);
  if (!document.hidden) setTimeout(calm, 6000);
  else if ("Notification" in window && Notification.permission === "granted" && navigator.locks) {
    const notice = new Notification(alert.title, { body: alert.text, tag: alert.id });
    notice.onclick = () => {
      focus();
      location.href = pagePath(alert) || "/live";
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
    // The next message retries.
  }
}

/** Reads the navigation's counts again. */
export function countSoon(wait = 400) {
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
    panel.textContent = "Alerts cannot be loaded now.";
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

const OWN_FOR = 60000;

/** Tells the rep that a click or open was their own, by the mark of this browser, and offers to count it. */
function showOwn(event) {
  if (event.verdict !== "self") return remove(`own-${event.id}`);
  const isMine = event.rep && event.rep === document.body.dataset.rep;
  if (!isMine || !event.lead || now() - event.at > OWN_FOR) return;
  const what = event.kind === "open" ? "an email opened" : `a click on ${(event.url || "a link").replace(/^https?:\/\//, "").replace(/\/?([?#].*)?$/, "")}`;
  const count = `/leads/${encodeURIComponent(event.lead)}/events/${encodeURIComponent(event.id)}/cause`;
  show({ id: `own-${event.id}`, title: `That was you: ${what}`, text: "It does not count.", priority: "quiet", rep: "own", at: event.at, count });
}

async function countIt(alert, button) {
  button.disabled = true;
  try {
    await post(alert.count, { cause: "person" });
    remove(alert.id);
  } catch (error) {
    button.disabled = false;
    say(error.message, "quiet");
  }
}

/** Shows a toast of the console itself. */
export function say(message, priority = "quiet") {
  show({ id: `own-${Date.now()}`, title: message, text: "", priority, lead: "", rep: "own", revision: 0 });
}

export function start() {
  if (!bell) return;
  listen((kind, data) => {
    if (kind === "alert") {
      if (data.taken) remove(data.id);
      else show(data);
      countSoon();
      refreshBell();
    } else if (kind === "withdrawn") {
      remove(data.id);
      countSoon();
      refreshBell();
    } else if (kind === "unsure") {
      countSoon();
      refreshBell();
    } else if (kind === "presence") countSoon(1500);
    else if (kind === "event") showOwn(data);
  });
  bell.parentElement.addEventListener("toggle", openBell);
  document.addEventListener("visibilitychange", () => document.hidden || calm());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (button) take(button);
  });
  count();
}
