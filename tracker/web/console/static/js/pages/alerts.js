// The page of alerts: keeps the rows current, acts on a row without leaving the page, and offers to undo it.
import { post, send, sentence, text } from "../parts/http.js";
import { patch } from "../parts/patch.js";
import { focus, placeOf } from "../parts/rows.js";
import { open } from "../parts/sheet.js";
import { listen } from "../parts/stream.js";
import { learn, tick } from "../parts/times.js";
import { countSoon, say } from "../parts/toasts.js";
import { offerUndo } from "../parts/undo.js";

const box = document.querySelector("[data-alerts]");
const DEBOUNCE = 400;
const EVERY = 30000;
let timer = 0;

async function load() {
  timer = 0;
  const query = new URLSearchParams({ view: box.dataset.view });
  if (box.dataset.cursor) query.set("cursor", box.dataset.cursor);
  const fresh = document.createElement("div");
  // Rendered and escaped by our templates. Scripts in innerHTML do not run.
  fresh.innerHTML = await text(`/alerts?${query}`);
  learn(Number(fresh.firstElementChild.dataset.now));
  patch(box, fresh);
  tick(box);
}

function soon() {
  timer ||= setTimeout(() => load().catch(() => {}), DEBOUNCE);
}

async function refresh(place) {
  await load().catch(() => {});
  countSoon(0);
  // Only where the focus was lost with its row: the rep may be on another one by now.
  if (document.activeElement === document.body) focus(place());
}

/** Sends the form of an action; the toast offers what reverses it. */
async function act(form, button) {
  const place = placeOf(box, form.closest("[data-row]"));
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  form.closest("details")?.removeAttribute("open");
  const back = form.dataset.undoDo;
  const address = form.getAttribute("action");
  try {
    if (form.dataset.correct) {
      await post(address, data);
      offerUndo(`${form.dataset.correct}. The alert is withdrawn.`, () => post(address, { cause: "" }), soon);
    } else {
      const said = (await (await post(address, data)).json()).text;
      if (back) offerUndo(said, () => post(address, { do: back }), () => refresh(place));
      else say(said);
    }
  } catch (problem) {
    say(sentence(problem));
  }
  await refresh(place);
}

async function step(link) {
  const place = placeOf(box, link.closest("[data-row]"));
  link.closest("details")?.removeAttribute("open");
  try {
    await open(link.getAttribute("href"));
  } catch (problem) {
    say(sentence(problem));
  }
  await refresh(place);
}

document.addEventListener("leadlight:changed", soon);
box.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-do], [data-correct]")) return;
  event.preventDefault();
  event.stopPropagation();
  act(event.target, event.submitter);
});
box.addEventListener("click", (event) => {
  const read = event.target.closest("[data-read]");
  if (read) send("POST", `/alerts/${read.dataset.read}`, { do: "read" }, { keepalive: true }).catch(() => {});
  const summary = event.target.closest(".alert-snooze summary");
  if (summary) {
    // At once, not when the menu reports that it opened: the next key is for its first choice.
    event.preventDefault();
    const menu = summary.parentElement;
    menu.open = !menu.open;
    if (menu.open) menu.querySelector("button").focus();
  }
  const link = event.target.closest("[data-sheet-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  step(link);
});
listen((kind) => ["alert", "withdrawn", "unsure"].includes(kind) && soon());
// A snooze ends by itself.
setInterval(() => document.hidden || soon(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || soon());
