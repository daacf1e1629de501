// Requests to our own server: with the form token, and errors as sentences a person can read.

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.detail || "That did not work. Please try again.");
    this.field = problem.field;
    this.status = status;
  }
}

/** Sends a request to our own server; `body` is a plain object or FormData. Throws Refused with a readable message. */
export async function send(method, address, body) {
  const headers = { "X-Requested-With": "fetch" };
  if (method !== "GET") headers["X-CSRF-Token"] = document.body.dataset.csrf;
  const data = body && !(body instanceof FormData) ? new URLSearchParams(body) : body;
  const answer = await fetch(address, { method, headers, body: data, credentials: "same-origin" });
  if (answer.status === 401) signIn();
  if (!answer.ok) throw new Refused(await answer.json().catch(() => ({})), answer.status);
  return answer;
}

/** The session is over: the whole page goes to the sign-in, and comes back afterwards. */
export function signIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

export const post = (address, body = {}) => send("POST", address, body);
export const text = async (address) => (await send("GET", address)).text();
export const json = async (address) => (await send("GET", address)).json();
