// Selecting rows: checkboxes, Shift and click, x on the focused row, Shift with the arrow keys; the bar shows how many.
const picks = (root) => [...root.querySelectorAll("[data-pick]")];

export function start(root, bar) {
  const all = root.querySelector("[data-pick-all]");
  const clear = bar.querySelector("[data-clear]");
  let anchor = null;
  all.hidden = clear.hidden = false;

  function show() {
    const boxes = picks(root);
    const count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr").classList.toggle("picked", box.checked);
    bar.hidden = !count;
    bar.querySelector("[data-count]").textContent = count;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }

  function pick(box, checked) {
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
    show();
  });
  all.addEventListener("change", () => {
    for (const box of picks(root)) box.checked = all.checked;
    show();
  });
  clear.addEventListener("click", () => {
    for (const box of picks(root)) box.checked = false;
    show();
    root.querySelector("[data-row-link]")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog, details[open]");
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    const rows = [...root.querySelectorAll("[data-row]")];
    const at = rows.indexOf(document.activeElement?.closest("[data-row]"));
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
    if (event.key === "x" && at >= 0) {
      const box = rows[at].querySelector("[data-pick]");
      pick(box, !box.checked);
    } else if (step && (at >= 0 || event.key === "j")) {
      const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
      if (event.shiftKey && at >= 0) {
        pick(rows[at].querySelector("[data-pick]"), true);
        pick(next.querySelector("[data-pick]"), true);
      }
      next.querySelector("[data-row-link]").focus();
      next.scrollIntoView({ block: "nearest" });
    } else return;
    event.preventDefault();
  });
  show();
  return { show };
}
