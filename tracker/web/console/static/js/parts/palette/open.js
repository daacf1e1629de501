// Opens the command palette. Its field takes text at once; what it does is loaded when it is opened first.
import { sentence } from "../http.js";
import { bind } from "../keys/keys.js";
import { openLead } from "../open_lead.js";
import { remember } from "./recent.js";

const dialog = document.querySelector("[data-palette]");

function toggle() {
  if (dialog.open) return dialog.close();
  const lead = openLead();
  dialog.querySelector("input").value = "";
  dialog.showModal();
  import("./palette.js").then(
    ({ opened }) => opened(lead),
    (problem) => (dialog.querySelector("[role=status]").textContent = sentence(problem)),
  );
}

export function start() {
  if (!dialog) return;
  remember();
  bind({ palette: toggle });
  document.addEventListener("click", (event) => event.target.closest("[data-palette-open]") && toggle());
}
