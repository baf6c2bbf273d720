// DragQ: equation (5) for one X while Q is dragged; every integral over z is done here, in the page, on one grid.
import {
  announcer, canvas, element, haloed, number, onDrag, onFrame, onThemeChange, slider, theme, throttle,
} from "./core.js";

// ---- integrals -----------------------------------------------------------------------------------------------------

const LOG_ROOT_2PI = 0.5 * Math.log(2 * Math.PI);

// A block of float64 as it arrives, wherever it starts in its buffer.
export function doubles(view) {
  return new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// What does not depend on Q, for f given on a grid from −halfWidth to halfWidth: log P(z), log P(X|z), log P(X), and
// log P(z|X) by Bayes' rule.
export function onGrid(f, sigma, halfWidth, x) {
  const n = f.length, spacing = (2 * halfWidth) / (n - 1), constant = Math.log(sigma) + LOG_ROOT_2PI;
  const z = Float64Array.from(f, (_, i) => -halfWidth + i * spacing);
  const logPrior = z.map((v) => -0.5 * v * v - LOG_ROOT_2PI);
  const logLikelihood = z.map((_, i) => -0.5 * ((x - f[i]) / sigma) ** 2 - constant);
  let highest = -Infinity, sum = 0;
  for (let i = 0; i < n; i++) highest = Math.max(highest, logLikelihood[i] + logPrior[i]);
  for (let i = 0; i < n; i++) sum += Math.exp(logLikelihood[i] + logPrior[i] - highest);
  const logPX = highest + Math.log(sum * spacing);
  const logPosterior = z.map((_, i) => logLikelihood[i] + logPrior[i] - logPX);
  return { z, spacing, halfWidth, logPrior, logLikelihood, logPosterior, logPX };
}

// The three terms of (5) that do depend on Q = N(mean, sd²), in nats: each by its own integral, none from the others.
export function integrals(grid, mean, sd) {
  const { z, spacing, halfWidth, logPrior, logLikelihood, logPosterior } = grid;
  const reach = 30 * sd; // beyond it Q's density is below e⁻⁴⁵⁰
  const first = Math.max(0, Math.floor((mean - reach + halfWidth) / spacing));
  const last = Math.min(z.length - 1, Math.ceil((mean + reach + halfWidth) / spacing));
  let reconstruction = 0, kl = 0, gap = 0;
  for (let i = first; i <= last; i++) {
    const logQ = -0.5 * ((z[i] - mean) / sd) ** 2 - Math.log(sd) - LOG_ROOT_2PI;
    const weight = Math.exp(logQ) * spacing;
    reconstruction += weight * logLikelihood[i];
    kl += weight * (logQ - logPrior[i]);
    gap += weight * (logQ - logPosterior[i]);
  }
  return { reconstruction, kl, gap };
}

// The Gaussian Q of the smallest gap: the best of many starts, each improved by a compass search in mean and log sd.
export function bestGaussian(grid, [lowMean, highMean], [lowSd, highSd]) {
  const within = (v, low, high) => Math.min(high, Math.max(low, v));
  const gapAt = (mean, sd) => ({ mean, sd, gap: integrals(grid, mean, sd).gap });
  const starts = [];
  for (let mean = lowMean; mean <= highMean; mean += 0.25) {
    for (const sd of [0.1, 0.2, 0.4, 0.8, 1.6]) starts.push(gapAt(mean, sd));
  }
  const better = (a, b) => a.gap - b.gap;
  const found = starts.sort(better).slice(0, 4).map((start) => {
    let best = start;
    for (let step = 0.25; step > 1e-6;) {
      const around = [[1, 0], [-1, 0], [0, 1], [0, -1]].map(([dm, ds]) => gapAt(
        within(best.mean + dm * step, lowMean, highMean), within(best.sd * Math.exp(ds * step), lowSd, highSd)));
      const next = around.sort(better)[0];
      if (next.gap < best.gap) best = next;
      else step /= 2;
    }
    return best;
  });
  const { mean, sd } = found.sort(better)[0];
  return { mean, sd };
}

// ---- numbers and axes ----------------------------------------------------------------------------------------------

const nats = (v) => Math.abs(v) < 1e6 ? number(v, 3) : powerOfTen(v);

// 1.2 × 10⁻¹²
export function powerOfTen(v) {
  if (v === 0) return "0";
  const [digits, power] = v.toExponential(1).replaceAll("-", "−").split("e");
  return `${digits} × 10${power.replace("+", "").replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["−0123456789".indexOf(c)])}`;
}

// About `count` round numbers between low and high.
export function ticks(low, high, count) {
  const rough = (high - low) / count, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((times) => times * unit >= rough);
  const first = Math.ceil(low / step - 1e-9), n = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: n }, (_, i) => +((first + i) * step).toPrecision(9));
}

