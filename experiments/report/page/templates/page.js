"use strict";
/* Sorts, filters and links what the page already shows; without it everything is there to be read. */
{
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const main = document.querySelector("main");
  const form = document.querySelector(".arms");
  const boxes = all("[name=arm]", form);
  const names = new Map(boxes.map(box => [box.value, box.parentElement.textContent.trim()]));
  const shown = new Set(names.keys());

  function filter() {
    const { find, verdict, count } = form.elements;
    const fits = box => names.get(box.value).toLowerCase().includes(find.value.trim().toLowerCase())
      && ["", box.dataset.verdict].includes(verdict.value);
    shown.clear();
    for (const box of boxes) if (box.checked && fits(box)) shown.add(box.value);
    for (const each of all("[data-arm]", main)) each.toggleAttribute("hidden", !shown.has(each.dataset.arm));
    for (const head of all("thead th[data-arm]", main))
      for (const row of head.closest("table").tBodies[0].rows) row.cells[head.cellIndex].hidden = head.hidden;
    count.value = shown.size < boxes.length ? `${shown.size} of ${boxes.length} shown, here and in the plots` : "";
    layOut();
  }

  /* The forest plot follows the table: its rows, and their order. Other plots of rows keep theirs. */
  function layOut() {
    const order = all(".verdicts tr[data-arm]").map(row => row.dataset.arm).filter(arm => shown.has(arm));
    for (const plot of all("figure.forest")) {
      const names = all(".names li", plot).sort((a, b) => a.dataset.row - b.dataset.row);
      const rows = plot.closest("#effects") ? order.map(arm => names.findIndex(li => li.dataset.arm === arm))
        : names.filter(li => isShown(li, names)).map(li => Number(li.dataset.row));
      place(plot, rows, names.length);
    }
  }

  /* A row without an arm of its own is shown with those of its group, or always. */
  function isShown({ dataset: { arm, group } }, rows) {
    if (arm || !group) return !arm || shown.has(arm);
    const own = rows.filter(row => row.dataset.group === group && row.dataset.arm);
    return !own.length || own.some(row => shown.has(row.dataset.arm));
  }

  function place(plot, rows, count) {
    const [svg, row] = [plot.querySelector("svg"), parseFloat(plot.style.getPropertyValue("--row"))];
    const height = row * rows.length;
    const at = new Map(rows.map((number, i) => [number, i]));
    for (const each of all("[data-row]", plot)) each.toggleAttribute("hidden", !at.has(Number(each.dataset.row)));
    for (const g of all("g[data-row]:not([hidden])", svg))
      g.setAttribute("transform", `translate(0 ${row * (at.get(Number(g.dataset.row)) - g.dataset.row)})`);
    for (const list of all("ol", plot)) {
      const lines = new Map(all("li", list).map(line => [Number(line.dataset.row), line]));
      list.append(...rows.map(number => lines.get(number)));
    }
    for (const line of all("[data-rows]", svg)) {
      const ends = line.dataset.rows.split(" ").map(number => at.get(Number(number)));
      line.toggleAttribute("hidden", ends.includes(undefined));
      if (!line.hasAttribute("hidden")) ends.forEach((end, i) => line.setAttribute(`y${i + 1}`, row * (end + .5)));
    }
    plot.style.setProperty("--height", `${height}px`);
    svg.setAttribute("height", height + 40);
    svg.querySelector(".ground").setAttribute("transform", `scale(1 ${rows.length / count})`);
    svg.querySelector(".foot").setAttribute("transform", `translate(0 ${height - row * count})`);
  }

  const isText = cell => cell.matches("th, .t");
  function key(row, column) {
    const cell = row.cells[column];
    const said = (cell.dataset.value ?? cell.textContent).trim().replace("−", "-");
    return isText(cell) ? said.toLowerCase() : parseFloat(said);
  }

  /* Baselines stay on top, what has no number at the end. */
  function sorted(rows, column, direction) {
    const keys = new Map(rows.map(row => [row, key(row, column)]));
    const rank = row => row.matches(".baseline") ? 0 : Number.isNaN(keys.get(row)) ? 2 : 1;
    const sign = direction === "ascending" ? 1 : -1;
    const compare = (a, b) => a === b ? 0 : a < b ? -sign : sign;
    return [...rows].sort((a, b) => rank(a) - rank(b) || compare(keys.get(a), keys.get(b)));
  }

  function sortable(table, head) {
    const declared = [...table.tBodies[0].rows];
    const column = Number(head.dataset.column ?? head.cellIndex);
    const turns = ["none", "descending", "ascending"];
    if (isText(declared[0].cells[column])) turns.reverse().unshift(turns.pop());
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const next = turns[(turns.indexOf(head.getAttribute("aria-sort") ?? "none") + 1) % 3];
      for (const other of all("th[aria-sort]", table)) other.removeAttribute("aria-sort");
      if (next !== "none") head.setAttribute("aria-sort", next);
      table.tBodies[0].append(...(next === "none" ? declared : sorted(declared, column, next)));
      layOut();
    });
  }

  let lit;
  function light({ target }) {
    const arm = target.closest("[data-arm]")?.dataset.arm ?? target.closest("label")?.querySelector("[name=arm]")?.value;
    if (arm === lit) return;
    lit = arm;
    main.classList.toggle("lighting", lit !== undefined);
    for (const each of all("[data-arm]", main)) each.classList.toggle("lit", each.dataset.arm === lit);
  }

  /* The run of a learning curve that passes nearest, and its value at the epoch. */
  function onCurve(event) {
    const plot = event.target.closest("svg[data-x]");
    if (!plot) return undefined;
    const box = plot.getBoundingClientRect();
    const [x, y] = [100 * (event.clientX - box.left) / box.width, (event.clientY - box.top) / 1.5];
    const near = (points, by) => points.reduce((a, b) => by(b) < by(a) ? b : a);
    const ends = all("path[data-run]", plot).map(path => ({ run: path.dataset.run,
      at: near([...path.getAttribute("d").matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(m => [+m[1], +m[2]]), p => Math.abs(p[0] - x)) }));
    if (!ends.length) return undefined;
    const { run, at } = near(ends, end => Math.hypot(end.at[0] - x, end.at[1] - y));
    const value = (scale, share) => scale[0] + (scale[1] - scale[0]) * share / 100;
    const [across, up] = [plot.dataset.x, plot.dataset.y].map(text => text.split(" ").map(Number));
    const shownValue = value(up, 100 - at[1]).toFixed(plot.dataset.places).replace("-", "−");
    return `${run}, epoch ${Math.round(value(across, at[0]))}: ${shownValue}`;
  }

  const tip = document.createElement("p");
  function point(event) {
    const mark = event.target.closest("[data-tip]");
    const arm = mark?.dataset.seed && names.get(mark.closest("[data-arm]")?.dataset.arm);
    const words = onCurve(event) ?? (mark && (arm ? `${arm}, ` : "") + mark.dataset.tip);
    tip.hidden = !words;
    tip.textContent = words ?? "";
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 12))}px`;
    tip.style.top = `${event.clientY + 16 + tip.offsetHeight < innerHeight ? event.clientY + 16 : event.clientY - tip.offsetHeight - 8}px`;
  }

  for (const table of all("table.verdicts, table.classes, table.costs"))
    for (const head of all("thead th[scope=col]", table)) sortable(table, head);
  for (const title of all("svg title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  Object.assign(tip, { className: "tip", hidden: true, ariaHidden: "true" });
  document.body.append(tip);
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  for (const name of ["pointerover", "focusin"]) document.addEventListener(name, light);
  for (const name of ["pointermove", "pointerdown"]) document.addEventListener(name, point);
  document.addEventListener("keydown", event => { if (event.key === "Escape") tip.hidden = true; });
  filter();
}
