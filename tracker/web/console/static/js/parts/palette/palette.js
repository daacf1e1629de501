// The command palette: a field with a list of what it finds (ARIA combobox). Pages and commands are found here, the rest by the server.
import { json, sentence } from "../http.js";
import { openHelp } from "../keys/help.js";
import { KEYS } from "../keys/table.js";
import { runStep } from "../open_lead.js";
import { say } from "../toasts.js";
import { groupsOf } from "./rank.js";
import { nameOf, recent } from "./recent.js";

const WAIT = 60;
const dialog = document.querySelector("[data-palette]");
const input = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const status = dialog.querySelector("[role=status]");
let known = { entries: [], recent: [] };
let found = {};
let foundFor = "";
let asked = null;
let timer = 0;
let shown = [];
let active = -1;
let lead = null;
let isEntered = false;
let isLoaded = false;

const wanted = () => input.value.trim();
const isWaiting = () => Boolean(wanted()) && foundFor !== wanted();

async function load() {
  const names = recent().filter((name) => name !== nameOf(location.pathname, location.search));
  known = await json(`/palette?recent=${names.join(",")}`);
  isLoaded = true;
  if (!dialog.open) return;
  show();
  if (isEntered) run(shown[active]);
}

async function search() {
  const text = wanted();
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await json(`/palette/search?q=${encodeURIComponent(text)}`, asked.signal);
    if (text !== wanted()) return;
    found = answer;
    foundFor = text;
    show();
    if (isEntered) run(shown[active]);
  } catch (problem) {
    if (problem.name !== "AbortError") status.textContent = sentence(problem);
  }
}

function make(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function option(entry) {
  const at = shown.push(entry) - 1;
  const item = make("li", "palette-option", "");
  item.id = `palette-${at}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.at = at;
  item.append(make("span", "cut", entry.label));
  if (entry.detail) item.append(make("i", "cut", entry.detail));
  if (KEYS[entry.key] && document.body.dataset.keys !== "off") item.append(make("kbd", "", KEYS[entry.key].keys[0]));
  return item;
}

function group([name, entries], at) {
  const box = make("ul", "palette-group", "");
  const head = make("li", "palette-head", name);
  head.id = `palette-group-${at}`;
  head.setAttribute("role", "presentation");
  box.setAttribute("role", "group");
  box.setAttribute("aria-labelledby", head.id);
  box.append(head, ...entries.map(option));
  return box;
}

/** Shows what is known now. The chosen line stays chosen while it is shown. */
function show() {
  const before = shown[active];
  shown = [];
  const groups = groupsOf({ search: input.value, ...known, found, foundFor, lead });
  list.replaceChildren(...groups.map(group));
  const same = before ? shown.findIndex((one) => one.label === before.label && one.href === before.href && one.detail === before.detail) : -1;
  choose(same >= 0 ? same : shown.length ? 0 : -1);
  input.setAttribute("aria-expanded", String(shown.length > 0));
  list.hidden = !shown.length;
  const count = shown.length ? `${shown.length} ${shown.length === 1 ? "result" : "results"}` : wanted() && "Nothing found.";
  status.textContent = isWaiting() ? "Searching …" : count || "";
  status.classList.toggle("is-waiting", isWaiting());
  status.classList.toggle("unseen", !isWaiting() && shown.length > 0);
}

function choose(at) {
  list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  active = at;
  const item = list.querySelector(`#palette-${at}`);
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  if (item) input.setAttribute("aria-activedescendant", item.id);
  else input.removeAttribute("aria-activedescendant");
}

/** Opens or runs a line; Enter before the answer is there waits for it. */
function run(entry, isApart = false) {
  isEntered = !entry && (isWaiting() || !isLoaded);
  if (!entry) return;
  const about = lead;
  if (entry.href && isApart) return open(entry.href, "_blank", "noopener");
  dialog.close();
  if (entry.href) location.assign(entry.href);
  else if (entry.form) document.querySelector(`form[action="${CSS.escape(entry.form).replaceAll("\\/", "/")}"]`)?.requestSubmit();
  else if (entry.step) runStep(entry.step, about).catch((problem) => say(sentence(problem)));
  else openHelp();
}

function keydown(event) {
  const last = shown.length - 1;
  const moves = {
    ArrowDown: () => choose(active >= last ? 0 : active + 1),
    ArrowUp: () => choose(active <= 0 ? last : active - 1),
    PageDown: () => choose(Math.min(last, active + 8)),
    PageUp: () => choose(Math.max(0, active - 8)),
    Enter: () => run(shown[active], event.ctrlKey || event.metaKey),
  };
  const move = event.isComposing ? null : moves[event.key];
  if (!move) return;
  event.preventDefault();
  move();
}

/** Starts anew for the lead that was open, with what has been typed, and maybe entered, since. */
export function opened(about, wasEntered) {
  lead = about;
  found = {};
  foundFor = "";
  isLoaded = false;
  active = -1;
  show();
  if (wanted()) search();
  isEntered = false;
  if (wasEntered) run(shown[active]);
  load().catch((problem) => (status.textContent = sentence(problem)));
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  isEntered = false;
  active = -1;
  if (wanted()) timer = setTimeout(search, WAIT);
  else asked?.abort();
  show();
});
input.addEventListener("keydown", keydown);
list.addEventListener("click", (event) => {
  const item = event.target.closest("[data-at]");
  if (item) run(shown[item.dataset.at], event.ctrlKey || event.metaKey);
});
list.addEventListener("mousemove", (event) => {
  const item = event.target.closest("[data-at]");
  if (item && Number(item.dataset.at) !== active) choose(Number(item.dataset.at));
});
dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-close]")) && dialog.close());
dialog.addEventListener("close", () => {
  clearTimeout(timer);
  asked?.abort();
});
