// The live stream: messages reach every listener, a lost stream goes on after the last message, silence opens it anew.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

const sources = [];
class Source extends EventTarget {
  static CLOSED = 2;
  constructor(address) {
    super();
    Object.assign(this, { address, readyState: 1 });
    sources.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  send(kind, data, lastEventId = "") {
    this.dispatchEvent(Object.assign(new Event(kind), { data: JSON.stringify(data), lastEventId }));
  }
}

mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
const globals = {
  window: {},
  document: { body: { dataset: { session: "s" } } },
  navigator: {},
  sessionStorage: { getItem: () => `${Date.now()} 7-0`, setItem: () => {} },
  EventSource: Source,
  addEventListener: () => {},
  fetch: async () => ({ ok: true, json: async () => ({}) }),
};
for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
const { listen, start } = await import("../../tracker/web/console/static/js/parts/stream.js");

test("one stream, resumed where it was, reopened when it is silent or refused", () => {
  const heard = [];
  listen((kind, data) => heard.push([kind, data.up ?? data.id ?? data.now]));
  start();
  assert.equal(sources.length, 1);
  assert.equal(sources[0].address, "/live/stream?after=7-0"); // another page of this tab was there a moment ago

  sources[0].dispatchEvent(new Event("open"));
  sources[0].send("alert", { id: "a" }, "8-0");
  sources[0].dispatchEvent(new Event("error")); // the browser tries again by itself
  assert.deepEqual(heard, [["connection", true], ["alert", "a"], ["connection", false]]);
  assert.equal(sources.length, 1);

  sources[0].send("ping", { now: 5 });
  for (let at = 0; at < 7; at += 1) mock.timers.tick(5000);
  assert.equal(sources.length, 1); // silent for 35 s: looked at every 5 s
  mock.timers.tick(5000);
  assert.deepEqual([sources.length, sources[1].address, sources[0].readyState], [2, "/live/stream?after=8-0", Source.CLOSED]);

  sources[1].readyState = Source.CLOSED;
  sources[1].dispatchEvent(new Event("error"));
  mock.timers.tick(8001);
  assert.equal(sources.length, 3);
  mock.timers.reset();
});
