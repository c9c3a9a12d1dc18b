// Moments in cards stand in UTC or the zone of their feed; whoever lives by another clock reads the own one beside them.

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat([], { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });
const two = (number) => String(number).padStart(2, "0");

/** Write the reader's own time behind each moment of an element's cards, and return the element. */
export function ownTimes(node) {
  for (const told of node.querySelectorAll(".card time[datetime]")) {
    const at = new Date(told.dateTime);
    const [day, hours] = told.getAttribute("datetime").split("T");
    const ownDay = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const isSameDay = ownDay === day;
    if (Number.isNaN(at.getTime()) || (isSameDay && hours.startsWith(`${two(at.getHours())}:${two(at.getMinutes())}`))) continue;
    const own = document.createElement("span");
    own.className = "own-time";
    const shift = isSameDay || !told.classList.contains("hour") ? "" : ownDay > day ? ", a day later" : ", a day earlier";
    own.textContent = ` (${(isSameDay || shift ? clock : dayAndClock).format(at)} here${shift})`;
    told.after(own);
  }
  return node;
}
