// The Live page: fetches the rows of its filter after each message, patches them by key, and does the steps of a row in a dialog.
import { sentence, text } from "../parts/http.js";
import { focus, placeOf } from "../parts/rows.js";
import { open } from "../parts/sheet.js";
import { listen } from "../parts/stream.js";
import { clockTime, learn, tick } from "../parts/times.js";
import { patch } from "../parts/patch.js";
import { say } from "../parts/toasts.js";

const box = document.querySelector("[data-live-rows]");
const state = document.querySelector("[data-live-state]");
const query = new URLSearchParams({ show: box.dataset.show });
if (box.dataset.cursor) query.set("cursor", box.dataset.cursor);
const DEBOUNCE = 120;
const EVERY = 10000;
let timer = 0;
let isLoading = false;
let again = false;

async function load() {
  timer = 0;
  if (isLoading) {
    again = true;
    return;
  }
  isLoading = true;
  try {
    const fresh = document.createElement("div");
    // Rendered and escaped by our templates. Scripts in innerHTML do not run.
    fresh.innerHTML = await text(`/live/rows?${query}`);
    learn(Number(fresh.firstElementChild.dataset.now));
    patch(box, fresh);
    tick(box);
  } catch {
    // The next message or interval retries.
  } finally {
    isLoading = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

function soon() {
  timer ||= setTimeout(load, DEBOUNCE);
}

function connection({ up, last }) {
  state.hidden = up;
  if (!up) state.textContent = `Reconnecting, last update ${clockTime(last)}`;
  else soon();
}

/** Does a step of a row in a dialog; the page stays. */
async function step(link) {
  const place = placeOf(box, link.closest("[data-row]"));
  try {
    if (await open(link.getAttribute("href"))) await load();
  } catch (problem) {
    say(sentence(problem));
  }
  focus(place());
}

box.addEventListener("click", (event) => {
  const link = event.target.closest("[data-step]");
  if (!link || link.dataset.step === "email" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  step(link);
});
listen((kind, data) => {
  if (kind === "connection") connection(data);
  else if (kind !== "ping" || data.late || box.querySelector(".banner-lag")) soon();
});
document.addEventListener("leadlight:changed", soon);
// Without a heartbeat, a lead has left: refresh periodically.
setInterval(() => document.hidden || soon(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || soon());
