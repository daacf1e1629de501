// Requests to our server, with the CSRF token, and errors as readable sentences.

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail || "Something went wrong. Try again.");
    this.field = problem.field;
    this.seen = problem.seen;
    this.status = status;
  }
}

/** The error as one sentence that starts with the field's name. */
export function sentence(problem) {
  if (!(problem instanceof Refused)) return "No connection. Nothing was changed. Try again.";
  const message = problem.message;
  if (!problem.field || !/^[a-z]/.test(message)) return message;
  const field = problem.field.split(".").pop().replaceAll("_", " ");
  return `${field[0].toUpperCase()}${field.slice(1)} ${message}${/[.?!]$/.test(message) ? "" : "."}`;
}

/** Sends a request; `body` is a plain object or FormData. Throws Refused with a readable message. `keepalive`: also when the page is left. */
export async function send(method, address, body, { keepalive = false, signal } = {}) {
  const headers = { "X-Requested-With": "fetch" };
  if (method !== "GET") headers["X-CSRF-Token"] = document.body.dataset.csrf;
  const data = body && !(body instanceof FormData) ? new URLSearchParams(body) : body;
  const response = await fetch(address, { method, headers, body: data, credentials: "same-origin", keepalive, signal });
  if (response.status === 401) signIn();
  if (!response.ok) throw new Refused(await response.json().catch(() => ({})), response.status);
  return response;
}

/** Redirects to sign-in after the session has ended, with a way back. */
export function signIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

export const post = (address, body = {}) => send("POST", address, body);
export const text = async (address) => (await send("GET", address)).text();
export const json = async (address, signal) => (await send("GET", address, undefined, { signal })).json();
