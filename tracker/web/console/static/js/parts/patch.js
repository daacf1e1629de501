// Updates a part of the page to match fresh HTML with few changes, by idiomorph. It matches elements by id: here by data-key,
// which is unique among the keyed parts of one parent, and gets an id for that.
const roots = new WeakMap();
let count = 0;

function prefixOf(root) {
  if (!roots.has(root)) roots.set(root, `k${(count += 1)}`);
  return roots.get(root);
}

function identify(root, prefix) {
  const used = new Set();
  for (const element of root.querySelectorAll("[data-key]")) {
    const outer = element.parentElement?.closest("[data-key]");
    const id = element.id && !element.id.startsWith(`${prefix}.`) ? element.id : `${outer && outer !== root && root.contains(outer) ? outer.id : prefix}.${element.dataset.key}`;
    if (!used.has(id)) element.id = id;
    used.add(id);
  }
}

/** Whether a person changed the field since it was shown. */
function isTouched(field, name) {
  if (name === "checked") return field.checked !== field.defaultChecked;
  if (name === "selected") return field.selected !== field.defaultSelected;
  return ["checkbox", "radio"].includes(field.type) ? !field.hasAttribute("value") : field.value !== field.defaultValue;
}

/** Whether a person changed something in the form. */
function isEdited(form) {
  return [...form.elements].some((field) => {
    if (field.options) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
    if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
    return "defaultValue" in field && field.value !== field.defaultValue;
  });
}

/** A hidden field that says what a form showed stays with what was typed: js/parts/stale.js. */
const isSeen = (element) => element.type === "hidden" && element.name?.startsWith("was-") && element.form && isEdited(element.form);

const callbacks = {
  beforeAttributeUpdated(name, element, change) {
    if (isSeen(element)) return false;
    if (["value", "checked", "selected"].includes(name)) return !isTouched(element, name);
    if (change !== "remove") return true;
    return name !== "data-sortable" && !(name === "open" && element.tagName === "DETAILS");
  },
  afterNodeAdded(node) {
    if (node.dataset?.key) node.classList.add("live-fresh");
  },
};

/** Makes the children of `old` those of `fresh`. Typed text, ticks and opened parts stay; new keyed elements get the class `live-fresh`. */
export function patch(old, fresh) {
  identify(old, prefixOf(old));
  identify(fresh, prefixOf(old));
  Idiomorph.morph(old, [...fresh.childNodes], { morphStyle: "innerHTML", callbacks });
}
