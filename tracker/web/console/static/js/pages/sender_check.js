// Reloads the page once the requested check is done. Gives up after two minutes.
import { text } from "../parts/http.js";

const STEP_MS = 2000;
let tries = 60;

async function look() {
  const fresh = document.createElement("template");
  fresh.innerHTML = await text("/settings/mail/check").catch(() => "");
  if (fresh.content.querySelector("[data-pending]") === null && fresh.content.querySelector("#main") !== null) location.reload();
  else if (--tries > 0) setTimeout(look, STEP_MS);
}

setTimeout(look, STEP_MS);
