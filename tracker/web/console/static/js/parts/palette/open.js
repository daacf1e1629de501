// Opens the command palette. Its field takes text at once; what it does is loaded when it is opened first.
import { sentence } from "../http.js";
import { bind } from "../keys/keys.js";
import { openLead } from "../open_lead.js";
import { remember } from "./recent.js";

const dialog = document.querySelector("[data-palette]");
const input = dialog?.querySelector("input");
let isEntered = false;

// Enter before the rest is loaded is carried out then; text typed after it takes it back.
const early = {
  keydown: (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    isEntered = true;
  },
  input: () => (isEntered = false),
};
const each = (name) => Object.entries(early).forEach(([type, listener]) => input[name](type, listener));

function toggle() {
  if (dialog.open) return dialog.close();
  const lead = openLead();
  input.value = "";
  isEntered = false;
  each("addEventListener");
  dialog.showModal();
  import("./palette.js").then(
    ({ opened }) => {
      each("removeEventListener");
      if (dialog.open) opened(lead, isEntered);
    },
    (problem) => (dialog.querySelector("[role=status]").textContent = sentence(problem)),
  );
}

export function start() {
  if (!dialog) return;
  remember();
  bind({ palette: toggle });
  document.addEventListener("click", (event) => event.target.closest("[data-palette-open]") && toggle());
}
