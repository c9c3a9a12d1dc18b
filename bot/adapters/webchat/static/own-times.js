// Moments in cards stand in UTC; whoever lives by another clock reads the own one beside them.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MOMENT = new RegExp(`\\b(\\d{2}) (${MONTHS.join("|")}) (?:(\\d{4}) )?(\\d{2}):(\\d{2}) UTC\\b`, "g");
const HALF_A_YEAR_MS = 183 * 86400000;
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat([], { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });

/** Return the moment that these words mean: without a year, the one that is nearest to now. */
function momentOf([, day, month, year, hour, minute], now) {
  const inYear = (one) => new Date(Date.UTC(one, MONTHS.indexOf(month), Number(day), Number(hour), Number(minute)));
  if (year) return inYear(Number(year));
  const found = inYear(now.getUTCFullYear());
  if (found - now > HALF_A_YEAR_MS) return inYear(now.getUTCFullYear() - 1);
  return now - found > HALF_A_YEAR_MS ? inYear(now.getUTCFullYear() + 1) : found;
}

/** Write the reader's own time behind each moment of an element, and return the element. */
export function ownTimes(node, now = new Date()) {
  const texts = [];
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  // What is quoted exactly stays as it is.
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("pre, code, time, button, option, textarea")) texts.push(walker.currentNode);
  for (const text of texts) {
    for (const found of [...text.data.matchAll(MOMENT)].reverse()) {
      const at = momentOf(found, now);
      if (Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0) continue;
      const isSameDay = at.getDate() === at.getUTCDate();
      const own = document.createElement("span");
      own.className = "own-time";
      own.textContent = ` (${(isSameDay ? clock : dayAndClock).format(at)} here)`;
      text.splitText(found.index + found[0].length);
      text.after(own);
    }
  }
  return node;
}
