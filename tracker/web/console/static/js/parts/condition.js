// The filter panel of lists: rows are added and removed without a request, and offer what fits their field.
const WITHOUT_VALUE = ["is_set", "is_empty"];
const DATES = ["before", "after"];

function setOptions(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value, false, value === chosen)));
}

function valueEntry(field, comparison, value, data, arrow) {
  const options = data.options[field];
  if (options && ["is", "is_not"].includes(comparison)) {
    const box = document.createElement("span");
    const select = document.createElement("select");
    box.className = "select";
    setOptions(select, options, value);
    box.append(select, arrow.cloneNode(true));
    return [box, select];
  }
  const input = document.createElement("input");
  if (DATES.includes(comparison)) input.type = "date";
  else if (["at_least", "at_most", "within_days", "older_than_days"].includes(comparison) || data.numbers.includes(field)) input.inputMode = "decimal";
  input.value = value;
  input.maxLength = 200;
  input.hidden = WITHOUT_VALUE.includes(comparison);
  return [input, input];
}

export function startConditions(panel) {
  const data = JSON.parse(panel.dataset.conditions);
  const rows = panel.querySelector("fieldset");
  const pattern = rows.querySelector("[data-condition-row]:last-of-type").cloneNode(true);
  const part = (row, name) => row.querySelector(`[name=${name}]`);

  function renew(row) {
    const field = part(row, "f").value;
    const comparisons = data.words[field];
    const former = part(row, "o").value;
    if (comparisons) setOptions(part(row, "o"), comparisons, comparisons.some(([value]) => value === former) ? former : comparisons[0][0]);
    const arrow = part(row, "f").parentElement.querySelector("svg");
    const [box, entry] = valueEntry(field, part(row, "o").value, part(row, "v").value, data, arrow);
    entry.name = "v";
    entry.setAttribute("aria-label", "Value");
    row.querySelector(".condition-value").replaceChildren(box);
    row.querySelector(".field-error")?.remove();
  }

  rows.addEventListener("change", ({ target }) => {
    const row = target.closest("[data-condition-row]");
    if (row && ["f", "o"].includes(target.name)) renew(row);
  });
  panel.addEventListener("click", (event) => {
    const button = event.target.closest("[data-condition-drop], [data-condition-add]");
    if (!button) return;
    event.preventDefault();
    if (button.matches("[data-condition-drop]")) {
      const row = button.closest("[data-condition-row]");
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (part(next, "f") ?? panel.querySelector("summary")).focus();
    } else {
      const row = pattern.cloneNode(true);
      rows.append(row);
      part(row, "f").focus();
    }
  });
}
