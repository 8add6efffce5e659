
/* Coverage: a table whose documents open into their units. */
function heat(box) {
  const { by, columns: heads, groups, most } = data.cover, table = make(box, "table"), top = make(make(table, "thead"), "tr");
  make(top, "th", { scope: "col" }, by === "tool" ? "server and tool" : "document and unit");
  for (const { title } of heads) make(top, "th", { scope: "col", class: "number" }, title);
  const shade = (number) => (number ? `h${Math.min(4, 1 + Math.floor((4 * Math.log(number)) / Math.log(most + 1)))}` : undefined);
  const alone = groups.length === 1;
  for (const { name, units } of groups) {
    const body = make(table, "tbody"), first = make(body, "tr", { class: "group" });
    const fold = make(make(first, "th", { scope: "row" }), "button", { type: "button", class: "fold", "aria-expanded": "false", title: name });
    if (name.includes("/")) make(fold, "span", { class: "folder" }, name.slice(0, name.lastIndexOf("/") + 1));
    fold.append(`${name.includes("/") ? name.slice(name.lastIndexOf("/") + 1) : clean(name)} (${units.length})`);
    heads.forEach((head, at) => {
      const number = units.reduce((sum, unit) => sum + unit.cells[at], 0), cell = make(first, "td", { class: shade(number) }, number && units.length > 1 ? whole(number) : number ? "" : "·");
      if (number && units.length === 1) make(cell, "button", { type: "button", "aria-label": `${plural(number, "row")} of ${clean(name)}, ${head.title}` }, whole(number)).onclick = () => pick("kept", { [by]: units[0].id, ...head.filter });
    });
    const show = () => {
      if (fold.getAttribute("aria-expanded") === "true") {
        fold.setAttribute("aria-expanded", "false");
        while (body.children.length > 1) body.lastChild.remove();
        return;
      }
      fold.setAttribute("aria-expanded", "true");
      for (const { id, label, source, cells } of units) {
        const line = make(body, "tr", { class: "unit" });
        make(line, "th", { scope: "row", title: source ? `${label} (${source})` : label }, label);
        cells.forEach((number, at) => {
          const cell = make(line, "td", { class: shade(number) }, number ? "" : "·");
          if (number) make(cell, "button", { type: "button", "aria-label": `${plural(number, "row")} of ${label}, ${heads[at].title}` }, whole(number)).onclick = () => pick("kept", { [by]: id, ...heads[at].filter });
        });
      }
    };
    fold.onclick = show;
    if (alone || (by === "tool" && units.length < 20)) show();
  }
}

/* The map of requests: a canvas to look at, a list to read. */
function groups(box) {
  const table = make(box, "table"), top = make(make(table, "thead"), "tr"), body = make(table, "tbody");
  for (const [title, side] of [["cluster", "number"], ["words", ""], ["rows", "number"]]) make(top, "th", { scope: "col", class: side }, title);
  for (const { cluster, words, rows } of data.clusters) {
    const line = make(body, "tr", { "data-cluster": cluster });
    make(line, "td", { class: "number" }, cluster);
    make(make(line, "th", { scope: "row" }), "button", { type: "button", class: "pick" }, (words || []).join(", ") || `cluster ${cluster}`).onclick = () => pick("kept", { cluster: `cluster ${String(cluster).padStart(3)}` });
    make(line, "td", { class: "number" }, whole(rows));
    line.onpointerenter = () => chart && chart(cluster);
    line.onpointerleave = () => chart && chart(null);
    line.addEventListener("focusin", () => chart && chart(cluster));
    line.addEventListener("focusout", () => chart && chart(null));
  }
}
let chart;
function plot(canvas) {
  const ink = canvas.getContext("2d"), look = getComputedStyle(document.documentElement), edge = 14;
  const centres = new Map();
  for (const [, x, y, cluster] of index.map) {
    const sum = centres.get(cluster) || centres.set(cluster, [0, 0, 0]).get(cluster);
    [sum[0], sum[1], sum[2]] = [sum[0] + x, sum[1] + y, sum[2] + 1];
  }
  const colour = (name) => look.getPropertyValue(`--${name}`).trim();
  let side, at = ([, x, y]) => [edge + (x * (side - 2 * edge)) / 1000, side - edge - (y * (side - 2 * edge)) / 1000];
  chart = (cluster, near) => {
    const sharp = window.devicePixelRatio || 1;
    side = canvas.clientWidth;
    canvas.width = canvas.height = Math.round(side * sharp);
    ink.scale(sharp, sharp);
    const size = index.map.length > 5000 ? 1.1 : 2;
    for (const mine of [false, true]) {
      ink.fillStyle = colour(mine ? "accent" : "soft");
      ink.globalAlpha = mine ? 0.9 : index.map.length > 5000 ? 0.3 : 0.4;
      for (const point of index.map) if ((point[3] === cluster) === mine) ink.fillRect(at(point)[0] - size / 2, at(point)[1] - size / 2, size, size);
    }
    ink.globalAlpha = 1;
    [ink.textAlign, ink.textBaseline] = ["center", "middle"];
    ink.lineWidth = 4;
    for (const [name, [x, y, number]] of centres) {
      const [left, top] = at([0, x / number, y / number]);
      ink.font = `${name === cluster ? 700 : 600} 12px ${look.getPropertyValue("--sans")}`;
      ink.strokeStyle = colour("page");
      ink.fillStyle = colour(name === cluster ? "accent" : "ink");
      ink.strokeText(name, left, top);
      ink.fillText(name, left, top);
    }
    if (near) {
      ink.strokeStyle = colour("ink");
      ink.lineWidth = 1.5;
      ink.beginPath();
      ink.arc(...at(near), 5, 0, 7);
      ink.stroke();
    }
    for (const line of document.querySelectorAll("#groups tr[data-cluster]")) line.toggleAttribute("data-here", Number(line.dataset.cluster) === cluster);
  };
  const nearest = ({ offsetX, offsetY }) => {
    let best = null, far = 18 ** 2;
    for (const point of index.map) {
      const [x, y] = at(point), now = (x - offsetX) ** 2 + (y - offsetY) ** 2;
      if (now < far) [best, far] = [point, now];
    }
    return best;
  };
  const hint = "Point at the map to read a request; a click opens its row.";
  canvas.onpointermove = (event) => {
    const point = nearest(event);
    chart(point ? point[3] : null, point);
    find("about").textContent = point ? `cluster ${point[3]} · ${index.opens[point[0]]}` : hint;
    canvas.style.cursor = point ? "pointer" : "";
  };
  canvas.onpointerleave = () => (chart(null), (find("about").textContent = hint));
  canvas.onclick = (event) => {
    const point = nearest(event);
    if (point) location.hash = link(point[0]);
  };
  find("about").textContent = hint;
  chart(null);
  new ResizeObserver(() => canvas.clientWidth !== side && chart(null)).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart(null));
}