// An end of the bars' axis that holds v and does not change at every move.
export function roundEnd(v) {
  if (v === 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(Math.abs(v)));
  const times = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((times) => times * unit >= 0.999 * Math.abs(v));
  return +(Math.sign(v) * unit * times).toPrecision(3);
}

const plain = (v) => `${v}`.replace("-", "−");

// ---- the bars of (5) ------------------------------------------------------------------------------------------------

const ROW = 42, BAR = 20; // CSS pixels

// Rows of label, bar and number over one axis in nats, and a line through all of them.
// `set([[from, to], ...], texts, line)` moves them.
function stackedBars(rows) {
  const track = element("div", {
    "aria-hidden": "true",
    style: `grid-column: 2; grid-row: 1 / span ${rows.length + 1}; position: relative; margin: 0 6px;`,
  });
  const piece = (style) => {
    const node = element("div", { style: `position: absolute; ${style}` });
    track.append(node);
    return node;
  };
  const border = "var(--jp-border-color1, #bbb)", ink = "var(--jp-ui-font-color1, #222)";
  const scale = piece(`inset: 0 0 auto 0; height: ${ROW * rows.length}px;`);
  const bars = rows.map(({ color }, i) =>
    piece(`top: ${ROW * i + (ROW - BAR) / 2}px; height: ${BAR}px; border-radius: 2px; background: ${color};`));
  const joints = rows.map((_, i) => piece(
    `top: ${ROW * i + (ROW + BAR) / 2}px; height: ${ROW - BAR}px; border-left: 1px solid ${ink}; opacity: 0.6;`));
  const whole = piece(`top: 0; height: ${ROW * rows.length}px; border-left: 2px dashed ${ink}; margin-left: -1px;`);
  const numbers = [];
  const cells = rows.flatMap(({ label, note }, i) => {
    const at = (column) => `grid-column: ${column}; grid-row: ${i + 1}; align-self: center;`;
    numbers.push(element("div", { style: `${at(3)} text-align: right; font-variant-numeric: tabular-nums;` }));
    return [
      element("div", { style: `${at(1)} line-height: 1.25;` },
        element("div", { style: "white-space: nowrap;" }, ...label),
        element("div", { style: "font-size: 11px; color: var(--jp-ui-font-color2, #555);" }, note)),
      numbers[i],
    ];
  });
  const node = element("div", {
    style: `display: grid; grid-template: repeat(${rows.length}, ${ROW}px) 20px / auto minmax(90px, 1fr) auto;`,
  }, ...cells, track,
  element("div", { style: `grid-column: 3; grid-row: ${rows.length + 1}; text-align: right;` }, "nats"));

  function set(spans, values, line) {
    const ends = [...spans.flat(), line];
    const low = roundEnd(Math.min(0, ...ends)), high = Math.max(roundEnd(Math.max(0, ...ends)), low < 0 ? 0 : 1);
    const at = (v) => (100 * (v - low)) / (high - low);
    spans.forEach(([from, to], i) => {
      bars[i].style.left = `${at(Math.min(from, to))}%`;
      bars[i].style.width = `max(1px, ${at(Math.max(from, to)) - at(Math.min(from, to))}%)`;
      joints[i].style.left = `${at(to)}%`;
      joints[i].style.display = spans[i + 1]?.some((v) => v === to) ? "" : "none";
      numbers[i].textContent = values[i];
    });
    whole.style.left = `${at(line)}%`;
    scale.replaceChildren(...ticks(low, high, 5).flatMap((tick) => [
      element("div", {
        style: `position: absolute; left: ${at(tick)}%; top: 0; height: 100%;`
          + `border-left: 1px solid ${tick === 0 ? ink : border}; opacity: ${tick === 0 ? 0.9 : 0.5};`,
      }),
      element("div", {
        style: `position: absolute; left: ${at(tick)}%; top: calc(100% + 2px); transform: translateX(-50%);`
          + "font-size: 11px;",
      }, plain(tick)),
    ]));
  }
  return { node, set };
}

