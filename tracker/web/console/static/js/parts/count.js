// How many leads the list has, loaded after the page, so that no page waits for it.
import { json } from "./http.js";

export async function start() {
  const place = document.querySelector("[data-leads-count]");
  if (!place) return;
  const { count } = await json(`/leads/count${location.search}`).catch(() => ({}));
  if (!count) return;
  place.textContent = `${count} leads`;
  const every = document.querySelector("[data-every]");
  if (!every) return;
  every.dataset.every = count;
  document.querySelector("[data-every-count]").textContent = count;
}
