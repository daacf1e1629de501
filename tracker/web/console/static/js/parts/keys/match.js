// Which key of the table a key press is. Pure.

const SEQUENCE = 1500;

/** The key press as the table writes it: `j`, `?`, `Mod+k`, `Shift+ArrowDown`, `Space`; empty with Alt, which types characters. */
export function strokeOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey || !key || ["Control", "Meta", "Shift", "Alt", "Dead", "Process"].includes(key)) return "";
  const name = key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key;
  const isLetter = name.length === 1 && name.toUpperCase() !== name;
  const shift = shiftKey && (name.length > 1 || isLetter) ? "Shift+" : "";
  return (ctrlKey || metaKey ? "Mod+" : "") + shift + name;
}

/** Whether the keys can be typed by accident, or by speech input: Profile switches these off (WCAG 2.1.4). */
export const isCharacter = (keys) => keys.split(" ").every((one) => one.length === 1);

/**
 * The names that the stroke may mean, first the one that the table has first, and the sequence that it starts or leaves open.
 * `state`: {sequence, at}; `place`: {mode, isTyping, isBlocked, isOff}.
 */
export function match(table, stroke, state, now, place) {
  const sequence = state.sequence && now - state.at < SEQUENCE ? state.sequence : "";
  const allowed = Object.entries(table).filter(([, key]) => isAllowed(key, place));
  const usable = (keys) => !(place.isOff && isCharacter(keys));
  const named = (wanted) => allowed.filter(([, key]) => key.keys.some((keys) => keys === wanted && usable(keys))).map(([name]) => name);
  if (sequence) return { names: named(`${sequence} ${stroke}`), state: {}, isSequence: true };
  const starts = allowed.some(([, key]) => key.keys.some((keys) => keys.startsWith(`${stroke} `) && usable(keys)));
  return { names: named(stroke), state: starts ? { sequence: stroke, at: now } : {}, isSequence: starts };
}

function isAllowed(key, { mode, isTyping, isBlocked }) {
  if ((key.mode || "") !== mode) return false;
  return key.always || !(isTyping || isBlocked);
}
