// The form of an automation: shows what the chosen trigger needs.
import { startConditions } from "../parts/condition.js";

const form = document.querySelector("[data-automation]");

function show() {
  const trigger = form.elements.namedItem("trigger").value;
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(trigger);
}

if (form.querySelector("[data-condition-row]")) startConditions(form);
form.addEventListener("change", show);
show();
