// The live stream, once per browser: one tab holds it (Web Locks) and shares it with the others (BroadcastChannel).
// Listeners get {kind, data}; kinds: presence, event, alert, withdrawn, unsure, ping, lost, found, and `connection` {up, last}.
import { json } from "./http.js";
import { learn, now } from "./times.js";

const listeners = new Set();
const name = `leadlight-${document.body.dataset.session || ""}`;
const channel = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
const KINDS = ["presence", "event", "alert", "withdrawn", "unsure", "ping", "lost", "found"];
const SILENCE = 35000;
const PAGE_CHANGE = 20000;
let lastHeard = 0;
let source = null;
let lastId = "";
let isUp = null;

function tell(kind, data) {
  if (kind === "ping") learn(data.now);
  lastHeard = Date.now();
  for (const listener of listeners) listener(kind, data);
}

function share(kind, data) {
  tell(kind, data);
  channel?.postMessage({ kind, data, lastId });
}

function connection(up) {
  if (isUp === up) return;
  isUp = up;
  share("connection", { up, last: now() });
}

function open() {
  source?.close();
  source = new EventSource(lastId ? `/live/stream?after=${encodeURIComponent(lastId)}` : "/live/stream");
  source.addEventListener("open", () => connection(true));
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      if (event.lastEventId) lastId = event.lastEventId;
      connection(true);
      share(kind, JSON.parse(event.data));
    });
  }
  source.addEventListener("error", () => {
    connection(false);
    // The browser reconnects by itself unless the server refused. Then retry slowly.
    if (source.readyState === EventSource.CLOSED) {
      json("/bell/count").catch(() => {}); // redirects to sign-in if the session has ended
      setTimeout(open, 5000 + Math.random() * 3000);
    }
  });
}

function lead() {
  lastHeard = Date.now();
  open();
  setInterval(() => {
    if (Date.now() - lastHeard > SILENCE) {
      connection(false);
      lastHeard = Date.now();
      open();
    }
  }, 5000);
  return new Promise(() => {}); // held until this tab closes
}

/** Calls `listener(kind, data)` for every message. */
export function listen(listener) {
  listeners.add(listener);
}

export function start() {
  if (!document.body.dataset.session) return;
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (data.lastId) lastId = data.lastId;
      if (data.kind === "connection") isUp = data.data.up;
      tell(data.kind, data.data);
    };
  }
  const [at, id] = (sessionStorage.getItem(name) || "0 ").split(" ");
  if (Date.now() - at < PAGE_CHANGE) lastId = id; // resume after messages sent between two page loads
  if (channel && navigator.locks) navigator.locks.request(name, lead);
  else lead();
  addEventListener("pagehide", () => {
    if (lastId) sessionStorage.setItem(name, `${Date.now()} ${lastId}`);
    source?.close();
  });
  addEventListener("pageshow", (event) => event.persisted && source && open());
}
