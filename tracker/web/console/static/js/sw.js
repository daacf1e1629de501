// The service worker: shows alerts that arrive by web push, also while no tab is open. It stores no pages: what the console shows is always current.
// A message of the same alert has the same tag and replaces the earlier one (notifier/channels/push.py writes it).

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let data;
  try {
    data = event.data.json();
  } catch {
    return;
  }
  event.waitUntil(show(data));
});

async function show(data) {
  const isNew = data.state === "new";
  const wasRead = !isNew && !(await shown(data.tag)).length;
  const actions = [];
  if (isNew && data.call) actions.push({ action: "call", title: "Call" });
  if (isNew && data.take) actions.push({ action: "take", title: "On it" });
  await self.registration.showNotification(data.title, {
    tag: data.tag,
    body: data.body,
    icon: "/static/app/icon-192.png",
    badge: "/static/app/badge-96.png",
    timestamp: data.at,
    silent: Boolean(data.quiet),
    actions,
    data: { url: data.url, call: data.call, alerts: data.alerts, take: data.take },
  });
  // Nothing is left to replace. Safari ends a subscription whose messages show nothing, so it is shown and closed.
  if (wasRead) for (const one of await shown(data.tag)) one.close();
}

function shown(tag) {
  return self.registration.getNotifications({ tag });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url, call } = event.notification.data || {};
  event.waitUntil(event.action === "take" ? take(event.notification) : open((event.action === "call" && call) || url || "/today"));
});

// *On it* takes the alert as the console's form does. Where that fails, as after a sign-out, the alerts open.
async function take({ title, body, tag, data }) {
  try {
    const address = own(data.take);
    const page = await (await fetch("/alerts", { credentials: "same-origin" })).text();
    const token = /data-csrf="([0-9a-f]+)"/.exec(page)[1];
    const headers = { "X-Requested-With": "fetch", "X-CSRF-Token": token };
    const answer = await fetch(address, { method: "POST", headers, body: new URLSearchParams({ do: "taken" }), credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(answer.status);
    await self.registration.showNotification(`You are on it. ${title}`, { tag, body, icon: "/static/app/icon-192.png", badge: "/static/app/badge-96.png", silent: true, data });
  } catch {
    await open(data.alerts || "/alerts");
  }
}

// The address, if it is one of this origin. Throws otherwise.
function own(address) {
  const target = new URL(address, self.location.origin);
  if (target.origin !== self.location.origin) throw new Error("another origin");
  return target.href;
}

// An open tab of the console is used, else a new one.
async function open(address) {
  const target = new URL(address, self.location.origin);
  if (target.origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window" });
  for (const client of windows) {
    try {
      await client.navigate(target.href);
      await client.focus();
      return;
    } catch {
      // The tab is not under this service worker yet, or may not be focused: a new one opens.
    }
  }
  await self.clients.openWindow(target.href);
}
