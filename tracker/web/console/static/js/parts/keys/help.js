// The list of the keys of this page, from the same table that binds them.
import { areOn, bind, keysHere } from "./keys.js";
import { isCharacter } from "./match.js";

const dialog = document.querySelector("[data-keys-help]");
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const SIGNS = { Mod: isMac ? "⌘" : "Ctrl", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

function keyOf(keys) {
  const parts = keys.split(/([ +])/).filter((part) => part !== "+" && part !== " ");
  return parts.map((part) => Object.assign(document.createElement("kbd"), { textContent: SIGNS[part] || part }));
}

function line({ keys, text }) {
  const term = document.createElement("dt");
  keys.forEach((one, at) => term.append(...(at ? [" or "] : []), ...keyOf(one).flatMap((key, place) => (place ? [" ", key] : [key]))));
  const said = document.createElement("dd");
  said.textContent = text;
  const row = document.createElement("div");
  row.append(term, said);
  return row;
}

function fill() {
  const groups = new Map();
  for (const [, key] of keysHere()) {
    if (!areOn() && key.keys.every(isCharacter)) continue;
    groups.set(key.group, [...(groups.get(key.group) || []), key]);
  }
  const parts = [...groups].map(([name, keys]) => {
    const part = document.createElement("section");
    const list = document.createElement("dl");
    list.append(...keys.map(line));
    part.append(Object.assign(document.createElement("h3"), { textContent: name }), list);
    return part;
  });
  dialog.querySelector("[data-keys-list]").replaceChildren(...parts);
  dialog.querySelector("[data-keys-off]").hidden = areOn();
}

export function openHelp() {
  fill();
  dialog.showModal();
}

export function start() {
  if (!dialog) return;
  bind({ help: openHelp });
  dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-close]")) && dialog.close());
  document.addEventListener("click", (event) => event.target.closest("[data-keys-open]") && openHelp());
  if (isMac) for (const key of document.querySelectorAll("[data-mod]")) key.textContent = "⌘";
}
