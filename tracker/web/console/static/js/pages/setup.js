// Refreshes the set-up checklist after each message. Keeps typed text and open steps.
import { text } from "../parts/http.js";
import { patch } from "../parts/patch.js";
import { listen } from "../parts/stream.js";

const box = document.querySelector("[data-setup]");
let timer = 0;

function openNamed() {
  const step = location.hash && document.getElementById(location.hash.slice(1));
  if (step) step.open = true;
}

async function load() {
  timer = 0;
  if (box.contains(document.activeElement) && document.activeElement.value) return;
  const fresh = document.createElement("div");
  fresh.innerHTML = await text(`/setup/steps${location.search}`).catch(() => "");
  if (!fresh.firstElementChild) return;
  for (const step of fresh.querySelectorAll("details")) step.open = document.getElementById(step.id)?.open ?? step.open;
  patch(box, fresh);
}

function soon() {
  timer ||= setTimeout(load, 400);
}

listen((kind) => kind !== "ping" && soon());
setInterval(() => document.hidden || soon(), 8000);
document.addEventListener("visibilitychange", () => document.hidden || soon());
addEventListener("hashchange", openNamed);
openNamed();
