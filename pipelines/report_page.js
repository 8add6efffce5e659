"use strict";
const find = (id) => document.getElementById(id);
const data = JSON.parse(find("data").textContent);
const whole = (number) => number.toLocaleString("en-US", { maximumFractionDigits: 4 });
const plural = (number, word) => `${whole(number)} ${word}${number === 1 ? "" : "s"}`;
const clean = (words) => String(words).replaceAll("_", " ");
function make(parent, name, facts = {}, text = "") { // what a row says becomes text, never HTML
  const made = parent.appendChild(document.createElement(name));
  for (const [key, value] of Object.entries(facts)) if (value !== undefined) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/* What is packed: written in 85 characters, deflated. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%:()*+-;,=.?@^_`{|}~";
const VALUE = new Uint8Array(128);
[...DIGITS].forEach((digit, at) => (VALUE[digit.charCodeAt(0)] = at));
function bytes(text) {
  const rest = text.length % 5, more = rest ? 5 - rest : 0, out = new Uint8Array(((text.length + more) / 5) * 4), value = (at) => (at < text.length ? VALUE[text.charCodeAt(at)] : 84);
  for (let at = 0, to = 0; at < text.length; at += 5) {
    const number = (((value(at) * 85 + value(at + 1)) * 85 + value(at + 2)) * 85 + value(at + 3)) * 85 + value(at + 4);
    out[to++] = (number / 16777216) & 255;
    out[to++] = (number >>> 16) & 255;
    out[to++] = (number >>> 8) & 255;
    out[to++] = number & 255;
  }
  return out.subarray(0, out.length - more);
}
const unpack = (text) => new Response(new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
const loaded = new Promise((done) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", done, { once: true }) : done()));
const held = new Map(); // the last few blocks, as lines
async function lines(number) {
  if (!held.has(number)) {
    if (!find(`block-${number}`)) await loaded; // the page is still coming in
    held.set(number, unpack(find(`block-${number}`).textContent).then((text) => text.split("\n")));
    if (held.size > 8) held.delete(held.keys().next().value);
  }
  return held.get(number);
}
const row = async (at) => JSON.parse((await lines(Math.floor(index.places[at] / index.block)))[index.places[at] % index.block]);

/* The index of all rows. A column knows its values, and which of them each row has. */
let index;
const columns = new Map();
const TABS = ["kept", "rejected", "flagged", ...(data.gone === null ? [] : ["gone"])];
function members(tab) {
  const range = (from, to) => Array.from({ length: to - from }, (_, at) => from + at), edge = index.kept + index.rejected;
  return { kept: () => range(0, index.kept), rejected: () => range(index.kept, edge), flagged: () => Object.keys(index.flags).map(Number), gone: () => range(edge, index.keys.length) }[tab]();
}
async function open() {
  index = JSON.parse(await unpack(find("index").textContent));
  for (const { name, values, at } of index.columns) columns.set(name, { values, of: (row) => (at[row] < 0 ? [] : [at[row]]) });
  for (const { name, values, at } of index.several) if (values.length) columns.set(name, { values, of: (row) => at[row] || [] });
}
const says = (name, at) => { // what a row has in a column, in words
  const column = columns.get(name);
  return column ? column.of(at).map((number) => clean(column.values[number])).join(", ") : "";
};
