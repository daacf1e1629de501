// Cells that are edited in place: click or Enter opens a small form, Escape leaves it, Enter or Save sends it with the value that was seen.
import { post } from "./http.js";
import { bind } from "./keys/keys.js";
import { currentRow } from "./rows.js";
import { refuse } from "./stale.js";
import { offerUndo } from "./undo.js";

const PATH = { stage: "stage", owner: "owner", source: "source", tags: "contact", next: "next" };
const FIELD = { next: "next_action" };

function fill(form, field, cell) {
  const seen = JSON.parse(cell.dataset.was);
  const input = form.elements[0];
  if (field === "next") {
    input.value = seen?.text || "";
    if (seen?.due) form.elements.due.value = dayOf(seen.due);
  } else if (field === "tags") input.value = seen.join(", ");
  else {
    if (seen && ![...input.options].some((option) => option.value === seen)) input.add(new Option(cell.textContent.trim(), seen));
    input.value = seen || "";
  }
}

/** The day of a moment in the rep's time zone, as a date field has it. */
function dayOf(moment) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: document.body.dataset.zone, dateStyle: "short" }).format(new Date(moment));
}

function reasonOf(form) {
  const reason = form.querySelector("[data-lost]");
  if (!reason) return;
  reason.hidden = form.elements.stage.selectedOptions[0]?.dataset.kind !== "lost";
  reason.required = !reason.hidden;
}

function open(root, cell, refresh) {
  root.querySelector(".cell-editor")?.cancel();
  const field = cell.dataset.edit;
  const box = cell.parentElement;
  const form = document.createElement("form");
  form.className = "cell-editor";
  form.append(document.querySelector(`template[data-editor="${field}"]`).content.cloneNode(true));
  const save = Object.assign(document.createElement("button"), { className: "button button-small button-main", textContent: "Save" });
  const error = Object.assign(document.createElement("p"), { className: "field-error", hidden: true });
  error.setAttribute("role", "alert");
  form.append(save, error);
  fill(form, field, cell);
  const before = new URLSearchParams(new FormData(form)).toString();
  form.cancel = () => {
    form.remove();
    cell.hidden = false;
    box.classList.remove("editing");
  };
  form.addEventListener("change", () => reasonOf(form));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("select")) {
      event.preventDefault(); // A list of choices does not send its form by itself.
      form.requestSubmit(save);
    }
    if (event.key !== "Escape") return;
    event.stopPropagation();
    form.cancel();
    cell.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const data = new FormData(form);
    if (new URLSearchParams(data).toString() === before) return form.cancel(), cell.focus();
    if (field === "next" && !data.get("text").trim()) data.set("done", "yes");
    const was = `was-${FIELD[field] || field}`;
    data.set(was, cell.dataset.was);
    save.disabled = true;
    try {
      const answer = await (await post(`/leads/${cell.dataset.lead}/${PATH[field]}`, data)).json();
      form.cancel();
      await refresh();
      cell.focus();
      offerUndo(answer.text, answer.change, refresh);
    } catch (problem) {
      refuse(form, error, problem);
      cell.dataset.was = problem.seen?.[was] ?? cell.dataset.was;
      save.disabled = false;
    }
  });
  cell.hidden = true;
  box.classList.add("editing");
  box.append(form);
  reasonOf(form);
  form.elements[0].focus();
  form.elements[0].select?.();
}

export function isEditing(root) {
  return Boolean(root.querySelector(".cell-editor"));
}

export function start(root, refresh) {
  root.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-edit]");
    if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(root, cell, refresh);
  });
  bind({
    "row-edit": () => {
      const row = currentRow();
      const cell = document.activeElement?.closest("[data-edit]") || row?.querySelector("[data-edit]");
      if (!cell || !root.contains(cell)) return false;
      open(root, cell, refresh);
    },
  });
}
