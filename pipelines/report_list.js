
/* The list: tabs, filters, search, pages. */
const PAGE = 50, FIRST = ["phase", "split", "tool", "kind", "behaviour", "reason", "flag", "change"], NAMED = ["phase", "split", "server", "tool", "category", "kind", "behaviour", "complexity"];
const state = { tab: "kept", wanted: {}, words: [], deep: null, page: 0, chosen: [] };
const titles = { gone: data.gone === null ? "" : "gone" };
const link = (at) => `row=${encodeURIComponent(index.keys[at])}`;
let stepped = null, lower = null;
function tabs() {
  const bar = find("tabs");
  for (const tab of TABS) {
    const made = make(bar, "button", { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": "panel" }, `${titles[tab] || tab} (${whole(members(tab).length)})`);
    made.onclick = () => turn(tab);
  }
  bar.addEventListener("keydown", (event) => {
    const at = TABS.indexOf(state.tab), to = { ArrowRight: (at + 1) % TABS.length, ArrowLeft: (at + TABS.length - 1) % TABS.length, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    turn(TABS[to]);
    find(`tab-${TABS[to]}`).focus();
  });
}
function turn(tab, wanted = {}) {
  [state.tab, state.wanted] = [tab, { ...wanted }];
  for (const name of TABS) {
    find(`tab-${name}`).setAttribute("aria-selected", name === tab);
    find(`tab-${name}`).tabIndex = name === tab ? 0 : -1;
  }
  find("panel").setAttribute("aria-labelledby", `tab-${tab}`);
  filters();
  sift();
}
function filters() { // for each column that tells rows of this tab apart, a choice with counts
  const mine = members(state.tab);
  [find("filters"), find("others")].forEach((box) => box.replaceChildren());
  for (const [name, column] of [...columns].sort(([one], [two]) => FIRST.includes(two) - FIRST.includes(one))) {
    const counts = new Map();
    for (const at of mine) for (const value of column.of(at)) counts.set(value, (counts.get(value) || 0) + 1);
    if (counts.size < 2 && !(name in state.wanted) && !["reason", "flag", "score"].includes(name)) continue;
    if (!counts.size) continue;
    const box = find(FIRST.includes(name) || name in state.wanted ? "filters" : "others"), label = make(box, "label", {}, name), choice = make(label, "select", { autocomplete: "off", "data-name": name });
    make(choice, "option", { value: "" }, "any");
    for (const [value, number] of [...counts].sort(([one, few], [two, many]) => (counts.size > 40 ? many - few : one - two))) make(choice, "option", { value }, `${brief(clean(column.values[value]), 70)} (${whole(number)})`);
    const at = column.values.indexOf(state.wanted[name]);
    choice.value = at < 0 || !counts.has(at) ? "" : at;
    choice.classList.toggle("set", choice.value !== "");
    choice.onchange = () => {
      if (choice.value === "") delete state.wanted[name];
      else state.wanted[name] = column.values[choice.value];
      choice.classList.toggle("set", choice.value !== "");
      sift();
    };
  }
  find("more-filters").hidden = !find("others").children.length;
}
let turnOf = 0;
async function sift() {
  const mine = ++turnOf, tests = Object.entries(state.wanted).map(([name, value]) => [columns.get(name), columns.get(name)?.values.indexOf(value)]);
  state.words = find("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = members(state.tab).filter((at) => tests.every(([column, number]) => column && column.of(at).includes(number)));
  find("clear").hidden = !tests.length && !state.words.length;
  find("seeking").hidden = true;
  state.page = 0;
  if (!state.words.length) return list(fits);
  if (!find("deep").checked) {
    lower ||= index.opens.map((text, at) => `${index.keys[at]} ${text}`.toLowerCase());
    return list(fits.filter((at) => state.words.every((word) => lower[at].includes(word))));
  }
  const blocks = new Map(), hits = []; // all text: block by block, and what is found is shown as it comes
  for (const at of fits) {
    const number = Math.floor(index.places[at] / index.block);
    if (!blocks.has(number)) blocks.set(number, []);
    blocks.get(number).push(at);
  }
  find("seeking").hidden = false;
  let done = 0, shown = 0;
  for (const [number, rows] of blocks) {
    const texts = await lines(number);
    if (mine !== turnOf) return;
    for (const at of rows) {
      const text = texts[index.places[at] % index.block].toLowerCase();
      if (state.words.every((word) => text.includes(JSON.stringify(word).slice(1, -1)))) hits.push(at);
    }
    find("progress").value = ++done / blocks.size;
    if (performance.now() - shown > 400) [shown] = [performance.now(), list([...hits].sort((one, two) => one - two), `searching, ${Math.round((100 * done) / blocks.size)} %`, state.page)];
  }
  find("seeking").hidden = true;
  list(hits.sort((one, two) => one - two), "", state.page);
}
find("stop").onclick = () => (turnOf++, (find("seeking").hidden = true), list(state.chosen, "stopped"));
function list(rows, note = "", page = 0) {
  [state.chosen, state.page] = [rows, page];
  const items = find("items"), pages = Math.max(1, Math.ceil(rows.length / PAGE)), all = members(state.tab).length;
  items.replaceChildren();
  for (const at of rows.slice(page * PAGE, page * PAGE + PAGE)) {
    const item = make(items, "li"), meta = [];
    make(item, "a", { href: `#${link(at)}`, id: `item-${at}` }, index.opens[at] || "(no request)");
    const line = make(item, "div", { class: "meta" });
    make(line, "span", { class: "mono" }, index.keys[at]);
    const reason = says("reason", at), change = says("change", at);
    if (reason) make(line, "span", { class: "short" }, `✕ ${reason}`);
    for (const { filter } of index.flags[at] || []) make(line, "span", { class: "short" }, `⚑ ${clean(filter)}`);
    if (change && change !== "the same") make(line, "span", {}, change);
    for (const name of NAMED) if (says(name, at) && !(name === "phase" && index.keys[at].includes("/"))) make(line, "span", {}, says(name, at));
  }
  const empty = { kept: "No row was kept.", rejected: "No row was rejected.", flagged: "No row has a flag.", gone: "No row is gone." }[state.tab];
  find("found").textContent = [!all ? empty : rows.length === all ? plural(all, "row") : `${whole(rows.length)} of ${plural(all, "row")}`, note].filter(Boolean).join(", ");
  find("pages").hidden = pages < 2;
  find("where").textContent = `page ${whole(page + 1)} of ${whole(pages)}`;
  [find("back").disabled, find("next").disabled] = [page === 0, page >= pages - 1];
}
const leaf = (by) => {
  list(state.chosen, "", state.page + by);
  find("panel").scrollIntoView({ block: "start" });
};
find("back").onclick = () => leaf(-1);
find("next").onclick = () => leaf(1);
find("clear").onclick = () => {
  find("words").value = "";
  turn(state.tab);
  find("words").focus();
};
let soon;
find("words").addEventListener("input", () => (clearTimeout(soon), (soon = setTimeout(sift, 150))));
find("deep").addEventListener("change", sift);
find("sift").addEventListener("submit", (event) => (event.preventDefault(), sift()));

/* From figures to rows, and from the address to a row. */
function pick(tab, wanted) {
  find("words").value = "";
  if (location.hash.startsWith("#row=")) history.pushState(null, "", "#rows");
  [find("list").hidden, find("reader").hidden] = [false, true];
  turn(tab, wanted);
  find("rows-title").scrollIntoView();
  find("rows-title").focus({ preventScroll: true });
}
function neighbours(at) {
  const place = state.chosen.indexOf(at);
  return place < 0 ? [undefined, undefined, ""] : [state.chosen[place - 1], state.chosen[place + 1], `${whole(place + 1)} of ${whole(state.chosen.length)}`];
}
async function leave() {
  const at = index.keys.indexOf(named());
  history.pushState(null, "", "#rows");
  await go();
  const place = state.chosen.indexOf(at);
  if (place >= 0) list(state.chosen, "", Math.floor(place / PAGE));
  (find(`item-${at}`) || find("rows-title")).focus();
}
const named = () => {
  try {
    return location.hash.startsWith("#row=") ? decodeURIComponent(location.hash.slice(5)) : null;
  } catch {
    return null;
  }
};
async function go() {
  const key = named();
  [find("list").hidden, find("reader").hidden] = [key !== null, key === null];
  if (key === null) return;
  let at = index.keys.indexOf(key);
  if (at < 0) at = index.keys.findIndex((name) => name.endsWith(`/${key}`));
  if (at < 0) {
    find("reader").className = "";
    find("reader").replaceChildren();
    make(find("reader"), "p", {}, `There is no row ${key} in this run. `);
    make(find("reader"), "button", { type: "button" }, "All rows").onclick = () => leave();
    return;
  }
  await show(at, neighbours);
  const focus = stepped && !find(stepped).disabled ? find(stepped) : find("row-title");
  stepped = null;
  find("rows").scrollIntoView();
  focus.focus({ preventScroll: true });
}
document.addEventListener("keydown", ({ key, target }) => key === "Escape" && !find("reader").hidden && !target.closest("input, select") && leave());
addEventListener("hashchange", go);
for (const button of document.querySelectorAll("button[data-tab]")) button.onclick = () => pick(button.dataset.tab, button.dataset.filter ? { [button.dataset.filter]: button.dataset.value } : {});
find("opening").hidden = false;
open().then(async () => {
  tabs();
  turn(index.kept || !index.rejected ? "kept" : "rejected");
  find("opening").hidden = true;
  await go();
  if (find("heat")) heat(find("heat"));
  if (find("groups")) groups(find("groups"));
  if (find("map") && index.map.length) plot(find("map"));
  document.documentElement.dataset.ready = Math.round(performance.now());
}).catch((error) => {
  find("opening").textContent = `The rows cannot be opened (${error.message}). A browser of 2023 or newer is needed.`;
});