// ---- the explorer ---------------------------------------------------------------------------------------------------

const WIDTH = 430, LEFT = 30, RIGHT = 12, VIEW = 4, SEE_X = 4.6; // z from −4 to 4, X from −4.6 to 4.6

function render({ model, el }) {
  const f = doubles(model.get("_f")), sigma = model.get("_sigma"), halfWidth = model.get("_half_width");
  const ranges = model.get("_ranges"), colors = model.get("_colors");
  const names = ["mean", "sd", "x"];
  const read = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let state = read(), grid = onGrid(f, sigma, halfWidth, state.x), dragging = false, sending = false;

  const sync = throttle(() => {
    sending = true;
    for (const name of names) model.set(name, state[name]);
    sending = false;
    model.save_changes();
  }, 100);
  const { node: live, say } = announcer();
  const toX = (z) => LEFT + ((z + VIEW) / (2 * VIEW)) * (WIDTH - LEFT - RIGHT);

  // ---- densities over z ----

  const HEIGHT = 250, TOP = 16, BOTTOM = 24;
  const plot = canvas(WIDTH, HEIGHT, {
    class: "vae-plane", role: "application", tabindex: 0,
    "aria-label": "Q over the posterior: left and right arrows move Q's mean, up makes Q narrower and down wider; "
      + "Shift for larger steps; Home to start again",
  });
  const peakOf = (sd) => 1 / (sd * Math.sqrt(2 * Math.PI));
  const density = (z, mean, sd) => peakOf(sd) * Math.exp(-0.5 * ((z - mean) / sd) ** 2);
  // f's table is finer than a screen, and the view is its middle part.
  const middle = [...grid.z.keys()].filter((i) => Math.abs(grid.z[i]) <= VIEW + 1e-9);
  const top = () => 1.1 * Math.max(peakOf(state.sd), ...middle.map((i) => Math.exp(grid.logPosterior[i])));
  const toY = (value, highest) => HEIGHT - BOTTOM - (value / highest) * (HEIGHT - TOP - BOTTOM);
  const handles = (highest) => {
    const shoulder = toY(density(state.sd, 0, state.sd), highest);
    return {
      peak: [toX(state.mean), toY(peakOf(state.sd), highest)],
      left: [toX(state.mean - state.sd), shoulder], right: [toX(state.mean + state.sd), shoulder],
    };
  };

  function axes(pen, ink, height, bottom, values, y) {
    pen.clearRect(0, 0, WIDTH, height);
    pen.fillStyle = ink.paper;
    pen.fillRect(0, 0, WIDTH, height);
    pen.font = "11px sans-serif"; pen.lineWidth = 1; pen.strokeStyle = ink.faint; pen.fillStyle = ink.text;
    const rule = (x0, y0, x1, y1, strength) => {
      pen.globalAlpha = strength;
      pen.beginPath(); pen.moveTo(x0, y0); pen.lineTo(x1, y1); pen.stroke();
      pen.globalAlpha = 1;
    };
    pen.textAlign = "center"; pen.textBaseline = "top";
    for (let z = -VIEW; z <= VIEW; z++) {
      rule(toX(z), 4, toX(z), height - bottom, z === 0 ? 1 : 0.35);
      pen.fillText(z === VIEW ? "z = 4" : plain(z), toX(z) - (z === VIEW ? 8 : 0), height - bottom + 5);
    }
    pen.textAlign = "right"; pen.textBaseline = "middle";
    for (const value of values) {
      rule(LEFT, y(value), WIDTH - RIGHT, y(value), value === 0 ? 1 : 0.35);
      pen.fillText(plain(value), LEFT - 5, y(value));
    }
  }

  function drawPlot() {
    const pen = plot.context, ink = theme(plot.node), highest = top();
    const y = (value) => toY(value, highest);
    axes(pen, ink, HEIGHT, BOTTOM, ticks(0, highest, 4), y);
    const trace = (value) => {
      pen.beginPath();
      for (let z = -VIEW; z <= VIEW + 1e-9; z += 0.01) pen.lineTo(toX(z), y(value(z)));
    };
    pen.beginPath();
    pen.moveTo(toX(-VIEW), y(0));
    for (const i of middle) pen.lineTo(toX(grid.z[i]), y(Math.exp(grid.logPosterior[i])));
    pen.lineTo(toX(VIEW), y(0));
    pen.fillStyle = pen.strokeStyle = colors.posterior;
    pen.globalAlpha = 0.45; pen.fill(); pen.globalAlpha = 1;
    pen.lineWidth = 1.5; pen.stroke();
    trace((z) => density(z, 0, 1));
    pen.strokeStyle = ink.text; pen.globalAlpha = 0.6; pen.setLineDash([5, 4]);
    pen.stroke();
    pen.globalAlpha = 1; pen.setLineDash([]);
    trace((z) => density(z, state.mean, state.sd));
    pen.strokeStyle = colors.q; pen.lineWidth = 2.5;
    pen.stroke();
    const { peak, left, right } = handles(highest);
    pen.lineWidth = 1; pen.setLineDash([2, 3]);
    pen.beginPath(); pen.moveTo(...left); pen.lineTo(...right); pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = colors.q; pen.strokeStyle = ink.paper; pen.lineWidth = 2;
    const dot = () => { pen.fill(); pen.stroke(); };
    pen.beginPath(); pen.arc(...peak, 7, 0, 2 * Math.PI); dot();
    for (const [x, level] of [left, right]) {
      pen.beginPath();
      pen.moveTo(x - 9, level); pen.lineTo(x, level - 6); pen.lineTo(x + 9, level); pen.lineTo(x, level + 6);
      pen.closePath(); dot();
    }
    pen.font = "bold 13px sans-serif";
    haloed(pen, "Q", peak[0] + (peak[0] > WIDTH - 40 ? -17 : 17), Math.max(10, peak[1] - 6), ink);
  }

  const place = (event, node) => {
    const box = node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map((v) => (v * WIDTH) / box.width);
  };
  let grabbed = null;
  onDrag(plot.node, (event) => {
    const [px, py] = place(event, plot.node), near = handles(top());
    const far = ([x, y]) => Math.hypot(x - px, y - py);
    const [name] = Object.keys(near).sort((a, b) => far(near[a]) - far(near[b]));
    const handle = far(near[name]) < 16 && name !== "peak" ? name : "peak";
    grabbed = { handle, px, py, ...state };
    dragging = true;
  }, (event) => {
    const [px, py] = place(event, plot.node);
    const moved = ((px - grabbed.px) / (WIDTH - LEFT - RIGHT)) * 2 * VIEW;
    const wider = Math.exp((py - grabbed.py) / 70);
    if (grabbed.handle === "peak") go({ mean: grabbed.mean + moved, sd: grabbed.sd * wider });
    else go({ sd: Math.abs(grabbed.sd + (grabbed.handle === "right" ? moved : -moved)) });
  }, () => (dragging = false));
  plot.node.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 5 : 1;
    if (event.key === "ArrowLeft") go({ mean: state.mean - 0.1 * step });
    else if (event.key === "ArrowRight") go({ mean: state.mean + 0.1 * step });
    else if (event.key === "ArrowUp") go({ sd: state.sd * Math.exp(-0.05 * step) });
    else if (event.key === "ArrowDown") go({ sd: state.sd * Math.exp(0.05 * step) });
    else if (event.key === "Home") go(model.get("_start"));
    else return;
    event.preventDefault();
  });

  // ---- the curve f, and X ----

  const LOW = 130, CURVE_BOTTOM = 22;
  const curve = canvas(WIDTH, LOW, { role: "img", style: "cursor: ns-resize; touch-action: none;" });
  const levelOf = (x) => 6 + ((SEE_X - x) / (2 * SEE_X)) * (LOW - 6 - CURVE_BOTTOM);

  function drawCurve() {
    const pen = curve.context, ink = theme(curve.node);
    axes(pen, ink, LOW, CURVE_BOTTOM, [-4, -2, 0, 2, 4], levelOf);
    pen.save();
    pen.beginPath(); pen.rect(LEFT, 4, WIDTH - LEFT - RIGHT, LOW - 4 - CURVE_BOTTOM); pen.clip();
    pen.beginPath();
    for (const i of middle) pen.lineTo(toX(grid.z[i]), levelOf(f[i] + sigma));
    for (const i of [...middle].reverse()) pen.lineTo(toX(grid.z[i]), levelOf(f[i] - sigma));
    pen.fillStyle = ink.text; pen.globalAlpha = 0.15; pen.fill();
    pen.beginPath();
    for (const i of middle) pen.lineTo(toX(grid.z[i]), levelOf(f[i]));
    pen.strokeStyle = ink.text; pen.lineWidth = 1.5; pen.globalAlpha = 0.8; pen.stroke(); pen.globalAlpha = 1;
    pen.restore();
    pen.strokeStyle = colors.posterior; pen.lineWidth = 2.5;
    pen.beginPath(); pen.moveTo(LEFT, levelOf(state.x)); pen.lineTo(WIDTH - RIGHT, levelOf(state.x)); pen.stroke();
    pen.fillStyle = colors.posterior; pen.strokeStyle = ink.paper; pen.lineWidth = 2;
    pen.beginPath(); pen.arc(WIDTH - RIGHT, levelOf(state.x), 7, 0, 2 * Math.PI); pen.fill(); pen.stroke();
    pen.font = "bold 13px sans-serif";
    haloed(pen, "X", WIDTH - RIGHT - 16, levelOf(state.x) + (state.x > 0 ? 13 : -12), ink);
  }
  const toState = (event) => {
    const py = place(event, curve.node)[1];
    go({ x: SEE_X - ((py - 6) / (LOW - 6 - CURVE_BOTTOM)) * 2 * SEE_X });
  };
  onDrag(curve.node, (event) => { dragging = true; toState(event); }, toState, () => (dragging = false));

  // ---- controls and readout ----

  const sub = (text) => element("sub", { style: "font-size: 70%; line-height: 0;" }, text);
  const bars = stackedBars([
    { label: ["E", sub("Q"), "[log P(X|z)]"], note: "reconstruction", color: colors.reconstruction },
    { label: ["− D[Q‖P(z)]"], note: "price of leaving P(z)", color: colors.q },
    { label: ["= the bound"], note: "right side of (5)", color: colors.bound },
    { label: ["+ D[Q‖P(z|X)]"], note: "the gap", color: colors.gap },
    { label: ["= log P(X)"], note: "Q does not move it", color: "var(--jp-ui-font-color2, #666)" },
  ]);
  const sliderOf = (name, label, describe) => {
    const [min, max] = ranges[name];
    const made = slider(label, { min, max, step: 0.01, value: state[name], describe }, (v) => go({ [name]: v }));
    made.row.style.gridTemplateColumns = "3em minmax(90px, 1fr) 3.2em";
    return [name, made];
  };
  const sliders = Object.fromEntries([
    sliderOf("mean", "mean", "mean of Q"), sliderOf("sd", "sd", "standard deviation of Q"), sliderOf("x", "X", "X"),
  ]);
  const check = element("div", { class: "vae-readout", style: "white-space: normal;" });
  const button = (name, title, click) => element("button", { type: "button", title, click }, name);
  const buttons = element("div", { class: "vae-buttons" },
    button("best Gaussian Q", "the Gaussian with the smallest gap for this X",
      () => go(bestGaussian(grid, ranges.mean, ranges.sd))),
    button("reset", "back to the start", () => go(model.get("_start"))));

  const key = (style, ...text) => element("span", { style: "white-space: nowrap;" },
    element("i", { style: `display: inline-block; width: 18px; margin-right: 5px; vertical-align: middle; ${style}` }),
    ...text);
  const legend = element("div", { style: "display: flex; flex-wrap: wrap; gap: 2px 16px;" },
    key(`border-top: 3px solid ${colors.q};`, "Q(z), drag it"),
    key(`height: 10px; background: ${colors.posterior}; opacity: 0.6;`, "P(z|X), the true posterior"),
    key("border-top: 2px dashed; opacity: 0.7;", "P(z), the prior"));

  function draw() {
    const { mean, sd, x } = state, { reconstruction, kl, gap } = integrals(grid, mean, sd), { logPX } = grid;
    const bound = reconstruction - kl;
    drawPlot();
    drawCurve();
    for (const name of names) sliders[name].set(state[name]);
    bars.set([[0, reconstruction], [reconstruction, bound], [0, bound], [bound, bound + gap], [0, logPX]],
      [nats(reconstruction), nats(-kl), nats(bound), `+${nats(gap)}`, nats(logPX)], logPX);
    const difference = powerOfTen(logPX - gap - bound);
    check.replaceChildren(
      element("div", {}, `left of (5): log P(X) − D[Q‖P(z|X)] = ${nats(logPX - gap)}`),
      element("div", {}, "right of (5): E", sub("Q"), `[log P(X|z)] − D[Q‖P(z)] = ${nats(bound)}`),
      element("div", {}, `left − right of (5) = ${difference} nats`));
    curve.node.setAttribute("aria-label", `the curve f(z) with a band of one sigma, and X at ${number(x)}`);
    say(`Q has mean ${number(mean)} and standard deviation ${number(sd)}; X = ${number(x)}; in nats: reconstruction `
      + `${nats(reconstruction)}, minus D[Q‖P(z)] ${nats(-kl)}, the bound ${nats(bound)}, the gap ${nats(gap)}, `
      + `log P(X) ${nats(logPX)}`);
  }
  const redraw = onFrame(draw);
  function become(next) {
    if (next.x !== state.x) grid = onGrid(f, sigma, halfWidth, next.x);
    state = next;
    redraw();
  }
  function go(change) {
    const next = { ...state, ...change };
    for (const name of names) next[name] = Math.min(ranges[name][1], Math.max(ranges[name][0], next[name]));
    become(next);
    sync();
  }

  const style = (width) => `flex: 1 1 ${width}px; max-width: ${WIDTH}px;`;
  el.classList.add("vae-explorer");
  el.append(element("div", { class: "vae-row", role: "group", "aria-label": "drag Q explorer" },
    element("div", { class: "vae-column", style: style(380) }, legend, plot.node, curve.node,
      element("p", { class: "vae-note", style: "max-width: none;" },
        "Above: drag Q sideways to move it, up to make it narrower, down wider; the diamonds set its standard "
        + "deviation. Below: f(z) with a band of ±σ; drag the line to another X. The posterior is high where the band "
        + "meets X and the prior is not small.")),
    element("div", { class: "vae-column", style: style(330) }, bars.node, check,
      ...names.map((name) => sliders[name].row), buttons,
      element("p", { class: "vae-note", style: "max-width: none;" },
        "Each bar starts where the one above it ends, or at 0. Moving Q trades the bound against the gap; the dashed "
        + "line, log P(X), moves only with X.")),
    live));

  const fromPython = () => { if (!dragging && !sending) become(read()); };
  for (const name of names) model.on(`change:${name}`, fromPython);
  const stop = onThemeChange(draw);
  requestAnimationFrame(draw);
  return () => { for (const name of names) model.off(`change:${name}`, fromPython); stop(); };
}

export default { render };
