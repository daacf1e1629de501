// Today: keeps the rows current, and does the steps of a row in a dialog.
import { text } from "../parts/http.js";
import { patch } from "../parts/patch.js";
import { focus, placeOf } from "../parts/rows.js";
import { open } from "../parts/sheet.js";
import { listen } from "../parts/stream.js";
import { clockTime, learn, tick } from "../parts/times.js";
import { say } from "../parts/toasts.js";
import { offerUndo } from "../parts/undo.js";

const box = document.querySelector("[data-today]");
const state = document.querySelector("[data-live-state]");
const DEBOUNCE = 400;
const EVERY = 30000;
let timer = 0;

async function load() {
  timer = 0;
  const fresh = document.createElement("div");
  // Rendered and escaped by our templates. Scripts in innerHTML do not run.
  fresh.innerHTML = await text(`/today/rows?who=${encodeURIComponent(box.dataset.who)}`);
  learn(Number(fresh.firstElementChild.dataset.now));
  patch(box, fresh);
  tick(box);
}

function soon() {
  timer ||= setTimeout(() => load().catch(() => {}), DEBOUNCE);
}

async function act(link) {
  const row = link.closest("[data-row]");
  const place = placeOf(box, row);
  link.closest("details")?.removeAttribute("open");
  try {
    const answer = await open(link.getAttribute("href"));
    if (answer) await load();
    if (answer?.change) offerUndo(answer.text, answer.change, load);
  } catch (problem) {
    say(problem.message, "quiet");
  }
  focus(place());
}

const who = document.querySelector("[data-auto]");
if (who) {
  who.querySelector("[data-auto-button]").hidden = true;
  who.addEventListener("change", () => who.submit());
}
box.addEventListener("click", (event) => {
  const link = event.target.closest("[data-step]");
  if (!link || link.dataset.step === "email" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  act(link);
});
listen((kind, data) => {
  if (kind === "connection") {
    state.hidden = data.up;
    if (!data.up) state.textContent = `Reconnecting, last update ${clockTime(data.last)}`;
    else soon();
  } else if (kind !== "ping") soon();
});
document.addEventListener("leadlight:changed", soon);
setInterval(() => document.hidden || soon(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || soon());
