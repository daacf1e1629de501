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
  if (!isNew && !(await self.registration.getNotifications({ tag: data.tag })).length) return; // it was read before: nothing to replace
  const actions = [];
  if (isNew && data.call) actions.push({ action: "call", title: "Call" });
  if (isNew && data.alerts) actions.push({ action: "take", title: "On it" });
  await self.registration.showNotification(data.title, {
    tag: data.tag,
    body: data.body,
    icon: "/static/app/icon-192.png",
    badge: "/static/app/badge-96.png",
    timestamp: data.at,
    silent: Boolean(data.quiet),
    actions,
    data: { url: data.url, call: data.call, alerts: data.alerts },
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url, call, alerts } = event.notification.data || {};
  event.waitUntil(open({ call, take: alerts }[event.action] || url || "/today"));
});

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
