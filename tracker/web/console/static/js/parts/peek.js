// The peek panel: the lead of a row beside the list. p or the row's button opens it, j and k go on, Escape closes it.
import { sentence } from "./http.js";
import { hypertext } from "./hypertext.js";
import { bind } from "./keys/keys.js";
import { leadOf, runStep } from "./open_lead.js";
import { currentRow, focus, mark, neighbour } from "./rows.js";
import { say } from "./toasts.js";

const panel = document.querySelector("[data-peek]");
const body = panel?.querySelector("[data-peek-body]");
const NARROW = matchMedia("(max-width: 860px)");
let row = null;
let lead = null;

/** Asks for the lead. While an answer is awaited, the last request waits; an answer about another lead is dropped. */
const load = () =>
  hypertext().then(
    (htmx) => lead && htmx.ajax("GET", `/leads/${lead.id}/peek`, { source: body, target: body, swap: "innerHTML" }),
    (problem) => say(sentence(problem)),
  );

/** Shows the lead of the row; false where the row is about none. */
function show(next) {
  const found = leadOf(next);
  if (!found) return false;
  row = next;
  lead = found;
  mark(row);
  row.scrollIntoView({ block: "nearest" });
  if (!panel.open) {
    if (NARROW.matches) panel.showModal();
    else panel.show();
    document.body.classList.toggle("has-peek", !NARROW.matches);
  }
  panel.setAttribute("aria-label", lead.name);
  panel.focus();
  load();
}

/** The next row that is about a lead. */
function go(by) {
  return (event) => {
    if (!panel.open || event.key.startsWith("Arrow")) return false;
    show(neighbour(by));
  };
}

function closed() {
  document.body.classList.remove("has-peek");
  mark(null);
  body.replaceChildren();
  focus(row?.isConnected ? row : document.querySelector(`#main [data-row-link][href="/leads/${lead.id}"]`)?.closest("[data-row]"));
  lead = null;
}

const step = (name) => () => (panel.open ? run(name) : false);

function run(name) {
  if (!body.querySelector(`[data-peek-step="${name}"]`)) return false;
  runStep(name, lead).catch((problem) => say(sentence(problem)));
}

/** Before the rows, so that j, k and the keys of steps are the panel's while it is open. */
export function start() {
  if (!panel) return;
  bind({
    "row-next": go(1),
    "row-previous": go(-1),
    "row-peek": () => (panel.open ? panel.close() : show(currentRow())),
    "peek-close": () => (!panel.open || document.querySelector("dialog[open]:not([data-peek])") ? false : panel.close()),
  });
  bind(Object.fromEntries(["call", "note", "task", "move", "email"].map((name) => [`row-${name}`, step(name)])));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-peek-open]");
    if (!button) return;
    event.preventDefault();
    const wanted = button.closest("[data-row]");
    if (panel.open && leadOf(wanted)?.id === lead?.id) panel.close();
    else show(wanted);
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) return panel.close();
    const link = event.target.closest("[data-peek-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    run(link.dataset.peekStep);
  });
  panel.addEventListener("close", closed);
  body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.pathInfo.requestPath !== `/leads/${lead?.id}/peek`) detail.shouldSwap = false;
  });
  body.addEventListener("htmx:afterSwap", () => document.activeElement === panel && body.querySelector("[data-peek-title]").focus());
  document.addEventListener("leadlight:changed", () => panel.open && load());
}
