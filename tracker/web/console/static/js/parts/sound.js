// The alert sound: two notes, if enabled, and only after the rep has interacted with the page (a browser rule).

const KEY = "leadlight-sound";
const LATE = 2000;
let context = null;

export const isOn = () => localStorage.getItem(KEY) !== "off";
export const toggle = () => localStorage.setItem(KEY, isOn() ? "off" : "on");

/** The browser allows sound after a click, a key or a touch that ends; Escape and a touch that scrolls do not count. */
function wake() {
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  context ||= "AudioContext" in window ? new AudioContext() : null;
  context?.resume().then(() => wakers(removeEventListener));
}

const wakers = (change) => ["pointerup", "keydown"].forEach((kind) => change(kind, wake));

function note(frequency, at) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.type = "sine";
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.55);
}

function ring() {
  note(659, context.currentTime);
  note(988, context.currentTime + 0.13);
}

/** Rings now, or within the next moment if the browser has just been allowed to. */
export function play() {
  if (!isOn() || !context) return;
  if (context.state === "running") return ring();
  const asked = Date.now();
  context.resume().then(() => Date.now() - asked < LATE && ring());
}

export function start() {
  wakers(addEventListener);
}
