// The legend under the track: what its colours, stripes and dots mean. Only what this replay shows.
import { marksBetween } from "./clock.js";

function entry(sign, text) {
  const item = document.createElement("li");
  const swatch = document.createElement("i");
  swatch.className = sign;
  swatch.setAttribute("aria-hidden", "true");
  item.append(swatch, text);
  return item;
}

/** Pages of one colour under one name; several share the last colour. */
function pages(hues) {
  const names = new Map();
  for (const [label, hue] of hues) names.set(hue, [...(names.get(hue) || []), label]);
  return [...names].map(([hue, labels]) => entry(`piece hue-${hue}`, labels.length > 1 ? "Other pages" : labels[0]));
}

export function legendOf(plan, hues) {
  const marks = marksBetween(plan, -1, plan.length);
  const found = pages(hues);
  if (plan.scenes.some((scene) => scene.kind !== "page")) found.push(entry("piece piece-away", "Away, or between visits"));
  if (marks.some((mark) => mark.kind === "submit")) found.push(entry("mark-dot mark-submit", "Form sent"));
  if (marks.some((mark) => mark.kind !== "submit")) found.push(entry("mark-dot", "Click or download"));
  return found;
}
