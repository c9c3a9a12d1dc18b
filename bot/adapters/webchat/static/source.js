// A connection to a stream of the server, told the same way wherever it is held: by a page, or for many of them.

/** Open it; `tell` hears of "open", "lost" (it heals by itself), "refused" (it is over) and of every event. */
export function sourceOf({ path, names, numbered, after, whose }, tell) {
  const query = new URLSearchParams();
  if (after !== null) query.set("after", after);
  if (whose) query.set("whose", whose);
  const asked = query.toString();
  const source = new EventSource(asked ? `${path}?${asked}` : path);
  source.addEventListener("open", () => tell({ kind: "open" }));
  source.addEventListener("error", () => tell({ kind: source.readyState === EventSource.CLOSED ? "refused" : "lost" }));
  for (const name of [...names, "here"]) {
    source.addEventListener(name, ({ data, lastEventId }) => {
      // Events without a number of their own come with the one before.
      tell({ kind: "event", name, data, number: name === numbered ? Number(lastEventId) : null });
    });
  }
  return source;
}
