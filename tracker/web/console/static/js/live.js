// The Live screen: fetches the rows anew when something happened, and patches them by key so that nothing flickers.
import { text } from "./http.js";
import { listen } from "./stream.js";
import { clockTime, learn, tick } from "./times.js";
import { patch } from "./patch.js";

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
    // Rendered and escaped by our own templates; scripts in it would not run in any case.
    fresh.innerHTML = await text("/live/rows");
    learn(Number(fresh.firstElementChild.dataset.now));
    patch(box, fresh);
    tick(box);
  } catch {
    // The next message or the clock tries again.
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
  else if (kind !== "ping" || data.late || box.querySelector(".banner-late")) soon();
});
// Silence means something too: somebody who sends no sign of life has left.
setInterval(() => document.hidden || soon(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || soon());
