// Reports: a chosen period or group applies at once; where leads are many, the cards are loaded one by one.
import { text } from "../parts/http.js";

for (const form of document.querySelectorAll("form[data-auto]")) {
  form.querySelector("[data-auto-button]").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

for (const card of document.querySelectorAll("[data-card]")) {
  const html = await text(card.dataset.card).catch(() => "");
  if (html) card.innerHTML = html; // Rendered and escaped by our templates. Scripts in innerHTML do not run.
}
