// The counts of the lists that every workspace has, loaded after the page, so that no page waits for them.
import { json } from "./http.js";

export async function start() {
  const chips = [...document.querySelectorAll("[data-chip]")];
  if (!chips.length) return;
  const counts = await json("/leads/chips").catch(() => ({}));
  for (const chip of chips) {
    if (!(chip.dataset.chip in counts)) continue;
    const count = document.createElement("b");
    count.className = "chip-count";
    count.textContent = counts[chip.dataset.chip];
    chip.append(" ", count);
  }
}
