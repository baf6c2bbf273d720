// TwoGaussians: drag two Gaussians, on a line or on the plane; the terms of their divergence are computed in the page.
import {
  announcer, canvas, element, haloed, number, onDrag, onFrame, onThemeChange, plane, slider, theme, throttle,
} from "./core.js";

// ---- equation (6) ---------------------------------------------------------------------------------------------------

// Unit vectors along a Gaussian's own axes; `angle` in degrees.
export function directions({ mean, angle }) {
  if (mean.length === 1) return [[1]];
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  return [[cos, sin], [-sin, cos]];
}

// The four terms of D[a‖b], each with its ½, and their sum, in nats. Along b's own axes Σ_b is diagonal, so that
// dividing by its variances does for the inverse.
export function divergence(a, b) {
  const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  const between = b.mean.map((value, i) => value - a.mean[i]), axesA = directions(a);
  let trace = 0, distance = 0, logDeterminants = 0;
  directions(b).forEach((axis, i) => {
    axesA.forEach((other, j) => (trace += 0.5 * ((dot(axis, other) * a.sd[j]) / b.sd[i]) ** 2));
    distance += 0.5 * (dot(axis, between) / b.sd[i]) ** 2;
    logDeterminants += Math.log(b.sd[i]) - Math.log(a.sd[i]);
  });
  const size = -0.5 * b.mean.length;
  return { trace, distance, size, logDeterminants, total: trace + distance + size + logDeterminants };
}

// An angle of an axis, in degrees, in (−90, 90]: turned by 180 degrees it is the same axis.
export const asAxis = (angle) => (angle > -90 && angle <= 90 ? angle : 90 - ((((90 - angle) % 180) + 180) % 180));

