// The board: cards are dragged by mouse and touch, moved by keyboard, and put back where the server refuses. The rows stay current.
import { post, sentence, text } from "../parts/http.js";
import { bind, setMode } from "../parts/keys/keys.js";
import { patch } from "../parts/patch.js";
import { focus } from "../parts/rows.js";
import { open } from "../parts/sheet.js";
import { listen } from "../parts/stream.js";
import { learn } from "../parts/times.js";
import { say } from "../parts/toasts.js";
import { offerUndo } from "../parts/undo.js";

const box = document.querySelector("[data-board]");
const said = document.querySelector("[data-said]");
const DEBOUNCE = 600;
const EVERY = 60000;
const shown = new Map(new URLSearchParams(location.search).getAll("more").map((one) => [one.slice(0, one.lastIndexOf(":")), one]));
let timer = 0;
let isBusy = 0;
let held = null;
let pending = Promise.resolve();

async function load() {
  clearTimeout(timer);
  timer = 0;
  const query = new URLSearchParams({ who: box.dataset.who });
  for (const more of shown.values()) query.append("more", more);
  const html = await text(`/board/rows?${query}`);
  if (isBusy || held) return soon();
  const fresh = document.createElement("div");
  fresh.innerHTML = html; // Rendered and escaped by our templates. Scripts in innerHTML do not run.
  learn(Number(fresh.firstElementChild.dataset.now));
  patch(box, fresh);
  enhance();
}

function soon() {
  timer ||= setTimeout(() => load().catch(() => {}), DEBOUNCE);
}

const columnOf = (card) => card.closest("[data-column]");
const cardOf = (id) => box.querySelector(`[data-card="${CSS.escape(id)}"]`);

/** Saves where the card is now, after what is being saved; `back` puts it where it was. */
function save(card, back) {
  pending = pending.then(() => saveNow(card, back));
}

/** Won and Lost ask first. */
async function saveNow(card, back) {
  const column = columnOf(card);
  const id = card.dataset.card;
  const hadFocus = card.contains(document.activeElement);
  isBusy += 1;
  card.classList.add("is-saving");
  let problem = null;
  try {
    const query = new URLSearchParams({ stage: column.dataset.column, version: card.dataset.version, who: box.dataset.who });
    if (column.dataset.kind === "open") {
      const answer = await post(`/board/${encodeURIComponent(id)}/move`, query);
      card.dataset.version = answer.headers.get("X-Lead-Version"); // The next move may come before fresh rows.
      done(column.dataset.name, answer.headers.get("X-Change"));
    } else {
      const answer = await open(`/board/${encodeURIComponent(id)}/move?${query}`);
      if (!answer) return back();
      done(column.dataset.name, answer.change);
    }
  } catch (error) {
    problem = error;
    back();
  } finally {
    isBusy -= 1;
    card.classList.remove("is-saving");
    await load().catch(() => {});
    if (hadFocus) focus(cardOf(id));
    if (problem) say(sentence(problem), "quiet");
  }
}

function announce(words) {
  said.textContent = words;
}

/** Says where a card went, and offers to undo it. */
function done(stage, change) {
  announce(`Moved to ${stage}.`);
  if (change) offerUndo(`Moved to ${stage}.`, change, load);
}

function putBack(card, parent, next) {
  return () => parent.insertBefore(card, next?.parentNode === parent ? next : null);
}

/** Makes columns of the last rows draggable, and ends a card's own drag of links. */
function enhance() {
  for (const list of box.querySelectorAll("[data-cards]")) {
    if (list.dataset.sortable) continue;
    list.dataset.sortable = "";
    window.Sortable.create(list, {
      group: "board",
      sort: false,
      animation: 120,
      delay: 220,
      delayOnTouchOnly: true,
      forceFallback: false,
      fallbackTolerance: 4,
      scrollSensitivity: 60,
      bubbleScroll: true,
      filter: ".board-move",
      preventOnFilter: false,
      onStart: ({ item }) => {
        isBusy += 1;
        item.dataset.next = item.nextElementSibling?.dataset.card || "";
      },
      onEnd: ({ item, from, to }) => {
        isBusy -= 1;
        if (from === to) return;
        save(item, putBack(item, from, item.dataset.next ? cardOf(item.dataset.next) : null));
      },
    });
  }
}

function pickUp(card) {
  setMode("card");
  held = { card, back: putBack(card, card.parentNode, card.nextElementSibling), from: columnOf(card) };
  card.classList.add("is-held");
  announce(`${card.querySelector("[data-row-link]").textContent} picked up. Left and right move it, Enter drops it, Escape puts it back.`);
}

function step(by) {
  const columns = [...box.querySelectorAll("[data-column]")];
  const target = columns[columns.indexOf(columnOf(held.card)) + by];
  if (!target) return;
  target.querySelector("[data-cards]").prepend(held.card);
  focus(held.card);
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
  announce(target.dataset.name);
}

function drop(isKept) {
  const { card, back, from } = held;
  held = null;
  setMode("");
  card.classList.remove("is-held");
  if (isKept && columnOf(card) !== from) save(card, back);
  else {
    back();
    focus(card);
    announce("Put back.");
  }
}

bind({
  "card-lift": (event) => {
    const card = document.activeElement?.closest("[data-card]");
    if (!card || event.target.closest("button, summary, input")) return false;
    pickUp(card);
  },
  "card-left": () => step(-1),
  "card-right": () => step(1),
  "card-drop": () => drop(true),
  "card-back": (event) => {
    drop(false);
    return event.key !== "Tab"; // Tab goes on.
  },
});

async function choose(link) {
  const { card: id, version } = link.closest("[data-card]").dataset;
  try {
    await pending;
    const address = new URL(link.href);
    address.searchParams.set("version", cardOf(id)?.dataset.version || version);
    const answer = await open(address.pathname + address.search);
    if (!answer) return;
    await load();
    const column = cardOf(id) && columnOf(cardOf(id));
    if (answer.change) offerUndo(column ? `Moved to ${column.dataset.name}.` : "Moved.", answer.change, load);
  } catch (problem) {
    say(sentence(problem), "quiet");
  }
  focus(cardOf(id));
}

box.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("[data-step]");
  const more = event.target.closest("[data-more]");
  if (!link && !more) return;
  event.preventDefault();
  if (link) return choose(link);
  const text = more.dataset.more;
  shown.set(text.slice(0, text.lastIndexOf(":")), text);
  load().catch((problem) => say(sentence(problem), "quiet"));
});
box.addEventListener("dragstart", (event) => event.target.closest("a") && event.preventDefault());

const tabs = [...document.querySelectorAll("[data-tab]")];
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const tab = tabs.find((one) => one.hash === `#${target.id}`);
      if (isIntersecting) tab?.setAttribute("aria-current", "true");
      else tab?.removeAttribute("aria-current");
    }
  },
  { threshold: 0.6 },
);
for (const column of box.querySelectorAll("[data-column]")) seen.observe(column);

const who = document.querySelector("[data-auto]");
if (who) {
  who.querySelector("[data-auto-button]").hidden = true;
  who.addEventListener("change", () => who.submit());
}
enhance();
listen((kind, data) => {
  if (kind === "presence" && data?.lead) cardOf(data.lead)?.classList.toggle("is-here", data.state !== "left");
  else if (["event", "lost", "found"].includes(kind)) soon();
});
document.addEventListener("leadlight:changed", soon);
setInterval(() => document.hidden || soon(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || soon());
