// Hold one connection to the server for all windows of this browser that listen to the same stream as the same person.

import { sourceOf } from "./source.js";

// A little sooner than pages: the first that complains has it begun anew for all.
const QUIET_MS = 20000;
const OPENING_MS = 8000;
const GONE_MS = 180000;
const MOST_KEPT = 200;
const streams = new Map();

self.onconnect = ({ ports: [port] }) => {
  const page = { port, stream: null, last: null, at: Date.now() };
  port.onmessage = ({ data }) => {
    page.at = Date.now();
    if (data.kind === "listen") join(page, data);
    else if (data.kind === "close") leave(page);
    else port.postMessage({ kind: "alive" });
  };
};

function join(page, asked) {
  const key = `${asked.whose} ${asked.path}`;
  const stream = streams.get(key) || { ...asked, key, pages: new Set(), kept: [], from: asked.after, source: null, isOpen: false, heard: 0 };
  streams.set(key, stream);
  Object.assign(page, { stream, last: asked.after });
  stream.pages.add(page);
  const reachesBack = asked.after === null || asked.after >= stream.from;
  if (!reachesBack) Object.assign(stream, { from: asked.after, after: asked.after, kept: [] });
  // Who comes because nothing was heard any more must not wait beside a dead connection.
  if (!stream.source || !reachesBack || Date.now() - stream.heard > (stream.isOpen ? QUIET_MS : OPENING_MS)) {
    open(stream);
    return;
  }
  if (stream.isOpen) page.port.postMessage({ kind: "open" });
  for (const told of stream.kept) give(page, told);
}

function leave(page) {
  const { stream } = page;
  page.stream = null;
  if (!stream) return;
  stream.pages.delete(page);
  if (stream.pages.size === 0) end(stream);
}

function end(stream) {
  stream.source?.close();
  if (streams.get(stream.key) === stream) streams.delete(stream.key);
}

function open(stream) {
  stream.source?.close();
  Object.assign(stream, { heard: Date.now(), isOpen: false });
  const source = sourceOf(stream, (told) => { if (stream.source === source) hear(stream, told); });
  stream.source = source;
}

function hear(stream, told) {
  stream.heard = Date.now();
  stream.isOpen = told.kind === "open" || told.kind === "event";
  if (told.number) stream.after = told.number;
  if (told.kind === "event") keep(stream, told);
  // A window that crashed never said that it left.
  for (const page of [...stream.pages]) if (Date.now() - page.at > GONE_MS) leave(page);
  for (const page of stream.pages) give(page, told);
  if (told.kind === "refused") end(stream);
}

/** Keep what a window that comes later has to hear: what has a number, or, in a stream without numbers, the newest. */
function keep(stream, told) {
  if (told.name === "here") return;
  if (!stream.numbered) stream.kept = [told];
  else if (told.number) stream.kept.push(told);
  if (stream.kept.length > MOST_KEPT) stream.from = stream.kept.shift().number;
}

function give(page, told) {
  if (told.number) {
    if (told.number <= page.last) return;
    page.last = told.number;
  }
  page.port.postMessage(told);
}
