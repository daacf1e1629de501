// Shows the fields of a form that belong to what is chosen: [data-only] names values, ids or kinds, separated by `|`.

const STAGES = "select[data-stage-choice], select[name=stage]";

/** Values and kinds of what is chosen in the form's radio buttons and stage lists; then *other* of a visible list of reasons. */
export function showChosen(form) {
  const chosen = new Set();
  for (const input of form.querySelectorAll("input:checked")) for (const name of [input.value, input.dataset.kind]) chosen.add(name);
  for (const select of form.querySelectorAll(STAGES)) for (const name of [select.value, select.selectedOptions[0]?.dataset.kind]) chosen.add(name);
  const isCall = chosen.has("call") || !form.querySelector("input[type=radio][name=kind]");
  const parts = [...form.querySelectorAll("[data-only]")];
  for (const part of parts) set(part, isCall && part.dataset.only.split("|").some((name) => chosen.has(name)));
  const isOther = parts.some((part) => !part.hidden && part.querySelector("select[name=lost], select[name=won]")?.value === "other");
  for (const part of parts) if (part.dataset.only === "other") set(part, isOther);
}

function set(part, isShown) {
  part.hidden = !isShown;
  if (part.dataset.only !== "call") for (const input of part.querySelectorAll("input, select, textarea")) input.disabled = !isShown;
}
