// The lead page: submits its forms in place, and refreshes after events of this lead.
import { post, sentence, text } from "../parts/http.js";
import { showChosen } from "../parts/chosen.js";
import { bind } from "../parts/keys/keys.js";
import { open } from "../parts/sheet.js";
import { refuse, settle } from "../parts/stale.js";
import { listen } from "../parts/stream.js";
import { tick } from "../parts/times.js";
import { patch } from "../parts/patch.js";
import { say } from "../parts/toasts.js";
import { offerUndo } from "../parts/undo.js";

const DEBOUNCE = 400;
const OPEN_FORMS = "details.edit[open], details.log-touches[open], dialog[open], details.more[open], .t-cause details[open]";
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
    if (document.querySelector(OPEN_FORMS) || page.contains(document.activeElement?.closest("input, textarea, select"))) soon();
    else redraw().catch(() => {});
  }, DEBOUNCE);
}

/** What the chosen source means, under its field. */
function showMeaning() {
  for (const select of page.querySelectorAll("[data-source-choice]"))
    select.form.querySelector("[data-source-meaning]").textContent = select.selectedOptions[0]?.dataset.meaning ?? "";
}

/** The fields that the chosen stage asks for; and the present stage of the strip in sight. */
function showReason() {
  for (const select of page.querySelectorAll("[data-stage-choice]")) {
    select.form.dataset.enhanced = "";
    showChosen(select.form);
  }
  const now = page.querySelector(".strip [aria-current]")?.parentElement;
  if (now) now.parentElement.scrollLeft = now.offsetLeft - now.parentElement.offsetLeft - 24;
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
    return refuse(form, error, problem);
  }
  settle(form);
  const box = form.closest("details");
  if (box) box.open = false;
  if ("clear" in form.dataset) form.reset();
  await redraw();
  box?.querySelector("summary").focus();
  await askAndOffer(answer, answer.after);
}

/** Asks *What next?* after a step, then offers to undo what was done last: a dialog would cover the offer. */
async function askAndOffer(done, after) {
  const next = after ? await open(`/today/${page.dataset.lead}/next?then=lead&after=${encodeURIComponent(after)}`) : null;
  if (next) await redraw();
  const last = next?.change ? next : done;
  if (last.change) offerUndo(last.text, last.change, redraw);
}

/** Opens a form in the dialog; a move through it is followed by *What next?*. */
async function openForm(link) {
  const answer = await open(link.getAttribute("href"));
  if (answer) {
    await redraw();
    await askAndOffer(answer, link.dataset.sheetLink === "move" && "move");
  }
  if (link.isConnected) link.focus();
}

page.addEventListener("submit", (event) => {
  if (!("patch" in event.target.dataset)) return;
  event.preventDefault();
  const form = event.target;
  send(form, event.submitter).finally(() => delete form.dataset.sent);
});
page.addEventListener("change", (event) => event.target.matches("[data-stage-choice], [data-only] select") && showChosen(event.target.form));
page.addEventListener("click", (event) => {
  const link = event.target.closest("[data-sheet-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openForm(link).catch((problem) => say(sentence(problem), "quiet"));
});
page.addEventListener("change", showMeaning);
page.addEventListener("toggle", (event) => {
  if (event.target.open) event.target.querySelector("textarea, input:not([type=hidden]), select")?.focus();
}, true);
showReason();
bind({
  "lead-call": () => page.querySelector("[data-log=call]").click(),
  "lead-note": () => page.querySelector("[data-log=note]").click(),
});
if (page.dataset.askNext) {
  history.replaceState(null, "", location.pathname);
  askAndOffer({}, page.dataset.askNext).catch(() => {});
}

document.addEventListener("leadlight:changed", soon);
const ids = [page.dataset.lead, ...(page.dataset.merged?.split(" ") ?? [])];
listen((kind, data) => {
  if (data && ids.includes(data.lead) && ["event", "alert"].includes(kind)) soon();
  else if (kind === "presence" && ids.includes(data?.lead) && data.state === "left") soon();
});
