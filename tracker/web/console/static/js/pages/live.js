// The Live page: fetches the rows after each message and patches them by key.
import { text } from "../parts/http.js";
import { listen } from "../parts/stream.js";
import { clockTime, learn, tick } from "../parts/times.js";
import { patch } from "../parts/patch.js";

const box = document.querySelector("[data-live-rows]");
const state = document.querySelector("[data-live-state]");
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
    fresh.innerHTML = await text("/live/rows");
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

listen((kind, data) => {
  if (kind === "connection") connection(data);
  else if (kind !== "ping" || data.late || box.querySelector(".banner-lag")) soon();
});
document.addEventListener("leadlight:changed", soon);
// Without a heartbeat, a lead has left: refresh periodically.
setInterval(() => document.hidden || soon(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || soon());
