// htmx as this console uses it, loaded when it is needed first: our headers on its requests, our messages for its errors.
// Its settings are in parts/base.html.
import { Refused, sentence, signIn } from "./http.js";
import { say } from "./toasts.js";

let loading = null;

/** htmx. Rejected where it cannot be loaded; the next call tries again. */
export function hypertext() {
  loading ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/htmx.min.js", import.meta.url);
    script.addEventListener("load", () => resolve(window.htmx));
    script.addEventListener("error", () => {
      loading = null;
      reject(new Error("No connection"));
    });
    document.head.append(script);
  });
  return loading;
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-Requested-With"] = "fetch";
  if (detail.verb !== "get") detail.headers["X-CSRF-Token"] = document.body.dataset.csrf;
});
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.status === 401) return signIn();
  let problem = {};
  try {
    problem = JSON.parse(xhr.responseText);
  } catch {
    // An error page, or nothing.
  }
  say(sentence(new Refused(problem, xhr.status)));
});
document.addEventListener("htmx:sendError", () => say(sentence(new Error("No connection"))));
