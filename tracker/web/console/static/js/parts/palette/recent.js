// What this browser opened last: kinds and ids, never names. The server says what they are called, and leaves out what may not be seen.

const MOST = 8;
const KEY = "leadlight-recent";

/** `lead:ID`, `company:ID` or `list:ID` of an address; empty for other pages. */
export function nameOf(path, search = "") {
  const found = /^\/(leads|companies)\/([0-9a-f]{32})$/.exec(path);
  if (found) return `${found[1] === "leads" ? "lead" : "company"}:${found[2]}`;
  const list = path === "/leads" && new URLSearchParams(search).get("list");
  return list && /^\w{1,64}$/.test(list) ? `list:${list}` : "";
}

/** The names with this one in front, without repeats. */
export const withLatest = (names, name) => [name, ...names.filter((one) => one !== name)].slice(0, MOST);

export function recent() {
  try {
    const { rep, names } = JSON.parse(localStorage.getItem(KEY) || "{}");
    return rep === document.body.dataset.rep ? names.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

/** Remembers the open page. */
export function remember() {
  const name = nameOf(location.pathname, location.search);
  if (!name) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({ rep: document.body.dataset.rep, names: withLatest(recent(), name) }));
  } catch {
    // Storage is full or off: nothing is remembered.
  }
}
