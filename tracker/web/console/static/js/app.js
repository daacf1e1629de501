// Loaded by every page: small behaviours bound by data attributes.
import { start as startTimes } from "./times.js";
import { start as startMenus } from "./menus.js";

startTimes();
startMenus();
