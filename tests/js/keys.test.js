// The keys: how a press is read, sequences, fields, dialogs, the switch in Profile; and one table for all of them.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { isCharacter, match, strokeOf } from "../../tracker/web/console/static/js/parts/keys/match.js";
import { KEYS } from "../../tracker/web/console/static/js/parts/keys/table.js";

const SCRIPTS = new URL("../../tracker/web/console/static/js/", import.meta.url);
const PAGE = { mode: "", isTyping: false, isBlocked: false, isOff: false };
const names = (stroke, place = {}, state = {}, now = 0) => match(KEYS, stroke, state, now, { ...PAGE, ...place }).names;

test("a press is read as the table writes it", () => {
  const strokes = [
    [{ key: "j" }, "j"],
    [{ key: "J" }, "j"], // Caps Lock
    [{ key: "J", shiftKey: true }, "Shift+j"],
    [{ key: "?", shiftKey: true }, "?"],
    [{ key: "k", metaKey: true }, "Mod+k"],
    [{ key: "K", ctrlKey: true, shiftKey: true }, "Mod+Shift+k"],
    [{ key: "ArrowDown", shiftKey: true }, "Shift+ArrowDown"],
    [{ key: " " }, "Space"],
    [{ key: "@", altKey: true, ctrlKey: true }, ""], // AltGr types a character
    [{ key: "Shift", shiftKey: true }, ""],
    [{ key: "Dead" }, ""],
    [{}, ""], // a password manager's event
  ];
  for (const [event, expected] of strokes) assert.equal(strokeOf(event), expected);
});

test("g and a letter open a page, in time; the letter alone is the row's", () => {
  const started = match(KEYS, "g", {}, 0, PAGE);
  assert.deepEqual([started.names, started.state.sequence, started.isSequence], [[], "g", true]);
  assert.deepEqual(names("t", {}, started.state, 1000), ["go-today"]);
  assert.deepEqual(names("t", {}, started.state, 2000), ["row-task"]);
  assert.deepEqual(names("q", {}, started.state, 1000), []);
  assert.deepEqual(match(KEYS, "q", started.state, 1000, PAGE).state, {});
});

test("fields and dialogs keep their keys; what always works stays", () => {
  for (const place of [{ isTyping: true }, { isBlocked: true }]) {
    assert.deepEqual(names("j", place), []);
    assert.deepEqual(names("Mod+z", place), []);
    assert.deepEqual(names("Mod+k", place), ["palette"]);
    assert.equal(match(KEYS, "g", {}, 0, { ...PAGE, ...place }).isSequence, false);
  }
});

test("Profile switches single characters off, and no other key", () => {
  assert.deepEqual(names("j", { isOff: true }), []);
  assert.equal(match(KEYS, "g", {}, 0, { ...PAGE, isOff: true }).isSequence, false);
  assert.deepEqual(names("ArrowDown", { isOff: true })[0], "row-next");
  assert.deepEqual(names("Mod+k", { isOff: true }), ["palette"]);
  assert.deepEqual(["j", "g t", "?", "1"].map(isCharacter), [true, true, true, true]);
  assert.deepEqual(["Space", "Mod+k", "Escape", "Shift+ArrowDown"].map(isCharacter), [false, false, false, false]);
});

test("while a card is held, its keys alone work", () => {
  assert.deepEqual(names("Enter", { mode: "card" }), ["card-drop"]);
  assert.deepEqual(names("j", { mode: "card" }), []);
  assert.deepEqual(names("ArrowLeft"), ["replay-back"]);
});

function scripts() {
  const files = readdirSync(SCRIPTS, { recursive: true, withFileTypes: true });
  const own = files.filter((file) => file.isFile() && file.name.endsWith(".js") && !(file.parentPath ?? file.path).includes("vendor"));
  return own.map((file) => [file.name, readFileSync(`${file.parentPath ?? file.path}/${file.name}`, "utf8")]);
}

test("every line of the table is bound, and no script has a key of its own", () => {
  const all = scripts().filter(([name]) => name !== "table.js");
  const text = all.map(([, source]) => source).join("\n");
  const families = { "row-": /`row-\$\{name\}`/, "go-": /`go-\$\{name\}`/ };
  const isBound = (name) => text.includes(`"${name}":`) || new RegExp(`\\b${name}:|\\b${name} \\}|\\{ ${name}\\b`).test(text);
  const byFamily = (name) => Object.entries(families).some(([start, pattern]) => name.startsWith(start) && pattern.test(text) && text.includes(`"${name.slice(start.length)}"`) || new RegExp(`\\b${name.slice(3)}: "/`).test(text));
  assert.deepEqual(Object.keys(KEYS).filter((name) => !isBound(name) && !byFamily(name)), []);
  // Escape in a menu and the keys of an open editor or list of choices belong to that widget.
  const widgets = new Set(["keys.js", "menus.js", "cells.js", "palette.js", "sound.js"]);
  assert.deepEqual(all.filter(([name, source]) => source.includes('"keydown"') && !widgets.has(name)).map(([name]) => name), []);
});

test("the keys that the docs name are those of the table", () => {
  const page = readFileSync(new URL("../../docs/keyboard.md", import.meta.url), "utf8");
  const lines = Object.values(KEYS).map(({ keys, text }) => `| ${keys.map((key) => `\`${key}\``).join(" ")} | ${text} |`);
  assert.deepEqual(lines.filter((line) => !page.includes(line)), []);
});
