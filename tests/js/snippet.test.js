// The snippet's pure parts, each as its source file is: what of an address is told, and which answers stop it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const source = (name) => readFileSync(new URL(`../../tracker/web/edge/snippet/${name}.js`, import.meta.url), "utf8");

/** The names that a part declares, with these globals in place of the rest of the snippet. */
function part(name, globals) {
  const context = vm.createContext({ safe: (work) => work, ...globals });
  vm.runInContext(source(name), context);
  return context;
}

test("the address has its hash where that is a route, and not where it is an anchor", () => {
  const told = (hash) => part("address", { place: { origin: "https://a.example", pathname: "/p", search: "?q=1", hash } }).address();
  assert.deepEqual(["", "#part", "#/cart?x=1", "#!/cart", "#!cart"].map(told), [
    "https://a.example/p?q=1",
    "https://a.example/p?q=1",
    "https://a.example/p?q=1#/cart?x=1",
    "https://a.example/p?q=1#!/cart",
    "https://a.example/p?q=1",
  ]);
});

test("what is read is path and hash route; a long address loses its query first", () => {
  const { route, told } = part("address", { place: {}, cleaned: (url) => url, scrubbed: (url) => url });
  assert.equal(route("https://a.example/p?q=1#/cart?x=1"), "https://a.example/p#/cart");
  assert.equal(told("https://a.example/p?q=1"), "https://a.example/p?q=1");
  assert.equal(told(`https://a.example/p?q=${"x".repeat(3000)}`), "https://a.example/p");
  assert.equal(told(`https://a.example/${"x".repeat(3000)}`).length, 2000);
});

function refusing({ origins, stored = null } = {}) {
  const kept = new Map(stored ? [["leadlight.refused", stored]] : []);
  const sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const known = { site: "s1", origins };
  return { kept, run: part("refusals", { sessionStorage, known, place: { origin: "https://a.example" }, queue: ["event"], n: { onLine: true } }) };
}

test("403, 404 and 410 stop the tab; other answers do not", async () => {
  for (const [status, isStopped] of [[204, false], [400, false], [429, false], [500, false], [403, true], [404, true], [410, true]]) {
    const { kept, run } = refusing();
    run.answered({ status, text: async () => "bad_event" });
    await Promise.resolve();
    assert.deepEqual([run.isRefused, kept.get("leadlight.refused")], [isStopped, isStopped ? "s1" : undefined], String(status));
  }
  const { run } = refusing();
  run.answered(); // no connection
  assert.equal(run.isRefused, false);
});

test("an unknown origin stops with its first answer, and until the origin is added", async () => {
  const foreign = refusing({ origins: ["https://b.example"] });
  foreign.run.answered({ status: 204 });
  assert.deepEqual([foreign.run.isRefused, foreign.kept.get("leadlight.refused")], [true, "s1 https://a.example"]);
  assert.equal(refusing({ origins: ["https://b.example"], stored: "s1 https://a.example" }).run.isRefused, true);
  assert.equal(refusing({ origins: ["https://a.example"], stored: "s1 https://a.example" }).run.isRefused, false);
  const unknown = refusing();
  unknown.run.answered({ status: 400, text: async () => "unknown_site\n" });
  await new Promise(setImmediate);
  assert.equal(unknown.run.isRefused, true);
});
