// The alert sound: two notes, if enabled, and only after the rep has interacted with the page (a browser rule).

const KEY = "leadlight-sound";
let context = null;

export const isOn = () => localStorage.getItem(KEY) !== "off";
export const toggle = () => localStorage.setItem(KEY, isOn() ? "off" : "on");

function wake() {
  context ||= "AudioContext" in window ? new AudioContext() : null;
  context?.resume();
}

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

export function play() {
  if (!isOn() || context?.state !== "running") return;
  note(659, context.currentTime);
  note(988, context.currentTime + 0.13);
}

export function start() {
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake, { once: true });
}
