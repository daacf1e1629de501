// Rows that are worked through by keyboard, on every page: elements [data-row] with a link [data-row-link] and, where a row
// has actions, links [data-step]. The row is the one with the focus, or the one that the peek panel shows.
import { bind } from "./keys/keys.js";

const STEPS = ["call", "note", "email", "task", "snooze", "move", "done", "archive", "read", "not_useful", "unrated"];
let marked = null;

const ROW = "[data-row]:has([data-row-link])";
const rows = () => [...document.querySelectorAll(`#main ${ROW}`)];

/** Marks the row that stands for the focus while the focus is in a panel. */
export function mark(row) {
  marked?.classList.remove("is-marked");
  marked = row;
  marked?.classList.add("is-marked");
}

/** The row that keys are about. */
export const currentRow = () => document.activeElement?.closest(ROW) || (marked?.isConnected ? marked : null);

/** The row after or before the current one; the first where there is none. */
export function neighbour(by) {
  const all = rows();
  const at = all.indexOf(currentRow());
  return all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
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
  row?.querySelector("[data-row-link]")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

/** Arrows scroll the page, unless a row has the focus. */
function go(by) {
  return (event) => {
    if (event.key.startsWith("Arrow") && !document.activeElement?.closest(ROW)) return false;
    const row = neighbour(by);
    if (!row) return false;
    focus(row);
  };
}

function open() {
  const isOnRow = document.activeElement?.matches(ROW);
  if (!isOnRow) return false; // Links and buttons do it by themselves.
  currentRow().querySelector("[data-row-link]").click();
}

const click = (name) => () => {
  const action = currentRow()?.querySelector(`[data-step="${name}"]`);
  if (!action) return false;
  action.click();
};

export function start() {
  bind({ "row-next": go(1), "row-previous": go(-1), "row-open": open });
  bind(Object.fromEntries(STEPS.map((name) => [`row-${name}`, click(name)])));
}
