// Talk to our server. An act carries a nonce, so sending it again after a lost answer does nothing twice.

import { note } from "./dom.js";

let csrf = "";
let whose = "";
let onSignedOut = () => {};
const unanswered = new Map();
const AGAIN_MS = 5 * 60000;
// What a proxy says when it had no answer from us.
const LOST_ON_THE_WAY = [502, 504];

/** Act for a person from now on; `leave` is called when an act finds nobody signed in. */
export function actAs(person, token, leave) {
  whose = person;
  csrf = token;
  onSignedOut = leave;
  unanswered.clear();
}

export class Refusal extends Error {
  constructor(status, about) {
    super(about.error || "The server did not understand this page. Reload it.");
    this.status = status;
    this.about = about;
  }
}

export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

async function answerOf(response) {
  let about = {};
  try {
    about = await response.json();
  } catch {
    if (response.ok) throw new Error("The server's answer broke off.");
    about = { error: `The server answered ${response.status} without a reason.` };
  }
  if (!response.ok) throw new Refusal(response.status, about);
  return about;
}

// On a dead connection no answer comes, nor an error.
const GET_MS = 20000;
const POST_MS = 45000;

export async function get(path, query = {}) {
  const search = new URLSearchParams(query).toString();
  const asked = fetch(search ? `${path}?${search}` : path, { credentials: "same-origin", signal: AbortSignal.timeout(GET_MS) });
  return answerOf(await asked.catch(() => { throw new Error("I can't reach the server."); }));
}

// Says that nobody did anything: the page only brings itself up to date, which keeps no sign-in alive.
export const LOOKS_ON = { "X-Looks-On": "1" };

/** Take over the session in which the same person signed in elsewhere, as in another tab; false when it is not theirs.
 *
 * `used` was refused. Of several acts that were under way at once, the first may have taken it over for all.
 */
async function renewed(used) {
  const me = await get("api/me").catch(() => null);
  if (!me?.person || me.person.subject !== whose || me.csrf === used) return false;
  csrf = me.csrf;
  return true;
}

/** Post an act; when the connection breaks or the server can't now, it is tried again with the same nonce. */
export async function post(path, body, headers = {}) {
  const by = whose;
  for (let attempt = 0; ; attempt += 1) {
    const used = csrf;
    // Whoever came in while it waited did not say it.
    if (whose !== by) throw new Error("Somebody else is signed in here now, so that was not sent.");
    try {
      return await answerOf(await fetch(path, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(POST_MS),
      }));
    } catch (error) {
      const isRefused = error instanceof Refusal;
      if (isRefused && error.about.stale && attempt === 0 && await renewed(used)) continue;
      if (isRefused && (error.status !== 503 || attempt === 3)) throw error;
      if (attempt === 3) throw new Error("I can't reach the server, and don't know whether this arrived. Do it again once you are connected; it counts once.");
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** attempt));
    }
  }
}

/** Do an act and show its refusal; returns null when it was refused, or no answer came. */
export async function act(path, body) {
  // It may have been done and only the answer got lost: done again as it is, it goes under the same nonce and counts once.
  const said = `${path} ${JSON.stringify(body)}`;
  const earlier = unanswered.get(said);
  const nonce = earlier && Date.now() - earlier.at < AGAIN_MS ? earlier.nonce : newNonce();
  unanswered.delete(said);
  try {
    return await post(path, { nonce, ...body });
  } catch (error) {
    const isLost = !(error instanceof Refusal) || LOST_ON_THE_WAY.includes(error.status);
    if (isLost) unanswered.set(said, { nonce, at: Date.now() });
    if (error instanceof Refusal && error.status === 401) onSignedOut();
    else note(error.message);
    return null;
  }
}

/** Upload a file with progress; resolves to its receipt, `cancel` ends it. */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  let used = "";
  const done = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded / Math.max(event.total, 1)));
    let isAgain = false;
    request.addEventListener("load", async () => {
      let about = {};
      try { about = JSON.parse(request.responseText); } catch { about = {}; }
      if (about.stale && !isAgain && await renewed(used)) {
        isAgain = true;
        start();
      } else if (request.status === 200) resolve(about);
      else reject(new Refusal(request.status, about));
    });
    request.addEventListener("error", () => reject(new Error(`The connection ended while ${file.name} was on its way. Drop it again.`)));
    request.addEventListener("abort", () => reject(new Error("")));
    start();
  });

  function start() {
    used = csrf;
    request.open("POST", "api/uploads");
    request.setRequestHeader("X-CSRF-Token", used);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  }

  return { done, cancel: () => request.abort() };
}
