// Refreshes the status of each channel, so that the result of a test appears.
import { json } from "../parts/http.js";

async function refresh() {
  const states = await json("/settings/alerts/states").catch(() => ({}));
  for (const line of document.querySelectorAll("[data-channel]")) {
    const state = states[line.dataset.channel];
    if (!state) continue;
    if (line.textContent !== state.text) line.textContent = state.text;
    line.dataset.tone = state.tone;
  }
}

setInterval(() => document.hidden || refresh(), 2500);
