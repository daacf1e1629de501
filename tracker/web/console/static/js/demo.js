// The demo's bar: drawn anew when something happened, so that its steps tick themselves.
import { text } from "./http.js";
import { patch } from "./patch.js";
import { listen } from "./stream.js";

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
