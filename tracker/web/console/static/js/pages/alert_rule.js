// The form of an alert rule: shows what the chosen trigger and times need.
import { startConditions } from "../parts/condition.js";

const form = document.querySelector("[data-alert-rule]");

function show() {
  const trigger = form.elements.namedItem("trigger").value;
  const occasion = form.elements.namedItem("occasion").value;
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(trigger);
  for (const part of form.querySelectorAll("[data-for-occasion]")) part.hidden = part.dataset.forOccasion !== occasion;
}

if (form.querySelector("[data-condition-row]")) startConditions(form);
form.addEventListener("change", show);
show();
