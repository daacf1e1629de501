// The replay's timeline: scenes in sequence, the clock, the scroll depth, actions and pages.
import assert from "node:assert/strict";
import { test } from "node:test";

import { activeAt, depthAt, huesOf, layOut, marksBetween, nextPage, pageNear, sceneAt } from "../../tracker/web/console/static/js/pages/replay/clock.js";

const page = (label, ms, active) => ({ kind: "page", label, ms, active_ms: active, scroll: 80, marks: [{ kind: "click", after: 500 }] });
const plan = layOut([page("Pricing", 4000, 3000), { kind: "away", label: "", ms: 1000, marks: [] }, page("Product", 8000, 8000), page("Pricing", 2000, 0)]);

test("scenes follow each other; only active time counts", () => {
  assert.deepEqual([plan.length, plan.active, plan.scenes.map((scene) => scene.start)], [15000, 11000, [0, 4000, 5000, 13000]]);
  assert.deepEqual([0, 3999, 4000, 14999, 15000, 99999].map((at) => sceneAt(plan, at).index), [0, 0, 1, 3, 3, 3]);
  assert.deepEqual([2000, 3500, 4500, 6000, 15000].map((at) => activeAt(plan, at)), [2000, 3000, 3000, 4000, 11000]);
  assert.equal(sceneAt(layOut([]), 0), undefined);
});

test("the depth grows to the deepest point and stays there", () => {
  const depths = [0, 800, 1600, 3200, 4000].map((at) => depthAt(plan.scenes[0], at));
  assert.deepEqual([depths[0], depths[3], depths[4]], [0, 80, 80]);
  assert.ok(depths.every((depth, at) => !at || depth >= depths[at - 1]));
});

test("actions are found once, pages before and after", () => {
  assert.deepEqual(marksBetween(plan, 0, 5500).map((mark) => mark.position), [500, 5500]);
  assert.deepEqual(marksBetween(plan, 5500, 13000), []);
  assert.deepEqual([pageNear(plan, 0, 1).index, pageNear(plan, 14000, 1), pageNear(plan, 5200, -1).index, pageNear(plan, 9000, -1).index], [2, null, 0, 2]);
  assert.deepEqual([nextPage(plan, plan.scenes[0]).index, nextPage(plan, plan.scenes[3])], [2, null]);
  assert.deepEqual([...huesOf(plan)], [["Product", 0], ["Pricing", 1]]);
});
