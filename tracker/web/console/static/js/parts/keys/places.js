// The keys that open a page: `g` and a letter; and `/` for the search of the page.
import { bind } from "./keys.js";

const PLACES = { today: "/today", live: "/live", leads: "/leads", board: "/board", companies: "/companies", mail: "/mail", reports: "/reports", alerts: "/alerts", settings: "/settings" };

export function start() {
  bind(Object.fromEntries(Object.entries(PLACES).map(([name, path]) => [`go-${name}`, () => location.assign(path)])));
  bind({
    search: () => {
      const field = document.querySelector("form[role=search] [name=q]");
      if (!field) return false;
      field.focus();
      field.select();
    },
  });
}
