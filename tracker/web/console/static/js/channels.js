// What each channel's line says is kept up to date, so that a test is seen to arrive.
import { json } from "./http.js";

async function look() {
  const states = await json("/settings/alerts/states").catch(() => ({}));
  for (const line of document.querySelectorAll("[data-channel]")) {
    const state = states[line.dataset.channel];
    if (!state) continue;
    if (line.textContent !== state.words) line.textContent = state.words;
    line.dataset.tone = state.tone;
  }
}

setInterval(() => document.hidden || look(), 2500);
