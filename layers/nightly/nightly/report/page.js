// Draws the figures of the report with Observable Plot, as wide as the page leaves them. Whatever
// text comes from the data gets into the page as text nodes alone.
"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const percent = (share) =>
    (share * 100).toLocaleString("en", { maximumFractionDigits: share && share < 0.01 ? 2 : 1 }) + " %";
  const whole = (count) => Math.round(count).toLocaleString("en");
  const compact = (count) => count.toLocaleString("en", { notation: "compact" });
  const shortened = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);
  const BASE = { className: "chart", marginTop: 22, marginRight: 14 };
  const now = "var(--now)", before = "var(--before)", ink = "var(--ink)";
  const tip = { fill: "var(--raised)", stroke: "var(--line)", fontSize: 12.5, lineHeight: 1.25, textPadding: 9 };
  const mark = { stroke: "var(--mark)", strokeDasharray: "3 3" };
  const note = { fill: ink, stroke: "var(--paper)", strokeWidth: 4, paintOrder: "stroke" };

  const draw = {
    days({ days, usual, label }, width) {
      const DAY = 86400000;
      const bars = days.map(([day, count]) => {
        const start = new Date(day + "T00:00:00Z");
        return { day, count, start, end: new Date(+start + DAY), middle: new Date(+start + DAY / 2) };
      });
      const inset = width / bars.length > 4 ? 0.8 : 0;
      return Plot.plot({
        ...BASE, width, height: 250, marginLeft: 48,
        x: { type: "utc", label: null },
        y: { label: `↑ ${label}`, grid: true, tickFormat: compact, ticks: 5, zero: true },
        marks: [
          Plot.rectY(bars, { x1: "start", x2: "end", y: "count", fill: now, insetLeft: inset, insetRight: inset }),
          Plot.rect(bars.filter((bar) => !bar.count), {
            x1: "start", x2: "end", fill: before, fillOpacity: 0.22,
          }),
          Plot.text(runs(bars), {
            x: "middle", text: "text", frameAnchor: "top", dy: 8, fontWeight: 600, ...note, fill: before,
          }),
          Plot.ruleY([usual], mark),
          Plot.text([usual], {
            y: (y) => y, text: (y) => `usual: ${whole(y)}`, frameAnchor: "left", dx: 6, dy: -8, textAnchor: "start", ...note,
          }),
          Plot.ruleY([0], { stroke: ink }),
          Plot.tip(bars, Plot.pointerX({ ...tip, x: "middle", y: "count", title: (bar) => `${bar.day}\n${whole(bar.count)} ${label}` })),
        ],
      });
    },

    ages({ points, marks }, width) {
      const curve = points.map(([age, share]) => ({ age, share }));
      return Plot.plot({
        ...BASE, width, height: 260, marginLeft: 48, marginRight: 24,
        x: { label: "days old →", zero: true, tickFormat: whole, ticks: Math.max(3, width / 90) },
        y: { label: "↑ share of interactions", domain: [0, 1], tickFormat: percent, grid: true, ticks: 5 },
        marks: [
          Plot.areaY(curve, { x: "age", y: "share", fill: "var(--now-soft)", curve: "step-before" }),
          Plot.lineY(curve, { x: "age", y: "share", stroke: now, strokeWidth: 2, curve: "step-before" }),
          Plot.ruleX(marks, { x: "at", y2: "share", ...mark }),
          Plot.dot(marks, { x: "at", y: "share", fill: ink, r: 3.5 }),
          ...sided(marks, (one) => one.at < 0.6 * curve[curve.length - 1].age, { y: "share", dy: 12 }),
          Plot.ruleY([0], { stroke: ink }),
          Plot.tip(curve, Plot.pointerX({ ...tip, x: "age", y: "share", title: (at) => `${percent(at.share)} are\nat most ${whole(at.age)} days old` })),
        ],
      });
    },

    histogram({ names, edges, values, before: earlier, marks, label }, width) {
      const bars = values.map((value, at) => ({
        at, value, name: names[at], earlier: earlier ? earlier[at] : null,
      }));
      const each = Math.ceil(((edges ? 52 : 46) * values.length) / width);
      const ticks = bars.map((bar) => bar.at).filter((at) => at % each === 0);
      const shown = [...marks].sort((one, other) => one.at - other.at);
      const limit = Math.max(...values, ...(earlier || [0]), 0.0001) * 1.16;
      return Plot.plot({
        ...BASE, width, height: 260, marginLeft: 48,
        x: {
          domain: [0, values.length], label: null, ticks: ticks.map((at) => (edges ? at : at + 0.5)),
          tickFormat: (at) => (edges ? edges[at] : names[Math.floor(at)]), tickSize: edges ? 5 : 0,
        },
        y: { label: `↑ ${label}`, domain: [0, limit], tickFormat: percent, grid: true, ticks: 5 },
        marks: [
          Plot.rectY(bars, { x1: "at", x2: (bar) => bar.at + 1, y: "value", fill: now, insetLeft: 1, insetRight: 1 }),
          earlier && Plot.ruleY(bars, { x1: "at", x2: (bar) => bar.at + 1, y: "earlier", stroke: before, strokeWidth: 3, insetLeft: 1, insetRight: 1 }),
          Plot.ruleX(shown, { x: "at", ...mark, stroke: ink }),
          ...sided(shown, (one) => one.at < 0.7 * values.length, { frameAnchor: "top", dy: 4 }),
          Plot.ruleY([0], { stroke: ink }),
          Plot.tip(bars, Plot.pointerX({ ...tip, x: (bar) => bar.at + 0.5, y: "value", title: said })),
        ],
      });
    },

    bars({ labels, values, before: earlier }, width) {
      // Two of one name stay two bars: they are placed by number.
      const bars = labels.map((name, at) => ({
        at, name, value: values[at], earlier: earlier ? earlier[at] : null,
      }));
      const limit = Math.max(...values, ...(earlier || []), 0.0001);
      if (width < 760 || bars.length < 12) return ranked(bars, limit, width);
      const half = Math.ceil(bars.length / 2);
      const each = Math.floor((width - 48) / 2);
      return beside([bars.slice(0, half), bars.slice(half)].map((part) => ranked(part, limit, each)));
    },

    series({ series }, width) {
      const columns = Math.max(1, Math.min(series.length, Math.floor((width + 38) / (240 + 38))));
      const each = Math.floor((width - 38 * (columns - 1)) / columns);
      return beside(series.map(({ name, points }) => {
        const box = document.createElement("div");
        const title = document.createElement("h4");
        title.textContent = name;
        box.append(title, small(points, each));
        return box;
      }), "small");
    },
  };

  function beside(parts, name = "beside") {
    const grid = document.createElement("div");
    grid.className = name;
    grid.append(...parts);
    return grid;
  }

  /** Texts at lines: to the right of a line where there is room for it, else to the left. */
  function sided(marks, hasRoom, options) {
    const common = { x: "at", text: "text", fontWeight: 600, ...note, ...options };
    return [
      Plot.text(marks.filter(hasRoom), { ...common, dx: 6, textAnchor: "start" }),
      Plot.text(marks.filter((one) => !hasRoom(one)), { ...common, dx: -6, textAnchor: "end" }),
    ];
  }

  function ranked(bars, limit, width) {
    const longest = Math.max(...bars.map((bar) => bar.name.length));
    const room = Math.min(Math.max(width * 0.4, 90), 24 + 6.8 * longest, 250);
    const letters = Math.floor((room - 10) / 6.4);
    return Plot.plot({
      ...BASE, width, height: 12 + 27 * bars.length, marginTop: 2, marginBottom: 6, marginLeft: room, marginRight: 58,
      x: { axis: null, domain: [0, limit] },
      y: {
        type: "band", domain: bars.map((bar) => bar.at), padding: 0.28, label: null, tickSize: 0,
        tickFormat: (at) => shortened(bars.find((bar) => bar.at === at).name, letters),
      },
      marks: [
        Plot.barX(bars, { y: "at", x: "value", fill: now }),
        Plot.tickX(bars.filter((bar) => bar.earlier !== null), { y: "at", x: "earlier", stroke: before, strokeWidth: 3 }),
        Plot.text(bars, {
          y: "at", x: (bar) => Math.max(bar.value, bar.earlier ?? 0), text: (bar) => percent(bar.value), dx: 7, textAnchor: "start", fill: ink,
        }),
        Plot.ruleX([0], { stroke: ink }),
        Plot.tip(bars, Plot.pointerY({ ...tip, y: "at", x: "value", title: said })),
      ],
    });
  }

  function small(points, width) {
    const dots = points.map(([at, build, value, live]) => ({ at: new Date(at), build, value, live }));
    const last = dots[dots.length - 1];
    return Plot.plot({
      ...BASE, width, height: 150, marginTop: 14, marginLeft: 44, marginRight: 52, marginBottom: 24,
      x: { type: "utc", label: null, ticks: 3 },
      y: { label: null, grid: true, ticks: 3, zero: true, nice: true },
      marks: [
        Plot.lineY(dots, { x: "at", y: "value", stroke: now, strokeWidth: 2 }),
        Plot.dot(dots, { x: "at", y: "value", r: 3.4, stroke: now, strokeWidth: 1.8, fill: (dot) => (dot.live ? "var(--now)" : "var(--paper)") }),
        Plot.text([last], { x: "at", y: "value", text: (dot) => dot.value.toFixed(3), dx: 9, textAnchor: "start", fill: ink, fontWeight: 600 }),
        Plot.tip(dots, Plot.pointer({ ...tip, x: "at", y: "value", title: (dot) => `${dot.build}\n${dot.value.toFixed(4)}, ${dot.live ? "went live" : "did not go live"}` })),
      ],
    });
  }

  function said(bar) {
    const line = `${shortened(bar.name, 40)}\n${percent(bar.value)}`;
    return bar.earlier === null ? line : `${line}\nlast accepted: ${percent(bar.earlier)}`;
  }

  /** Days in a row without interactions, as one label each; those of one day speak for themselves. */
  function runs(bars) {
    const found = [];
    for (let at = 0; at < bars.length; at += 1) {
      let end = at;
      while (end < bars.length && !bars[end].count) end += 1;
      if (end - at > 1) {
        found.push({ middle: new Date((+bars[at].start + +bars[end - 1].end) / 2), text: `${end - at} days: nothing` });
      }
      at = Math.max(at, end);
    }
    return found;
  }

  function show(place) {
    const width = Math.floor(place.clientWidth);
    if (!width || place.dataset.width === String(width)) return;
    place.dataset.width = String(width);
    const { kind, ...content } = figures[place.dataset.figure];
    const drawing = draw[kind](content, width);
    // Plot brings a style element, which the page's policy rightly refuses; page.css has the rules.
    for (const style of drawing.querySelectorAll("style")) style.remove();
    drawing.setAttribute("aria-hidden", "true");
    place.replaceChildren(drawing);
  }

  for (const place of document.querySelectorAll(".plot")) {
    show(place);
    place.parentElement.querySelector("details").open = false;
    new ResizeObserver(() => show(place)).observe(place);
  }
})();
