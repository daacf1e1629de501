// Runs what is bound to the keys of the table: one listener for the page. Fields, dialogs and Profile can switch keys off.
import { match, strokeOf } from "./match.js";
import { KEYS } from "./table.js";

const FIELDS = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit])";
const actions = new Map();
let mode = "";
let state = {};

/** Binds actions by name. An action gets the event, and returns false where it does not apply. */
export function bind(bindings) {
  for (const [name, action] of Object.entries(bindings)) {
    if (!KEYS[name]) throw new Error(`${name} is not in the table of keys`);
    actions.set(name, [...(actions.get(name) || []), action]);
  }
}

/** While a mode lasts, its keys alone work, and no other key does anything. Empty: none. */
export function setMode(name) {
  mode = name;
}

/** The keys that work on this page now, by name: for the help. */
export const keysHere = () => Object.entries(KEYS).filter(([name, { needs }]) => actions.has(name) && (!needs || document.querySelector(needs)));

/** Whether single keys work; Profile says so. */
export const areOn = () => document.body.dataset.keys !== "off";

function press(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const stroke = strokeOf(event);
  if (!stroke) return;
  const place = {
    mode,
    isTyping: Boolean(event.target.closest?.(FIELDS)),
    isBlocked: Boolean(document.querySelector("dialog[open]:not([data-peek]), [data-sheet][data-opening]")),
    isOff: !areOn(),
  };
  const found = match(KEYS, stroke, state, Date.now(), place);
  state = found.state;
  const isDone = found.names.some((name) => (actions.get(name) || []).some((action) => action(event) !== false));
  if (isDone || found.isSequence || (mode && stroke !== "Tab")) event.preventDefault();
}

export function start() {
  document.addEventListener("keydown", press);
}
