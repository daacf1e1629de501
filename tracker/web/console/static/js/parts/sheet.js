// A dialog with a form that the server renders: opened by address, answered with the next form, or with nothing when all is done.
import { post, sentence, text } from "./http.js";

const sheet = document.querySelector("[data-sheet]");
let settle = null;

/** Opens the form at the address. Resolves when the dialog has closed: true if something was saved. */
export async function open(address) {
  show(await text(address));
  if (!sheet.open) sheet.showModal();
  focusFirst();
  return new Promise((resolve) => (settle = { resolve, saved: false }));
}

function show(html) {
  sheet.innerHTML = html; // Rendered and escaped by our templates. Scripts in innerHTML do not run.
  sheet.dataset.enhanced = "";
  choose();
}

function focusFirst() {
  (sheet.querySelector("[autofocus]") || sheet.querySelector("input:not([type=hidden]), textarea, button"))?.focus();
}

/** Shows the fields that belong to what is chosen. */
function choose() {
  const chosen = new Set();
  for (const input of sheet.querySelectorAll("input:checked")) for (const name of [input.value, input.dataset.kind]) chosen.add(name);
  const isCall = chosen.has("call") || !sheet.querySelector("[name=kind]");
  for (const part of sheet.querySelectorAll("[data-only]")) {
    part.hidden = !chosen.has(part.dataset.only) || !isCall;
    for (const input of part.querySelectorAll("input")) if (part.dataset.only !== "call") input.disabled = part.hidden;
  }
}

async function save(form, button) {
  const error = form.querySelector("[data-error]");
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  error.hidden = true;
  try {
    const next = await (await post(form.getAttribute("action"), data)).text();
    if (settle) settle.saved = true;
    if (!next) return sheet.close();
    show(next);
    focusFirst();
  } catch (problem) {
    error.textContent = sentence(problem);
    error.hidden = false;
  }
}

export function start() {
  if (!sheet) return;
  sheet.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    save(event.target, event.submitter);
  });
  sheet.addEventListener("change", choose);
  sheet.addEventListener("click", (event) => {
    const isOutside = event.target === sheet;
    if (!isOutside && !event.target.closest("[data-close]")) return;
    event.preventDefault();
    sheet.close();
  });
  sheet.addEventListener("close", () => {
    const form = sheet.querySelector("[data-form-step=next]");
    if (form && settle?.saved && !form.dataset.done) skip(form);
    sheet.replaceChildren();
    settle?.resolve(settle.saved);
    settle = null;
  });
}

/** Closing the question without an answer skips it, which is counted. */
function skip(form) {
  post(form.getAttribute("action"), { skip: "yes" }).catch(() => {});
}
