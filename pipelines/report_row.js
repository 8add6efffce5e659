
/* A row as a conversation, for somebody who has never seen JSON. */
const ROLES = { system: "What the assistant is told", user: "User", assistant: "Assistant", tool: "Result" };
const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const plain = (value) => (value === null || value === undefined ? "nothing" : Array.isArray(value) && value.every((one) => typeof one !== "object") ? value.join("\n") : typeof value === "object" ? JSON.stringify(value, null, 1) : String(value));
const inner = (value) => value !== null && typeof value === "object" && (!Array.isArray(value) || value.some((one) => one !== null && typeof one === "object"));
const glance = (value) => (inner(value) ? plural(Object.keys(value).length, Array.isArray(value) ? "part" : "field") : brief(plain(value).replace(/\s+/g, " "), 48));
function spread(parent, given, heads) { // names and values; what has parts of its own is a table in the table
  const table = make(parent, "table"), body = make(table, "tbody");
  if (heads) {
    const top = make(table.insertBefore(document.createElement("thead"), body), "tr");
    for (const word of heads) make(top, "th", { scope: "col" }, word);
  }
  for (const [key, value] of Object.entries(given)) {
    const line = make(body, "tr");
    make(line, "th", { scope: "row" }, Array.isArray(given) ? Number(key) + 1 : key);
    const cell = make(line, "td", {}, inner(value) ? "" : plain(value));
    if (inner(value)) spread(cell, value);
  }
}
const brief = (text, room = 110) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
function fold(parent, title, text) {
  const made = make(parent, "details");
  make(made, "summary", { class: "hint" }, title);
  made.addEventListener("toggle", () => made.children.length < 2 && make(made, "pre", { tabindex: 0 }, typeof text === "string" ? text : JSON.stringify(text, null, 1)));
  return made;
}
function say(parent, text) { // code between fences is set as code
  const box = make(parent, "div", { class: "said" });
  String(text).split(/^```[^\n]*\n([\s\S]*?)^```[ \t]*$/m).forEach((part, at) => {
    const trimmed = at % 2 ? part.replace(/\n$/, "") : part.replace(/^\n+|\n+$/g, "");
    if (trimmed) make(box, at % 2 ? "pre" : "span", at % 2 ? { tabindex: 0 } : {}, trimmed);
  });
}
function showCall(parent, call, ran, result) {
  const { name = "?", arguments: raw = "" } = call.function || {}, given = parse(raw), known = given && typeof given === "object" && !Array.isArray(given);
  const box = make(parent, "details", { class: "call" }), short = known ? Object.entries(given).map(([key, value]) => `${key}: ${glance(value)}`).join(", ") : raw;
  const title = make(box, "summary");
  make(title, "span", {}, "Calls ");
  make(title, "b", {}, name);
  make(title, "span", { class: "soft" }, ` ${brief(short, 130)}`);
  if (ran?.error) make(title, "span", { class: "short" }, " ✕ failed");
  if (result === undefined) make(title, "span", { class: "soft" }, " (no result)");
  if (!known) make(box, "pre", { tabindex: 0 }, raw || "without arguments");
  else if (!Object.keys(given).length) make(box, "p", { class: "hint" }, "Without arguments.");
  else spread(box, given, ["argument", "value"]);
  if (result !== undefined) {
    const by = { server: "answered by the server", fault: "answered by an injected fault", nobody: "not executed" }[ran?.by] || "";
    make(box, "p", { class: "hint" }, ["Result", ran?.server && `from ${ran.server}`, by && `(${by})`].filter(Boolean).join(" "));
    make(box, "pre", { tabindex: 0 }, result || "(empty)");
  }
  fold(box, "Raw JSON", { call, ran });
}
function converse(parent, messages, calls = []) {
  const ran = new Map((Array.isArray(calls) ? calls : []).map((call) => [call?.id, call])), results = new Map(), told = new Set();
  for (const message of messages) if (message.role === "tool" && message.tool_call_id) results.set(message.tool_call_id, message.content || "");
  for (const { role, content, tool_calls: asked, tool_call_id: id } of messages) {
    if (role === "tool" && told.has(id)) continue;
    const last = parent.lastElementChild, same = last?.dataset.role === role && role === "assistant" && last;
    const turn = same || make(parent, "section", { class: `turn ${role in ROLES ? role : ""}`, "data-role": role });
    if (!same) make(turn, "h4", {}, ROLES[role] || role);
    if (content) say(turn, content);
    for (const call of asked || []) {
      told.add(call.id);
      showCall(turn, call, ran.get(call.id), results.get(call.id));
    }
  }
}
function pairs(parent, title, entries) {
  const known = entries.filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (!known.length) return;
  make(parent, "h4", {}, title);
  const list = make(parent, "dl");
  for (const [name, value] of known) {
    make(list, "dt", {}, name);
    make(list, "dd", {}, typeof value === "boolean" ? (value ? "yes" : "no") : typeof value === "number" ? whole(value) : clean(value));
  }
}
function showPassport(parent, at, it) {
  const { units = [], teachers = {}, code, script, ...more } = it.passport && typeof it.passport === "object" ? it.passport : { note: it.passport };
  make(parent, "h4", {}, "Where it comes from");
  if (!units.length) make(parent, "p", { class: "soft" }, it.unit || it.tool || "The passport names no unit.");
  for (const { id, source } of units) {
    make(make(parent, "div"), "code", {}, source || id);
    if (index.texts[id]) make(parent, "blockquote", {}, brief(index.texts[id], 600));
    else if (source) make(parent, "div", { class: "hint" }, id);
  }
  const who = Object.entries(teachers);
  pairs(parent, "Cell", ["phase", "split", "tool", "server", "kind", "level", "category", "behaviour", "boundary", "form", "complexity", "error_case", "asker"].map((name) => [clean(name), it[name]]));
  pairs(parent, "Made by", who.map(([role, name]) => [clean(role), name]));
  if (Array.isArray(it.verdicts) && it.verdicts.length) {
    make(parent, "h4", {}, "Verdicts");
    const list = make(parent, "ul");
    for (const { criterion, score, floor, by, why, evidence } of it.verdicts) {
      const item = make(list, "li", {}, `${clean(criterion)}: `);
      if (score === null || score === undefined) make(item, "span", { class: "soft" }, `not scored (at least ${floor})`);
      else make(item, "span", { class: score < floor ? "short" : "" }, `${score < floor ? "✕ " : ""}${score}, must be at least ${floor} (${by})`);
      if (why || evidence) make(item, "span", { class: "soft" }, ` ${[why, evidence && `“${evidence}”`].filter(Boolean).join(" ")}`);
    }
  }
  if (it.checks?.length) {
    const passed = fold(parent, `${plural(it.checks.length, "check")} passed`, it.checks.map(clean).join("\n"));
    passed.firstChild.classList.remove("hint");
  }
  pairs(parent, "Figures", [["tokens", it.tokens_in_weights], ["calls ran", it.executed], ["seed", it.seed === undefined ? undefined : String(it.seed)], ["phrasing", it.family], ["theme", it.theme], ["id", it.id]]);
  if (Array.isArray(it.evolution) && it.evolution.length) {
    make(parent, "h4", {}, "How the request evolved");
    const list = make(parent, "ul");
    for (const { operator, before, after, kept, why } of it.evolution) {
      const item = make(list, "li", {}, `${clean(operator)}${kept === false ? ` (not kept${why ? `: ${why}` : ""})` : ""}`);
      for (const [title, text] of [["before", before], ["after", after]]) if (text) fold(item, title, text);
    }
  }
  if (it.preference) fold(parent, "The answer that was not chosen", it.preference);
  make(parent, "h4", {}, "Raw");
  const rest = script || it.script;
  if (rest) fold(parent, "Script", rest);
  if (Object.keys(more).length || code) fold(parent, "Passport", { code, ...more });
  fold(parent, "The whole row as JSON", it);
}
async function show(at, neighbours) {
  const box = find("reader");
  const it = await row(at);
  box.replaceChildren();
  box.className = "reader";
  const steps = make(box, "div", { class: "steps" });
  make(steps, "button", { type: "button", id: "leave" }, "← All rows").onclick = () => leave();
  const [before, after, place] = neighbours(at);
  for (const [title, to, id] of [["Previous row", before, "before"], ["Next row", after, "after"]]) {
    const step = make(steps, "button", { type: "button", id }, title);
    step.disabled = to === undefined;
    step.onclick = () => ((stepped = id), (location.hash = link(to)));
  }
  make(steps, "span", { class: "soft" }, place);
  make(steps, "a", { class: "last", href: `#${link(at)}` }, "link to this row");
  const state = at < index.kept ? "kept" : at < index.kept + index.rejected ? "rejected" : "only in the other run";
  make(steps, "h3", { id: "row-title", tabindex: -1 }, `Row ${index.keys[at]}, ${state}`);
  if (it.reject_reason) make(box, "p", { class: "alarm" }, `✕ Rejected: ${it.reject_reason}`);
  for (const { filter, reason, figure, text, other } of index.flags[at] || []) {
    const alarm = make(box, "p", { class: "alarm" }, `⚑ ${clean(filter)}: ${reason} (${whole(figure ?? 0)})`);
    if (text) make(alarm, "span", { class: "soft" }, ` “${text}”`);
    if (other) {
      alarm.append(" resembles ");
      const to = index.keys.findIndex((key) => key === other || (key.endsWith(`/${other}`) && !key.startsWith("gone/")));
      if (to < 0) make(alarm, "code", {}, other);
      else make(alarm, "a", { href: `#${link(to)}` }, other);
    }
  }
  const talk = make(box, "div", { class: "talk" }), aside = make(box, "div", { class: "passport", role: "region", "aria-label": "Passport" });
  if (it.messages?.length) converse(talk, it.messages, it.calls);
  else {
    make(talk, "p", { class: "soft" }, "This row was rejected before it had a conversation.");
    for (const request of it.requests || []) say(make(talk, "section", { class: "turn user" }), request);
  }
  if (it.before) {
    const old = make(talk, "details");
    make(old, "summary", {}, "The conversation as it was in the other run");
    converse(make(old, "div"), it.before);
  }
  showPassport(aside, at, it);
}
