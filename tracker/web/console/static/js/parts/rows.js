// Rows that are worked through by keyboard: j and k move, letters run an action of the row that has the focus.

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog");

/** `root` holds elements [data-row], each with a link [data-row-link] and actions [data-step] with their key in aria-keyshortcuts. */
export function start(root) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const rows = [...root.querySelectorAll("[data-row]")];
    const row = document.activeElement?.closest("[data-row]");
    if (event.key === "j" || event.key === "k") {
      const at = rows.indexOf(row) + (event.key === "j" ? 1 : row ? -1 : 0);
      focus(rows[Math.max(0, Math.min(rows.length - 1, at))]);
      event.preventDefault();
      return;
    }
    const action = row?.querySelector(`[data-step][aria-keyshortcuts="${CSS.escape(event.key)}"]`);
    if (!action) return;
    event.preventDefault();
    action.click();
  });
}

/** Where a row is: a function that finds the row with its key later, or the one that took its place. */
export function placeOf(root, row) {
  const at = [...root.querySelectorAll("[data-row]")].indexOf(row);
  return () => {
    const now = [...root.querySelectorAll("[data-row]")];
    return now.find((one) => one.dataset.key === row.dataset.key) || now[Math.min(at, now.length - 1)];
  };
}

/** Gives the row the focus, if there is one. */
export function focus(row) {
  row?.querySelector("[data-row-link]").focus();
  row?.scrollIntoView({ block: "nearest" });
}
