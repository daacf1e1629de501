// Loaded by every page: small behaviours bound by data attributes, the live stream, toasts.
import { start as startMenus } from "./menus.js";
import { start as startSound } from "./sound.js";
import { start as startStream } from "./stream.js";
import { start as startTimes } from "./times.js";
import { start as startToasts } from "./toasts.js";

startTimes();
startMenus();
startSound();
startToasts();
startStream();
