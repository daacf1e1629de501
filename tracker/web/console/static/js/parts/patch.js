// Updates a part of the page to match fresh HTML with few changes. Matches elements by data-key, then by position.

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !(name === "open" && old.tagName === "DETAILS")) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function isAlike(old, fresh) {
  if (old.nodeType !== fresh.nodeType) return false;
  if (old.nodeType !== Node.ELEMENT_NODE) return true;
  return old.tagName === fresh.tagName && (old.dataset.key || "") === (fresh.dataset.key || "");
}

function one(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.isEqualNode(fresh)) return;
  attributes(old, fresh);
  patch(old, fresh);
}

/** Makes the children of `old` those of `fresh`; new keyed elements get the class `live-fresh`. */
export function patch(old, fresh) {
  const keyed = new Map();
  for (const child of old.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const key = wanted.dataset?.key;
    const known = key && keyed.get(key);
    if (known && isAlike(known, wanted)) {
      if (known !== place) old.insertBefore(known, place);
      else place = place.nextSibling;
      keyed.delete(key);
      one(known, wanted);
    } else if (place && !key && !place.dataset?.key && isAlike(place, wanted)) {
      const here = place;
      place = place.nextSibling;
      one(here, wanted);
    } else {
      if (key) wanted.classList.add("live-fresh");
      old.insertBefore(wanted, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
