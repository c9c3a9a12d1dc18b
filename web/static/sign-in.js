// Send name and password; show the one sentence that a refusal is.

const form = document.getElementById("form");
const refused = document.getElementById("refused");
// The server says which pages are its own; anything else leads to the first one.
const next = new URLSearchParams(location.search).get("next") ?? "/";

const ways = await (await fetch("/sign-in/ways", { credentials: "same-origin" })).json();
document.getElementById("oidc").hidden = !ways.oidc;
document.querySelector("#oidc a").href = `/sign-in/oidc?next=${encodeURIComponent(next)}`;
if (ways.signed_in_as) {
  const known = document.getElementById("known");
  known.hidden = false;
  known.querySelector("span").textContent = `You are signed in as ${ways.signed_in_as}. Sign in again before you approve something of high risk.`;
  document.getElementById("out").addEventListener("click", () => signOut(ways.csrf));
}

async function signOut(csrf) {
  const answer = await fetch("/sign-in/out", { method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": csrf } });
  const told = await answer.json();
  if (answer.ok) location.assign(told.to);
  else refused.textContent = told.error;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refused.textContent = "";
  try {
    const answer = await fetch("/sign-in/password", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), next }),
    });
    const told = await answer.json();
    if (answer.ok) location.assign(told.to);
    else refused.textContent = told.error;
  } catch {
    refused.textContent = "I can't reach the server. Try again once you are connected.";
  }
});
