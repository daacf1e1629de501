// Refreshes the demo bar after events and alerts.
import { text } from "../parts/http.js";
import { patch } from "../parts/patch.js";
import { listen } from "../parts/stream.js";

let timer = 0;

async function load() {
  timer = 0;
  const bar = document.querySelector("[data-demo-bar]");
  const fresh = document.createElement("div");
  fresh.innerHTML = await text("/demo/bar").catch(() => "");
  if (fresh.firstElementChild) patch(bar, fresh.firstElementChild);
}

listen((kind) => {
  if (kind === "event" || kind === "alert") timer ||= setTimeout(load, 600);
});
