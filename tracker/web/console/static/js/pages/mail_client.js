// Shows how far the test email came, without a reload. Gives up after fifteen minutes.
import { text } from "../parts/http.js";

const STEP_MS = 2000;
let tries = 450;

const steps = (root) => root.querySelector("#test .chain");

async function look() {
  const fresh = document.createElement("template");
  fresh.innerHTML = await text(location.pathname).catch(() => "");
  const now = steps(fresh.content);
  const shown = steps(document);
  if (now !== null && now.innerHTML !== shown.innerHTML) shown.innerHTML = now.innerHTML;
  if (now !== null && !now.hasAttribute("data-pending")) shown.removeAttribute("data-pending");
  else if (--tries > 0) setTimeout(look, STEP_MS);
}

if (steps(document)?.hasAttribute("data-pending")) setTimeout(look, STEP_MS);
