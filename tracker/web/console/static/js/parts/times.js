// Ticking times by the server's clock. The offset to the local clock comes from the page and the stream.

let offset = 0;

/** Milliseconds since the epoch by the server's clock. */
export const now = () => Date.now() + offset;

/** Sets the server's time, in milliseconds since the epoch. */
export function learn(serverNow) {
  offset = serverNow - Date.now();
}

/** `just now`, `40 s ago`, `38 min ago`: the same texts as text/filters.py. */
export function ago(moment) {
  const seconds = Math.max(0, Math.floor((now() - moment) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** `1:42` */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${rest}`;
  return `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}:${rest}`;
}

/** `14:03:10`, in the rep's zone. */
export function clockTime(moment) {
  const zone = document.body.dataset.zone || undefined;
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone }).format(moment);
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Brings all ticking times under `root` up to date. */
export function tick(root = document) {
  for (const element of root.querySelectorAll("time[data-ago]")) set(element, ago(Date.parse(element.dateTime)));
  for (const element of root.querySelectorAll("[data-since]")) set(element, duration(now() - Number(element.dataset.since)));
  for (const element of root.querySelectorAll("[data-due]")) {
    const left = Number(element.dataset.due) - now();
    set(element, `${duration(Math.abs(left))} ${left >= 0 ? "left" : "overdue"}`);
    element.classList.toggle("overdue", left < 0);
  }
  for (const element of root.querySelectorAll("[data-minutes]")) {
    set(element, `${Math.max(1, Math.floor((now() - Number(element.dataset.minutes)) / 60000))} min`);
  }
}

export function start() {
  learn(Number(document.body.dataset.now));
  setInterval(() => document.hidden || tick(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
}
