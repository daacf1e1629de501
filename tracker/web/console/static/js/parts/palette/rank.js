// Which entries the words of the palette find, best first. Pure.

const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}+]+/u).filter(Boolean);

/** How well one word of the search fits: 0 not at all, 1 inside, 2 a word that finds it, 3 the start of a word, 4 the start of the label. */
function fit(entry, word) {
  const label = entry.label.toLowerCase();
  if (label.startsWith(word)) return 4;
  if (words(entry.label).some((one) => one.startsWith(word))) return 3;
  if (words(`${entry.words || ""} ${entry.detail || ""}`).some((one) => one.startsWith(word))) return 2;
  return label.includes(word) || (entry.detail || "").toLowerCase().includes(word) ? 1 : 0;
}

/** The entries that every word fits, best first, then as given. Without words: all. */
export function rank(entries, search) {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  const rated = entries.map((entry, place) => ({ entry, place, fits: wanted.map((word) => fit(entry, word)) }));
  const found = rated.filter(({ fits }) => fits.every(Boolean));
  const total = ({ fits }) => fits.reduce((sum, one) => sum + one, 0);
  return found.sort((a, b) => total(b) - total(a) || a.place - b.place).map(({ entry }) => entry);
}

/**
 * The groups that the list shows. `found`: what the server has found for `foundFor`; as long as its answer to the present words is not
 * there, only those of them that fit the present words are shown.
 */
export function groupsOf({ search, entries, recent, found, foundFor, lead }) {
  const text = search.trim();
  const usable = entries.filter((entry) => !entry.step || lead);
  const [commands, pages] = [(entry) => entry.kind === "command", (entry) => entry.kind !== "command"].map((test) => rank(usable.filter(test), text));
  if (!text) {
    return clean([["Recent", recent], [lead ? `Commands for ${lead.name}` : "Commands", commands], ["Pages", pages.filter((one) => one.kind === "page")]]);
  }
  const served = (name) => (foundFor === text ? found[name] : rank(found[name] || [], text)) || [];
  return clean([
    ["Commands", commands.slice(0, 5)],
    ["Pages", pages.slice(0, 6)],
    ["Leads", served("leads")],
    ["Companies", served("companies")],
    ["Lists", served("lists")],
  ]);
}

const clean = (groups) => groups.filter(([, entries]) => entries?.length);
