// A dialog with a form that the server renders: opened by address, answered with the next form, or with nothing when all is done.
import { showChosen } from "./chosen.js";
import { post, text } from "./http.js";
import { refuse } from "./stale.js";

const sheet = document.querySelector("[data-sheet]");
let settle = null;

/** Opens the form at the address. Resolves when the dialog has closed: true if something was saved, or {change, text} where it can be undone. */
export async function open(address) {
  sheet.dataset.opening = ""; // Keys typed ahead are not commands of the page.
  try {
    show(await text(address));
  } finally {
    delete sheet.dataset.opening;
  }
  if (!sheet.open) sheet.showModal();
  focusFirst();
  return new Promise((resolve) => (settle = { resolve, saved: false }));
}

function show(html) {
  sheet.innerHTML = html; // Rendered and escaped by our templates. Scripts in innerHTML do not run.
  sheet.dataset.enhanced = "";
  showChosen(sheet);
}

function focusFirst() {
  (sheet.querySelector("[autofocus]") || sheet.querySelector("input:not([type=hidden]), textarea, button"))?.focus();
}

async function save(form, button) {
  const error = form.querySelector("[data-error]");
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  error.hidden = true;
  try {
    const response = await post(form.getAttribute("action"), data);
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const next = isJson ? await response.json() : await response.text();
    if (settle) settle.saved = true;
    if (settle) settle.answer = isJson ? next : undone(response) || settle.answer;
    if (!next || isJson) return sheet.close();
    show(next);
    focusFirst();
  } catch (problem) {
    refuse(form, error, problem);
  }
}

export function start() {
  if (!sheet) return;
  sheet.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    save(event.target, event.submitter);
  });
  sheet.addEventListener("change", () => showChosen(sheet));
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
    settle?.resolve(settle.saved && (settle.answer || true));
    settle = null;
  });
}

/** What the step did, for *Undo*. */
function undone({ headers }) {
  const change = headers.get("X-Change");
  return change && { change, text: headers.get("X-Said") };
}

/** Closing the question without an answer skips it, which is counted. */
function skip(form) {
  post(form.getAttribute("action"), { skip: "yes" }).catch(() => {});
}
