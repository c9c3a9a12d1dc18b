// Keep what is written and not sent, and where its writer was, over a reload and a way to the sign-in and back.
// In this tab alone, for its person alone: somebody else who comes in here finds nothing of it.

const KEY = "dogwatch-drafts";
const MOST_CHARS = 200000;
const LONGEST_CHARS = 20000;

let kept = { person: "", texts: {}, back: "" };

function save() {
  try {
    // What is longer only this page knows of: the browser's room is small, and shared with the dashboard.
    const short = Object.entries(kept.texts).filter(([, text]) => text.length <= LONGEST_CHARS);
    const text = JSON.stringify({ ...kept, texts: Object.fromEntries(short) });
    // Nor may what stood there before stay: it may have been sent by now.
    if (text.length <= MOST_CHARS) sessionStorage.setItem(KEY, text);
    else sessionStorage.removeItem(KEY);
  } catch { /* A browser that keeps nothing keeps no drafts either; the page goes on without. */ }
}

/** Say whose drafts they are from now on. */
export function draftsOf(person) {
  let found = null;
  try { found = JSON.parse(sessionStorage.getItem(KEY)); } catch { found = null; }
  kept = found?.person === person && found.texts ? found : { person, texts: {}, back: "" };
  save();
}

/** Return whose drafts they are now. */
export const whoseDrafts = () => kept.person;

export const draftAt = (place) => kept.texts[place] || "";

export function keepDraft(place, text) {
  if (draftAt(place) === text) return;
  if (text) kept.texts[place] = text;
  else delete kept.texts[place];
  save();
}

/** Remember where the page is; the sign-in leads back to its beginning. */
export function comeBackTo(hash) {
  kept.back = hash;
  save();
}

/** Return where the page was when its person went to sign in, once. */
export function cameFrom() {
  const { back } = kept;
  comeBackTo("");
  return back || "";
}
