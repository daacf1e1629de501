// Where a replay stands: scenes laid end to end, a position in milliseconds, and what is on at that position. No page, no timers.

/** Lays the scenes out: each gets `start`; `shown` counts active time only, as the rep reads it. */
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

/** The scene that is on at `position`; the last one at the very end. */
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

/** How far down the page was by then: only the deepest point is known, so the way there is shown as a calm glide. */
export function depthAt(scene, position) {
  const part = Math.min(1, Math.max(0, (position - scene.start) / (scene.ms * 0.8)));
  return scene.scroll * (part * part * (3 - 2 * part));
}

/** Marks passed between two positions, oldest first. */
export function marksBetween(plan, from, to) {
  return plan.scenes.flatMap((scene) =>
    scene.marks.map((mark) => ({ ...mark, position: scene.start + mark.after })).filter((mark) => mark.position > from && mark.position <= to),
  );
}

/** The page scene before or after the one at `position`; going back first returns to the start of a page that is well under way. */
export function pageNear(plan, position, step) {
  const pages = plan.scenes.filter((scene) => scene.kind === "page");
  if (step > 0) return pages.find((scene) => scene.start > position) || null;
  const before = pages.filter((scene) => scene.start < position - 1500);
  return before.at(-1) || pages[0] || null;
}

/** The page that will be shown next, for loading it ahead. */
export const nextPage = (plan, scene) => plan.scenes.slice(scene.index + 1).find((other) => other.kind === "page") || null;
