// Offer the ways that are set up; send name and password; show the one sentence that a refusal is.

const refused = document.getElementById("refused");
// The server says which pages are its own; anything else leads to the first one.
const next = new URLSearchParams(location.search).get("next") ?? "/";

const ways = await offeredWays();
const place = document.getElementById("ways");
const offered = ["oidc", "saml", "ldap", "passwords"].filter((way) => ways[way]);
for (const way of offered.length ? offered : ["none"]) {
  const made = document.getElementById(way).content.cloneNode(true);
  for (const link of made.querySelectorAll("a")) {
    link.href = `/sign-in/${way}?next=${encodeURIComponent(next)}`;
    // Two buttons must not read the same.
    if (ways.oidc && ways.saml) link.textContent += way === "saml" ? " (SAML)" : " (OpenID Connect)";
  }
  // A password of ours is one way among others: out of sight until asked for, unless it is the only one.
  if (way === "passwords" && offered.length > 1) place.append(folded("With a password of Dogwatch", made));
  else place.append(made);
}
document.getElementById("demo").hidden = !ways.demo;
// Who picks a demo person there comes to the page that was asked for.
if (next !== "/") document.querySelector("#demo a").href = `/?next=${encodeURIComponent(next)}`;
if (ways.signed_in_as) {
  const known = document.getElementById("known");
  known.hidden = false;
  known.querySelector("span").textContent = `You are signed in as ${ways.signed_in_as}. Sign in again before you approve something of high risk.`;
  document.getElementById("out").addEventListener("click", () => signOut(ways.csrf));
}
for (const form of place.querySelectorAll("form")) form.addEventListener("submit", (event) => send(event, form));

/** Ask which ways are set up until there is an answer; a page without any would only be empty. */
async function offeredWays() {
  for (let misses = 0; ; misses += 1) {
    try {
      const answer = await fetch("/sign-in/ways", { credentials: "same-origin", signal: AbortSignal.timeout(20000) });
      if (answer.ok) {
        const told = await answer.json();
        refused.textContent = "";
        return told;
      }
    } catch { /* said below */ }
    refused.textContent = "I can't reach the server. This page tries again in a moment.";
    await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 1000 * 2 ** misses)));
  }
}

function folded(title, content) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = title;
  details.append(summary, content);
  return details;
}

async function signOut(csrf) {
  const asked = { method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": csrf }, signal: AbortSignal.timeout(20000) };
  const answer = await fetch("/sign-in/out", asked).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (!told) {
    refused.textContent = "I can't reach the server, so you may still be signed in. Sign out again once you are connected.";
    return;
  }
  // Who leaves takes along what was written in the chat and not sent.
  try { if (answer.ok) sessionStorage.removeItem("dogwatch-drafts"); } catch { /* nothing was kept */ }
  if (answer.ok) location.assign(told.to);
  else refused.textContent = told.error;
}

async function send(event, form) {
  event.preventDefault();
  const button = form.querySelector("button");
  refused.textContent = "";
  button.disabled = true;
  try {
    const answer = await fetch(form.dataset.to, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), next }),
      signal: AbortSignal.timeout(45000),
    });
    const told = await answer.json();
    if (answer.ok) location.assign(told.to);
    else refused.textContent = told.error;
  } catch {
    refused.textContent = "I can't reach the server. Try again once you are connected.";
  } finally {
    button.disabled = false;
  }
}
