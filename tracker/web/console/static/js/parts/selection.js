// Selecting rows: checkboxes, Shift and click, x on the focused row, Shift with the arrow keys; the bar shows how many.
import { bind } from "./keys/keys.js";
import { currentRow, focus, neighbour } from "./rows.js";

const picks = (root) => [...root.querySelectorAll("[data-pick]")];

export function start(root, bar) {
  const all = root.querySelector("[data-pick-all]");
  const every = bar.querySelector("[data-every]");
  const clear = bar.querySelector("[data-clear]");
  let anchor = null;
  all.hidden = clear.hidden = false;

  function show() {
    const boxes = picks(root);
    const count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr").classList.toggle("picked", box.checked);
    bar.hidden = !count;
    bar.querySelector("[data-count]").textContent = every?.checked ? every.dataset.every : count;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }

  /** A tick of a row ends the selection of the whole list. */
  function single() {
    if (every) every.checked = false;
  }

  function pick(box, checked) {
    single();
    box.checked = checked;
    anchor = box;
    show();
  }

  root.addEventListener("click", (event) => {
    const box = event.target.closest("[data-pick]");
    if (!box) return;
    if (event.shiftKey && anchor?.isConnected) {
      const boxes = picks(root);
      const [from, to] = [boxes.indexOf(anchor), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
    }
    anchor = box;
    single();
    show();
  });
  every?.addEventListener("change", () => {
    for (const box of picks(root)) box.checked = every.checked;
    show();
  });
  all.addEventListener("change", () => {
    for (const box of picks(root)) box.checked = all.checked;
    single();
    show();
  });
  clear.addEventListener("click", () => {
    for (const box of picks(root)) box.checked = false;
    single();
    show();
    root.querySelector("[data-row-link]")?.focus();
  });
  const select = (by) => () => {
    const row = currentRow();
    if (!row) return false;
    const next = neighbour(by);
    pick(row.querySelector("[data-pick]"), true);
    pick(next.querySelector("[data-pick]"), true);
    focus(next);
  };
  bind({
    "select-next": select(1),
    "select-previous": select(-1),
    "row-select": () => {
      const box = currentRow()?.querySelector("[data-pick]");
      if (!box) return false;
      pick(box, !box.checked);
    },
  });
  show();
  return { show };
}