// Round numbers below and above for an axis of bars, which do not change at every move.
export function barScale(values) {
  const round = (v) => {
    if (v === 0) return 0;
    const unit = 10 ** Math.floor(Math.log10(v));
    return +(unit * [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((times) => times * unit >= 0.999 * v)).toPrecision(3);
  };
  return [-round(Math.max(0, ...values.map((v) => -v))), Math.max(1, round(Math.max(...values)))];
}

const signed = (v) => number(v, 3).replace(/^(?=\d)(?!0\.000$)/, "+");
const index = (i) => "₀₁"[i];

// ---- the table of terms --------------------------------------------------------------------------------------------

const TERMS = [
  { name: "trace", field: "trace", formula: (a, b) => `½ tr Σ${b}⁻¹Σ${a}` },
  { name: "distance", field: "distance", formula: (a, b) => `½ (μ${b}−μ${a})ᵀΣ${b}⁻¹(μ${b}−μ${a})` },
  { name: "−k/2", field: "size", formula: (a, b, k) => `k = ${k}` },
  { name: "log-determinants", field: "logDeterminants", formula: (a, b) => `½ log |Σ${b}| / |Σ${a}|` },
  { name: "sum", field: "total", formula: (a, b) => `D[N${a}‖N${b}]` },
];

// Text underlined in a Gaussian's color: the colors themselves are too pale for small text.
const colored = (text, color) =>
  element("span", { style: `font-weight: bold; border-bottom: 3px solid ${color};` }, text);

// Both directions side by side, all bars to one scale. `set([forward, backward])` moves them.
function termTable(colors, k) {
  const ink = "var(--jp-ui-font-color1, #222)", faint = "var(--jp-ui-font-color2, #555)";
  const cells = [];
  const cell = ({ field, formula }, way) => {
    const [a, b] = way === 0 ? ["₀", "₁"] : ["₁", "₀"];
    const bar = element("div", {
      style: `position: absolute; top: 2px; bottom: 2px; border-radius: 2px; background: ${colors[way]};`
        + (field === "total" ? "" : "opacity: 0.65;"),
    });
    const zero = element("div", { style: `position: absolute; top: 0; bottom: 0; border-left: 1px solid ${ink};` });
    const value = element("span", { style: "margin-left: auto; font-variant-numeric: tabular-nums;" });
    cells.push({ field, way, bar, zero, value });
    const track = element("div", {
      "aria-hidden": "true",
      style: "position: relative; height: 18px; background: var(--jp-layout-color2, #eee);",
    }, bar, zero);
    const text = element("div", { style: "display: flex; flex-wrap: wrap; gap: 0 8px;" },
      element("span", { style: `font-size: 11px; color: ${faint};` }, formula(a, b, k)), value);
    return element("td", { style: "padding: 4px 0 4px 14px; vertical-align: top; text-align: left;" }, track, text);
  };
  const heading = (text, color) => element("th", {
    scope: "col", style: `padding: 0 0 4px 14px; text-align: left;`,
  }, colored(text, color));
  const ends = [];
  const scale = () => {
    const pair = [element("span"), element("span")];
    ends.push(pair);
    return element("td", { "aria-hidden": "true", style: "padding: 0 0 0 14px;" },
      element("div", { style: "display: flex; justify-content: space-between; font-size: 11px;" }, ...pair));
  };
  const rows = TERMS.map((term) => element("tr", {
    style: "background: none;" + (term.field === "total" ? `border-top: 1px solid ${ink}; font-weight: bold;` : ""),
  }, element("th", {
    scope: "row", style: "text-align: left; vertical-align: top; padding: 4px 0; font-weight: inherit; width: 6.3em;",
  }, term.name), cell(term, 0), cell(term, 1)));
  const node = element("table", {
    style: "border-collapse: collapse; width: 100%; table-layout: fixed; font: inherit; color: inherit; margin: 0;",
    "aria-label": "the four terms of the divergence in both directions, in nats",
  },
    element("tr", { style: "background: none;" }, element("td", { style: "width: 6.3em;" }),
      heading("D[N₀‖N₁]", colors[0]), heading("D[N₁‖N₀]", colors[1])),
    ...rows,
    element("tr", { style: "background: none;", "aria-hidden": "true" }, element("td"), scale(), scale()));

  function set(ways) {
    const [low, high] = barScale(ways.flatMap((terms) => TERMS.map(({ field }) => terms[field])));
    const at = (v) => (100 * (v - low)) / (high - low);
    for (const { field, way, bar, zero, value } of cells) {
      const v = ways[way][field];
      bar.style.left = `${at(Math.min(0, v))}%`;
      bar.style.width = `${at(Math.max(0, v)) - at(Math.min(0, v))}%`;
      zero.style.left = `${at(0)}%`;
      value.textContent = field === "total" ? number(v, 3) : signed(v);
    }
    for (const [start, end] of ends) {
      start.textContent = `${low}`.replace("-", "−");
      end.textContent = `${high} nats`;
    }
  }
  return { node, set };
}

// ---- the explorer ---------------------------------------------------------------------------------------------------

const LIMIT = 5, SIZE = 380; // x from −5 to 5; CSS pixels

function render({ model, el }) {
  const flat = model.get("dimensions") === 2, colors = model.get("_colors"), ranges = model.get("_ranges");
  const fields = ["mean", "sd", "angle"], traits = [0, 1].flatMap((i) => fields.map((name) => `${name}${i}`));
  const read = () => [0, 1].map((i) => ({
    mean: [...model.get(`mean${i}`)], sd: [...model.get(`sd${i}`)], angle: model.get(`angle${i}`),
  }));
  let pair = read(), active = 0, dragging = false, sending = false;

  const sync = throttle(() => {
    sending = true;
    pair.forEach((gaussian, i) => fields.forEach((name) => model.set(`${name}${i}`, gaussian[name])));
    sending = false;
    model.save_changes();
  }, 100);
  const { node: live, say } = announcer();
  const within = (v, [low, high]) => Math.min(high, Math.max(low, v));

  // ---- what is drawn and grabbed ----

  const LEFT = 30, RIGHT = 10, TOP = 16, BOTTOM = 24, HEIGHT = 280; // of the one-dimensional plot
  const peakOf = (sd) => 1 / (sd * Math.sqrt(2 * Math.PI));
  const highest = () => 1.1 * Math.max(...pair.map(({ sd }) => peakOf(sd[0])));
  const acrossX = (x) => LEFT + ((x + LIMIT) / (2 * LIMIT)) * (SIZE - LEFT - RIGHT);
  const upY = (density) => HEIGHT - BOTTOM - (density / highest()) * (HEIGHT - TOP - BOTTOM);

  // Where a Gaussian can be grabbed: its middle, and both ends of each of its axes.
  function handles(gaussian) {
    const { mean, sd } = gaussian;
    if (!flat) {
      const level = upY(peakOf(sd[0]) * Math.exp(-0.5));
      return [{ part: "middle", at: [acrossX(mean[0]), upY(peakOf(sd[0]))] },
        ...[-1, 1].map((side) => ({ part: "end", axis: 0, side, at: [acrossX(mean[0] + side * sd[0]), level] }))];
    }
    const at = (x, y) => [pad.toX(x), pad.toY(y)];
    return [{ part: "middle", at: at(...mean) }, ...directions(gaussian).flatMap((axis, i) => [-1, 1].map((side) => (
      { part: "end", axis: i, side, at: at(...mean.map((m, d) => m + side * 2 * sd[i] * axis[d])) })))];
  }

  function drawHandles(pen, ink, i) {
    const here = handles(pair[i]);
    pen.lineWidth = 2; pen.strokeStyle = ink.paper; pen.fillStyle = colors[i];
    for (const { part, at: [x, y], axis } of here) {
      pen.beginPath();
      if (part === "middle") pen.arc(x, y, i === active ? 8 : 6, 0, 2 * Math.PI);
      else if (axis === 0) { pen.moveTo(x - 7, y); pen.lineTo(x, y - 7); pen.lineTo(x + 7, y); pen.lineTo(x, y + 7); }
      else pen.rect(x - 4.5, y - 4.5, 9, 9);
      pen.closePath(); pen.fill(); pen.stroke();
    }
    const [x, y] = here[0].at;
    if (i === active) {
      pen.beginPath(); pen.arc(x, y, 11, 0, 2 * Math.PI);
      pen.strokeStyle = colors[i]; pen.stroke();
    }
    pen.font = "bold 14px sans-serif";
    haloed(pen, `N${index(i)}`, Math.min(SIZE - 16, x + 23), Math.max(12, y - 8), ink);
  }

  function drawCurves() {
    const pen = pad.context, ink = theme(pad.node), base = upY(0);
    pen.clearRect(0, 0, SIZE, HEIGHT);
    pen.fillStyle = ink.paper;
    pen.fillRect(0, 0, SIZE, HEIGHT);
    pen.font = "11px sans-serif"; pen.lineWidth = 1; pen.strokeStyle = ink.faint; pen.fillStyle = ink.text;
    const rule = (x0, y0, x1, y1, strength) => {
      pen.globalAlpha = strength;
      pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x1, y1); pen.stroke();
      pen.globalAlpha = 1;
    };
    pen.textAlign = "center"; pen.textBaseline = "top";
    for (let x = -LIMIT; x <= LIMIT; x++) {
      rule(acrossX(x), 4, acrossX(x), base, x === 0 ? 1 : 0.35);
      const last = x === LIMIT;
      pen.fillText(last ? "x = 5" : `${x}`.replace("-", "−"), acrossX(x) - (last ? 8 : 0), base + 5);
    }
    pen.textAlign = "right"; pen.textBaseline = "middle";
    const step = [0.1, 0.2, 0.5, 1].find((size) => highest() / size <= 5);
    for (let k = 0; k * step <= highest(); k++) {
      rule(LEFT, upY(k * step), SIZE - RIGHT, upY(k * step), k === 0 ? 1 : 0.35);
      pen.fillText(`${+(k * step).toFixed(1)}`, LEFT - 5, upY(k * step));
    }
    pair.forEach(({ mean: [mean], sd: [sd] }, i) => {
      pen.beginPath();
      for (let x = -LIMIT; x <= LIMIT + 1e-9; x += 0.02) {
        pen.lineTo(acrossX(x), upY(peakOf(sd) * Math.exp(-0.5 * ((x - mean) / sd) ** 2)));
      }
      pen.strokeStyle = pen.fillStyle = colors[i];
      pen.lineWidth = i === active ? 3 : 2;
      pen.stroke();
      pen.lineTo(acrossX(LIMIT), base); pen.lineTo(acrossX(-LIMIT), base);
      pen.globalAlpha = 0.2; pen.fill(); pen.globalAlpha = 1;
    });
    for (const i of [1 - active, active]) drawHandles(pen, ink, i);
  }

  function drawEllipses(pen, toX, toY, ink) {
    const unit = toX(1) - toX(0);
    for (const i of [1 - active, active]) {
      const { mean, sd, angle } = pair[i];
      for (const deviations of [2, 1]) {
        pen.beginPath();
        const radii = sd.map((s) => deviations * s * unit);
        pen.ellipse(toX(mean[0]), toY(mean[1]), ...radii, (-angle * Math.PI) / 180, 0, 2 * Math.PI);
        pen.fillStyle = pen.strokeStyle = colors[i];
        pen.globalAlpha = 0.12; pen.fill(); pen.globalAlpha = 1;
        pen.lineWidth = i === active ? 3 : 1.75; pen.stroke();
      }
      pen.setLineDash([2, 3]); pen.lineWidth = 1;
      const ends = handles(pair[i]).slice(1);
      for (const k of [0, 2]) {
        pen.beginPath(); pen.moveTo(...ends[k].at); pen.lineTo(...ends[k + 1].at); pen.stroke();
      }
      pen.setLineDash([]);
    }
    for (const i of [1 - active, active]) drawHandles(pen, ink, i);
  }

  const help = `two Gaussians: the arrow keys move the marked one${flat ? "" : ", up makes it narrower, down wider"}; `
    + "Shift for larger steps; 0 and 1 choose which; Home for the origin";
  const pad = flat
    ? plane({ size: SIZE, limit: LIMIT, label: help, axes: ["x", "y"], overlay: drawEllipses })
    : canvas(SIZE, HEIGHT, { "aria-label": help });
  const attributes = { class: "vae-plane", role: "application", tabindex: 0, "data-lm-suppress-shortcuts": "true" };
  for (const [name, value] of Object.entries(attributes)) pad.node.setAttribute(name, value);

  // ---- pointer and keys ----

  const place = (event) => {
    const box = pad.node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map((v) => (v * SIZE) / box.width);
  };
  const perPixel = flat ? () => 1 / (pad.toX(1) - pad.toX(0)) : () => (2 * LIMIT) / (SIZE - LEFT - RIGHT);
  let grabbed = null;
  onDrag(pad.node, (event) => {
    const [px, py] = place(event);
    const all = pair.flatMap((gaussian, i) => handles(gaussian).map((handle) => ({ i, ...handle })));
    const far = ({ i, at: [x, y] }) => Math.hypot(x - px, y - py) - (i === active); // on a tie, the marked one
    const nearest = (some) => some.reduce((best, one) => (far(one) < far(best) ? one : best));
    // Away from every handle, the nearer middle follows.
    const close = nearest(all);
    grabbed = { ...(far(close) < 14 ? close : nearest(all.filter(({ part }) => part === "middle"))), px, py };
    grabbed.from = structuredClone(pair[grabbed.i]);
    active = grabbed.i;
    dragging = true;
    redraw();
  }, (event) => {
    const [px, py] = place(event), { i, part, axis, side, from } = grabbed;
    const [dx, dy] = [(px - grabbed.px) * perPixel(), (grabbed.py - py) * perPixel()];
    if (part === "middle" && flat) go(i, { mean: [from.mean[0] + dx, from.mean[1] + dy] });
    else if (part === "middle") {
      go(i, { mean: [from.mean[0] + dx], sd: [from.sd[0] * Math.exp((py - grabbed.py) / 70)] });
    }
    else if (!flat) go(i, { sd: [Math.abs(from.sd[0] + side * dx)] });
    else {
      // From the middle to the pointer: half its length is the standard deviation, its direction the axis.
      const u = directions(from)[axis].map((v) => side * 2 * from.sd[axis] * v);
      const [x, y] = [u[0] + dx, u[1] + dy], sd = [...from.sd];
      sd[axis] = Math.hypot(x, y) / 2;
      go(i, { sd, angle: asAxis((Math.atan2(y, x) * 180) / Math.PI - 90 * axis) });
    }
  }, () => (dragging = false));
  pad.node.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const step = event.shiftKey ? 5 : 1, { mean, sd } = pair[active];
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "0" || event.key === "1") choose(+event.key);
    else if (event.key === "Home") go(active, { mean: mean.map(() => 0) });
    else if (way && flat) go(active, { mean: mean.map((m, d) => m + 0.1 * step * way[d]) });
    else if (way?.[0]) go(active, { mean: [mean[0] + 0.1 * step * way[0]] });
    else if (way) go(active, { sd: [sd[0] * Math.exp(-0.05 * step * way[1])] });
    else return;
    event.preventDefault();
  });

  // ---- controls and readout ----

  const table = termTable(colors, flat ? 2 : 1);
  const readout = element("div", { class: "vae-readout" });
  const controls = flat
    ? [["x", "mean", 0], ["y", "mean", 1], ["sd 1", "sd", 0], ["sd 2", "sd", 1], ["angle", "angle", null]]
    : [["mean", "mean", 0], ["sd", "sd", 0]];
  const spoken = {
    x: "mean x", y: "mean y", mean: "mean", sd: "standard deviation", "sd 1": "standard deviation along axis 1",
    "sd 2": "standard deviation along axis 2", angle: "angle of axis 1 in degrees",
  };
  const sliders = [0, 1].map((i) => controls.map(([label, name, d]) => {
    const [min, max] = name === "angle" ? [-90, 90] : ranges[name];
    const describe = `${spoken[label]} of N${i}`, step = name === "angle" ? 1 : 0.01;
    const format = name === "angle" ? (v) => `${number(v, 0)}°` : number;
    const value = d === null ? pair[i].angle : pair[i][name][d];
    const made = slider(label, { min, max, step, value, describe, format }, (v) => {
      active = i;
      go(i, { [name]: d === null ? v : pair[i][name].map((old, k) => (k === d ? v : old)) });
    });
    made.row.style.gridTemplateColumns = "2.8em minmax(70px, 1fr) 3.2em";
    return { ...made, show: () => made.set(d === null ? pair[i].angle : pair[i][name][d]) };
  }));
  const groups = [0, 1].map((i) => element("div", {
    role: "group", "aria-label": `N${i}`, style: "flex: 1 1 170px; display: flex; flex-direction: column; gap: 4px;",
  }, element("div", {}, colored(`N${index(i)}`, colors[i])),
  ...sliders[i].map((one) => one.row)));
  const button = (name, title, click) => element("button", { type: "button", title, click }, name);
  const choices = [0, 1].map((i) =>
    button(`mark N${index(i)}`, `let the arrow keys move N${index(i)}`, () => choose(i)));
  const buttons = element("div", { class: "vae-buttons", style: "max-width: none;" },
    button("swap", "exchange N₀ and N₁", () => { pair = [pair[1], pair[0]]; redraw(); sync(); }),
    button("make equal", "give N₁ the mean and the covariance of N₀", () => go(1, pair[0])),
    ...choices);

  function choose(i) { active = i; redraw(); }

  function draw() {
    if (flat) pad.draw();
    else drawCurves();
    sliders.flat().forEach((one) => one.show());
    choices.forEach((choice, i) => choice.setAttribute("aria-pressed", String(i === active)));
    const ways = [divergence(pair[0], pair[1]), divergence(pair[1], pair[0])];
    table.set(ways);
    const lines = ways.map(({ total }, i) =>
      `D[N${index(i)}‖N${index(1 - i)}] = ${number(total, 3)} nats = ${number(total / Math.LN2, 3)} bits`);
    readout.textContent = lines.join("\n");
    say(`${lines.join("; ")}; the arrow keys move N${active}`);
  }
  const redraw = onFrame(draw);
  function go(i, change) {
    const next = { ...pair[i], ...change };
    pair = pair.map((gaussian, k) => (k !== i ? gaussian : {
      mean: next.mean.map((v) => within(v, ranges.mean)), sd: next.sd.map((v) => within(v, ranges.sd)),
      angle: asAxis(next.angle),
    }));
    redraw();
    sync();
  }

  el.classList.add("vae-explorer");
  el.append(element("div", { class: "vae-row", role: "group", "aria-label": "two Gaussians explorer" },
    element("div", { class: "vae-column", style: `flex: 0 1 ${SIZE}px;` }, pad.node, buttons,
      element("p", { class: "vae-note" }, flat
        ? "Ellipses: 1 and 2 standard deviations. Drag a middle to move it, a diamond (axis 1) or a square (axis 2) to "
          + "stretch and turn it. The arrow keys move the ringed one; 0 and 1 choose."
        : "Drag a curve sideways to move it, up to make it narrower, down wider; the diamonds set its standard "
          + "deviation. The arrow keys move the ringed one; 0 and 1 choose.")),
    element("div", { class: "vae-column", style: "flex: 1 1 380px; max-width: 520px; gap: 12px;" },
      table.node, readout, element("div", { style: "display: flex; flex-wrap: wrap; gap: 8px 24px;" }, ...groups)),
    live));

  const fromPython = () => { if (!dragging && !sending) { pair = read(); redraw(); } };
  for (const name of traits) model.on(`change:${name}`, fromPython);
  const stop = onThemeChange(() => { pad.redraw?.(); draw(); });
  requestAnimationFrame(() => { pad.redraw?.(); draw(); });
  return () => { for (const name of traits) model.off(`change:${name}`, fromPython); stop(); };
}

export default { render };
