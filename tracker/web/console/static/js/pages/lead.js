// The lead page: submits its forms in place, and refreshes after events of this lead.
import { post, sentence, text } from "../parts/http.js";
import { listen } from "../parts/stream.js";
import { tick } from "../parts/times.js";
import { patch } from "../parts/patch.js";
import { offerUndo } from "../parts/undo.js";

const DEBOUNCE = 400;
const OPEN_FORMS = "details.edit[open], details.log-item[open], details.more[open], .t-cause details[open]";
const page = document.querySelector("[data-lead-page]");
let timer = 0;

async function redraw() {
  timer = 0;
  const fresh = new DOMParser().parseFromString(await text(location.pathname + location.search), "text/html");
  const wanted = fresh.querySelector("[data-lead-page]");
  if (!wanted) return;
  patch(page, wanted);
  tick(page);
  showReason();
}

/** Refreshes soon, but not while a form is in use. */
function soon() {
  timer ||= setTimeout(() => {
    timer = 0;
    if (page.querySelector(OPEN_FORMS) || page.contains(document.activeElement?.closest("input, textarea, select"))) soon();
    else redraw().catch(() => {});
  }, DEBOUNCE);
}

/** What the chosen source means, under its field. */
function showMeaning() {
  for (const select of page.querySelectorAll("[data-source-choice]"))
    select.form.querySelector("[data-source-meaning]").textContent = select.selectedOptions[0]?.dataset.meaning ?? "";
}

function showReason() {
  for (const select of page.querySelectorAll("[data-stage-choice]")) {
    const kind = select.selectedOptions[0]?.dataset.kind;
    const box = (name) => select.form.querySelector(`[data-reason="${name}"]`);
    for (const name of ["lost", "won"]) box(name).hidden = kind !== name;
    const list = box(kind === "won" ? "won" : "lost").querySelector("select");
    box("lost").querySelector("select").required = kind === "lost";
    const isOther = ["lost", "won"].includes(kind) && list.value === "other";
    box("other").hidden = !isOther;
    box("other").querySelector("input").required = isOther;
  }
}

async function send(form, button) {
  const error = form.querySelector("[data-error]");
  if (error) error.hidden = true;
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  let answer = {};
  try {
    const response = await post(form.getAttribute("action"), data);
    if (response.headers.get("Content-Type")?.startsWith("application/json")) answer = await response.json();
  } catch (problem) {
    if (!error) throw problem;
    error.textContent = sentence(problem);
    error.hidden = false;
    return;
  }
  const box = form.closest("details");
  if (box) box.open = false;
  if ("clear" in form.dataset) form.reset();
  await redraw();
  box?.querySelector("summary").focus();
  if (answer.change) offerUndo(answer.text, answer.change, redraw);
}

page.addEventListener("submit", (event) => {
  if (!("patch" in event.target.dataset)) return;
  event.preventDefault();
  const form = event.target;
  send(form, event.submitter).finally(() => delete form.dataset.sent);
});
page.addEventListener("change", showReason);
page.addEventListener("change", showMeaning);
page.addEventListener("toggle", (event) => {
  if (event.target.open) event.target.querySelector("textarea, input:not([type=hidden]), select")?.focus();
}, true);
showReason();

document.addEventListener("leadlight:changed", soon);
listen((kind, data) => {
  if (data && data.lead === page.dataset.lead && ["event", "alert"].includes(kind)) soon();
  else if (kind === "presence" && data?.lead === page.dataset.lead && data.state === "left") soon();
});
