// The timeline of a replay: scenes in sequence and the scene at a position in milliseconds. Pure.

/** Lays the scenes out: each gets `start`; `shown` counts active time only. */
export function layOut(scenes) {
  let start = 0;
  let shown = 0;
  const laid = scenes.map((scene, index) => {
    const placed = { ...scene, index, start, shown };
    start += scene.ms;
    if (scene.kind === "page") shown += scene.active_ms;
    return placed;
  });
  return { scenes: laid, length: start, active: shown };
}

/** The scene at `position`; at the end, the last one. */
export function sceneAt(plan, position) {
  const found = plan.scenes.findLast((scene) => scene.start <= position);
  return found || plan.scenes[0];
}

/** Active time played so far, for the clock. */
export function activeAt(plan, position) {
  const scene = sceneAt(plan, position);
  if (scene.kind !== "page" || !scene.active_ms) return scene.shown;
  return scene.shown + Math.min(scene.active_ms, position - scene.start);
}

/** The scroll depth at `position`. Only the deepest point is recorded, so the way there is interpolated. */
export function depthAt(scene, position) {
  const part = Math.min(1, Math.max(0, (position - scene.start) / (scene.ms * 0.8)));
  return scene.scroll * (part * part * (3 - 2 * part));
}

/** Actions between two positions, oldest first. */
export function marksBetween(plan, from, to) {
  return plan.scenes.flatMap((scene) =>
    scene.marks.map((mark) => ({ ...mark, position: scene.start + mark.after })).filter((mark) => mark.position > from && mark.position <= to),
  );
}

/** The page scene before or after the one at `position`; going back first returns to the start of the current page. */
export function pageNear(plan, position, step) {
  const pages = plan.scenes.filter((scene) => scene.kind === "page");
  if (step > 0) return pages.find((scene) => scene.start > position) || null;
  const before = pages.filter((scene) => scene.start < position - 1500);
  return before.at(-1) || pages[0] || null;
}

/** The next page, for preloading. */
export const nextPage = (plan, scene) => plan.scenes.slice(scene.index + 1).find((other) => other.kind === "page") || null;

const HUES = 6;

/** The colour of each page's name, 0 to 5: the pages read longest have their own, all others share the last. */
export function huesOf(plan) {
  const times = new Map();
  for (const scene of plan.scenes) if (scene.kind === "page") times.set(scene.label, (times.get(scene.label) || 0) + scene.ms);
  const longest = [...times.keys()].sort((one, other) => times.get(other) - times.get(one));
  return new Map(longest.map((label, index) => [label, Math.min(index, HUES - 1)]));
}
