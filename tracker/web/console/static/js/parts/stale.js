// Forms that send what they showed (`was-…`): what happens to that when a change is refused or saved.
import { sentence } from "./http.js";

/** Says why the form was refused. Where someone else changed a field, the form takes over its value as seen: saving again replaces it. */
export function refuse(form, error, problem) {
  const seen = Object.entries(problem.seen || {});
  for (const [name, value] of seen) {
    const input = form.elements.namedItem(name);
    if (input) input.value = value;
  }
  error.textContent = seen.length ? `${sentence(problem)}. Save again to replace it.` : sentence(problem);
  error.hidden = false;
}

/** What the form holds was saved: nothing in it counts as typed any more. */
export function settle(form) {
  for (const field of form.elements) {
    if (field.options) for (const option of field.options) option.defaultSelected = option.selected;
    else if (["checkbox", "radio"].includes(field.type)) field.defaultChecked = field.checked;
    else if ("defaultValue" in field) field.defaultValue = field.value;
  }
}
