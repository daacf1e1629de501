// Settings, Alerts: switches web push on and off for this browser, and renews a subscription whose key is no longer ours.
import { post, sentence } from "../parts/http.js";

const box = document.querySelector("[data-push]");
const state = box.querySelector("[data-push-state]");
const button = box.querySelector("[data-push-on]");
const isApple = /iPhone|iPad/.test(navigator.userAgent);
const isInstalled = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

function say(text) {
  state.textContent = text;
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function isOurs(subscription) {
  const key = subscription.options.applicationServerKey;
  const own = bytes(box.dataset.push);
  return key && new Uint8Array(key).every((value, place) => value === own[place]);
}

function deviceName() {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome" : "Safari";
  const system = /iPhone/.test(agent) ? "iPhone" : /iPad/.test(agent) ? "iPad" : /Android/.test(agent) ? "Android" : /Mac/.test(agent) ? "Mac" : /Windows/.test(agent) ? "Windows" : "Linux";
  return `${browser} on ${system}`;
}

async function subscribe(registration) {
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.push) });
  const { endpoint, keys } = made.toJSON();
  const response = await post("/settings/push", { endpoint, p256dh: keys.p256dh, auth: keys.auth, name: deviceName() });
  return (await response.json()).device;
}

async function switchOn() {
  button.disabled = true;
  say("Waiting for your browser…");
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      say("Your browser blocks notifications of this site. Allow them in its settings, then try again.");
      return;
    }
    const registration = await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
    await subscribe(registration);
    location.reload();
  } catch (problem) {
    say(problem.name === "AbortError" || problem.name === "NotSupportedError" ? "Your browser has no push service." : sentence(problem));
  } finally {
    button.disabled = false;
  }
}

async function look() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    button.hidden = true;
    say(isApple && !isInstalled ? "On iPhone and iPad, first add Leadlight to the home screen (Share, Add to Home Screen) and open it from there." : "This browser cannot receive push messages, or the address of Leadlight has no https.");
    return;
  }
  const registration = await navigator.serviceWorker.getRegistration("/");
  const known = await registration?.pushManager.getSubscription();
  if (!known || Notification.permission !== "granted") {
    say("Off in this browser.");
    return;
  }
  if (!isOurs(known)) {
    await known.unsubscribe();
    await subscribe(registration);
    location.reload();
    return;
  }
  const row = [...box.querySelectorAll("[data-push-endpoint]")].find((one) => one.dataset.pushEndpoint === known.endpoint.slice(-24));
  if (!row) {
    say("Off in this browser.");
    return;
  }
  // Signed in anew since: push ends with this session from now on.
  if ("pushRenew" in row.dataset) await subscribe(registration);
  button.hidden = true;
  say("On in this browser.");
}

button.addEventListener("click", switchOn);
look().catch(() => say("Off in this browser."));
