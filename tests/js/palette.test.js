// The palette: what words find and in which order, what is shown until the server has answered, and what was opened last.
import assert from "node:assert/strict";
import { test } from "node:test";

import { groupsOf, rank } from "../../tracker/web/console/static/js/parts/palette/rank.js";
import { nameOf, withLatest } from "../../tracker/web/console/static/js/parts/palette/recent.js";

const entries = [
  { label: "Today", kind: "page", words: "home tasks" },
  { label: "Settings: Team", kind: "settings", words: "invite reps" },
  { label: "Add task", kind: "command", step: "task", words: "reminder" },
  { label: "Add lead", kind: "command", words: "new" },
];
const labels = (found) => found.map((entry) => entry.label);
const state = { entries, recent: [], found: {}, foundFor: "", lead: null };
const lead = { id: "1", name: "Dana" };

test("the start of the label comes first, then starts of words, then other words", () => {
  assert.deepEqual(labels(rank(entries, "t")), ["Today", "Settings: Team", "Add task"]);
  assert.deepEqual(labels(rank(entries, "TASK")), ["Add task", "Today"]);
  assert.deepEqual(labels(rank(entries, "new lead")), ["Add lead"]);
  assert.deepEqual(labels(rank(entries, "ead")), ["Add lead"]);
  assert.deepEqual(rank(entries, "nothing"), []);
  assert.deepEqual(labels(rank([{ label: "Åsa Ødd" }, { label: "C++ (x) [y]" }], "ødd")), ["Åsa Ødd"]);
  assert.deepEqual(labels(rank([{ label: "C++ (x) [y]" }], "[y] c++")), ["C++ (x) [y]"]);
});

test("without words: recent, commands, pages; commands for a lead need one", () => {
  const recent = [{ label: "Dana" }];
  const shown = groupsOf({ ...state, search: " ", recent });
  assert.deepEqual(shown.map(([name, found]) => [name, labels(found)]), [["Recent", ["Dana"]], ["Commands", ["Add lead"]], ["Pages", ["Today"]]]);
  assert.deepEqual(labels(groupsOf({ ...state, search: "", lead })[0][1]), ["Add task", "Add lead"]);
  assert.equal(groupsOf({ ...state, search: "", lead })[0][0], "Commands for Dana");
});

test("an older answer shows only what fits the present words; the answer to them shows all", () => {
  const found = { leads: [{ label: "Dana Whitfield" }, { label: "Daniel Ost", detail: "Acme" }] };
  const leadsFor = (search, foundFor) => labels(groupsOf({ ...state, search, found, foundFor }).find(([name]) => name === "Leads")?.[1] || []);
  assert.deepEqual(leadsFor("dan", "dan"), ["Dana Whitfield", "Daniel Ost"]);
  assert.deepEqual(leadsFor("dana", "dan"), ["Dana Whitfield"]);
  assert.deepEqual(leadsFor("zoe", "dan"), []);
  assert.deepEqual(leadsFor("555", "555"), ["Dana Whitfield", "Daniel Ost"]); // found by phone number, which is not shown
});

test("what was opened last: ids of leads, companies and lists, once each", () => {
  const id = "0123456789abcdef0123456789abcdef";
  assert.equal(nameOf(`/leads/${id}`), `lead:${id}`);
  assert.equal(nameOf(`/companies/${id}`), `company:${id}`);
  assert.equal(nameOf("/leads", "?list=hot&sort=name"), "list:hot");
  for (const [path, search] of [["/leads"], ["/leads/new"], [`/leads/${id}/write`], ["/leads", "?list=a,lead:b"], ["/today", "?list=hot"]]) {
    assert.equal(nameOf(path, search), "");
  }
  assert.deepEqual(withLatest(["a", "b", "c"], "b"), ["b", "a", "c"]);
  assert.equal(withLatest([..."abcdefgh"], "z").length, 8);
});
