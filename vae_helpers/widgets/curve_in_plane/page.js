// CurveInPlane: P(X) = ∫ P(X|z) P(z) dz along a curve in the plane: its density, its value at X exactly and by Monte
// Carlo, and the few draws of z that carry the estimate. All of it is computed here, in the page.
import {
  announcer, canvas, element, floats, haloed, normal, number, octets, onFrame, onThemeChange, plane, slider, theme,
  throttle,
} from "./core.js";

const LOG_2PI = Math.log(2 * Math.PI);
const CURVE = "#EE7733", MARKER = "#2E9E48", HEAVY = "#EE3377";
const SHOWN = 200; // dots drawn at most

// The table of f: pairs of float64 on a grid of z from −halfWidth to halfWidth.
export function curveTable(bytes, halfWidth) {
  const { buffer, byteOffset, byteLength } = octets(bytes);
  const xy = new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)), size = xy.length / 2;
  const spacing = (2 * halfWidth) / (size - 1);
  const z = Float64Array.from({ length: size }, (_, i) => -halfWidth + i * spacing);
  let speed = 0;
  for (let i = 1; i < size; i++) {
    if (Math.abs(z[i]) < 4) {
      speed = Math.max(speed, Math.hypot(xy[2 * i] - xy[2 * i - 2], xy[2 * i + 1] - xy[2 * i - 1]) / spacing);
    }
  }
  return { xy, z, size, spacing, halfWidth, speed };
}

// f(z) by the cubic through the four grid points around z.
export function curvePoint({ xy, size, spacing, halfWidth }, z) {
  const place = (z + halfWidth) / spacing;
  const i = Math.min(size - 3, Math.max(1, Math.floor(place))), t = place - i;
  const weights = [
    (-t * (t - 1) * (t - 2)) / 6, ((t + 1) * (t - 1) * (t - 2)) / 2,
    (-(t + 1) * t * (t - 2)) / 2, ((t + 1) * t * (t - 1)) / 6,
  ];
  return [0, 1].map((axis) => weights.reduce((sum, w, k) => sum + w * xy[2 * (i - 1 + k) + axis], 0));
}

// log Σ exp of numbers, safe where all of them are very negative.
export function logSumExp(values) {
  let most = -Infinity, sum = 0;
  for (const v of values) if (v > most) most = v;
  for (const v of values) sum += Math.exp(v - most);
  return most + Math.log(sum);
}

// log P(X|z) for points f(z), as pairs.
export function logGaussians(xy, [x, y], sigma) {
  const constant = -2 * Math.log(sigma) - LOG_2PI, out = new Float64Array(xy.length / 2);
  for (let i = 0; i < out.length; i++) {
    out[i] = constant - ((x - xy[2 * i]) ** 2 + (y - xy[2 * i + 1]) ** 2) / (2 * sigma * sigma);
  }
  return out;
}

// log P(X, z) on the table's grid.
export function logJoints(table, x, sigma) {
  return logGaussians(table.xy, x, sigma).map((v, i) => v - 0.5 * table.z[i] ** 2 - 0.5 * LOG_2PI);
}

// log P(X) by the trapezoid rule, whose ends vanish here.
export function exactLogPX(table, x, sigma) {
  return logSumExp(logJoints(table, x, sigma)) + Math.log(table.spacing);
}

// log (1/S) Σ P(X|z_s), and the draws that carry 95 % of the sum: as few as can.
export function monteCarlo(points, x, sigma) {
  const logs = logGaussians(points, x, sigma), total = logSumExp(logs);
  const sorted = logs.slice().sort();
  let last = sorted.length;
  for (let sum = 0; last > 0 && sum < 0.95;) sum += Math.exp(sorted[--last] - total);
  const heavy = [...logs.keys()].filter((i) => logs[i] >= sorted[last]);
  return { estimate: total - Math.log(logs.length), heavy };
}

// P(X) in cells × cells cells of [−limit, limit]², row by row from the top. N(X|f(z), σ²I) is a product of one
// factor a column and one a row, and vanishes beyond 5σ: a small sum for each z of a grid as coarse as σ allows.
export function mixtureDensity(table, sigma, limit, cells) {
  const density = new Float64Array(cells * cells), side = (2 * limit) / cells;
  const stride = Math.max(1, Math.min(16, Math.floor((0.7 * sigma) / (table.speed * table.spacing))));
  const rows = new Float64Array(cells), columns = new Float64Array(cells), factor = -0.5 / (sigma * sigma);
  const bounds = (center) => [
    Math.max(0, Math.floor((center - 5 * sigma + limit) / side)),
    Math.min(cells, Math.ceil((center + 5 * sigma + limit) / side)),
  ];
  for (let i = 0; i < table.size; i += stride) {
    const z = table.z[i];
    if (Math.abs(z) > 5) continue;
    const x = table.xy[2 * i], y = -table.xy[2 * i + 1];
    const weight = (Math.exp(-0.5 * z * z) * table.spacing * stride) / (sigma * sigma * (2 * Math.PI) ** 1.5);
    const [left, right] = bounds(x), [top, bottom] = bounds(y);
    for (let c = left; c < right; c++) columns[c] = Math.exp(factor * (side * (c + 0.5) - limit - x) ** 2);
    for (let r = top; r < bottom; r++) rows[r] = weight * Math.exp(factor * (side * (r + 0.5) - limit - y) ** 2);
    for (let r = top; r < bottom; r++) {
      for (let c = left, k = r * cells + left; c < right; c++, k++) density[k] += rows[r] * columns[c];
    }
  }
  return density;
}

// As many cells as σ needs to look smooth.
export const cellsFor = (sigma, limit) => Math.min(220, Math.max(64, Math.ceil((2 * limit) / (0.7 * sigma))));

// #rrggbb of any CSS color, as [r, g, b].
function channels(pen, color) {
  pen.fillStyle = "#888888";
  pen.fillStyle = color;
  return [1, 3, 5].map((at) => parseInt(String(pen.fillStyle).slice(at, at + 2), 16) || 0);
}

// From the paper over the course's blue to a tone that stands out against the paper: 0 to 1 as [r, g, b].
function colorScale(paper) {
  const light = paper[0] + paper[1] + paper[2] > 380;
  const stops = light ? [paper, [126, 176, 220], [24, 62, 122]] : [paper, [38, 84, 140], [176, 216, 255]];
  return (t) => {
    const at = t < 0.5 ? 0 : 1, share = 2 * t - at;
    return stops[at].map((v, i) => Math.round(v + share * (stops[at + 1][i] - v)));
  };
}

// Density to place on the color scale: the square root keeps the faint outskirts visible.
const toneOf = (density, most) => Math.sqrt(density / most);

const CURVE_CSS = `
.vae-curve .vae-slider { grid-template-columns: 8.6em minmax(90px, 1fr) 4em; }
.vae-curve .vae-side { flex: 1 1 330px; max-width: 470px; }
.vae-curve .vae-keys { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 12px; max-width: 392px;
  color: var(--jp-ui-font-color2, #555); }
.vae-curve .vae-keys span { display: inline-flex; align-items: center; gap: 5px; }
.vae-curve .vae-keys i { display: inline-block; flex: none; box-sizing: border-box; }
.vae-curve .vae-values { width: 100%; }
.vae-curve .vae-values th { font-size: 13px; }
.vae-curve .vae-values td { font-weight: bold; }
.vae-curve .vae-verdict { border-left: 3px solid ${HEAVY}; padding-left: 8px; display: flex; gap: 10px;
  align-items: center; justify-content: space-between; }
.vae-curve .vae-verdict button { flex: none; }
.vae-curve .vae-verdict b { font-size: 15px; }
`;

function render({ model, el }) {
  const table = curveTable(model.get("_curve"), model.get("_half_width")), limit = model.get("limit");
  const [low, high] = model.get("_sigmas");
  let x = [...model.get("x")], z = model.get("z"), sigma = model.get("sigma"), samples = model.get("samples");
  let draws = floats(model.get("_draws")), points = image(draws), heat = null, result = null;

  function image(zs) {
    const xy = new Float64Array(2 * zs.length);
    zs.forEach((at, i) => xy.set(curvePoint(table, at), 2 * i));
    return xy;
  }
  const sync = throttle(() => {
    for (const [name, value] of Object.entries({ x, z, sigma, samples })) model.set(name, value);
    model.save_changes();
  }, 100);
  const { node: live, say } = announcer();

  // ---- the plane ----

  const bar = canvas(120, 10, { "aria-hidden": "true" });
  const most = element("span", {});

  const first = (n) => Array.from({ length: Math.min(n, SHOWN) }, (_, i) => i);

  function drawHeat(pen, toX, toY, colors) {
    const cells = cellsFor(sigma, limit), density = mixtureDensity(table, sigma, limit, cells);
    const tone = colorScale(channels(pen, colors.paper)), peak = density.reduce((a, b) => Math.max(a, b), 1e-300);
    heat ??= document.createElement("canvas");
    heat.width = heat.height = cells;
    const brush = heat.getContext("2d"), pixels = brush.createImageData(cells, cells);
    const shades = Array.from({ length: 256 }, (_, i) => tone(i / 255));
    for (let i = 0; i < density.length; i++) {
      const shade = shades[Math.min(255, Math.round(255 * toneOf(density[i], peak)))];
      pixels.data[4 * i] = shade[0]; pixels.data[4 * i + 1] = shade[1]; pixels.data[4 * i + 2] = shade[2];
      pixels.data[4 * i + 3] = 235; // the grid shows through a little
    }
    brush.putImageData(pixels, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(heat, toX(-limit), toY(limit), toX(limit) - toX(-limit), toY(-limit) - toY(limit));
    for (let i = 0; i < 120; i++) {
      bar.context.fillStyle = `rgb(${tone(i / 119)})`;
      bar.context.fillRect(i, 0, 1.5, 10);
    }
    most.textContent = number(peak, peak < 10 ? 2 : 1);
    pen.lineJoin = "round";
    pen.strokeStyle = CURVE; pen.lineWidth = 1.8;
    pen.beginPath();
    for (let i = 0; i < table.size; i += 10) {
      if (Math.abs(table.z[i]) <= 4) pen.lineTo(toX(table.xy[2 * i]), toY(table.xy[2 * i + 1]));
    }
    pen.stroke();
  }

  // Dots at pairs of coordinates, as one path, which is much faster than one each.
  function dots(pen, places, radius, fill, ring) {
    pen.beginPath();
    for (const [px, py] of places) { pen.moveTo(px + radius, py); pen.arc(px, py, radius, 0, 2 * Math.PI); }
    pen.lineWidth = 2; pen.strokeStyle = ring; pen.stroke();
    pen.fillStyle = fill; pen.fill();
  }

  function drawDots(pen, toX, toY, colors) {
    const places = (indices) => indices.map((i) => [toX(points[2 * i]), toY(points[2 * i + 1])]);
    dots(pen, places(first(samples)), 2.2, CURVE, colors.paper);
    dots(pen, places(result.heavy.slice(0, SHOWN)), 4, HEAVY, colors.paper);
    const [fx, fy] = curvePoint(table, z), unit = toX(1) - toX(0);
    for (const [times, dash] of [[1, []], [2, [5, 4]]]) {
      for (const [width, color] of [[4, colors.paper], [2, MARKER]]) {
        pen.setLineDash(width === 2 ? dash : []);
        pen.lineWidth = width; pen.strokeStyle = color;
        pen.globalAlpha = width === 2 ? 1 : 0.6;
        pen.beginPath(); pen.arc(toX(fx), toY(fy), times * sigma * unit, 0, 2 * Math.PI); pen.stroke();
      }
    }
    pen.setLineDash([]); pen.globalAlpha = 1;
    dots(pen, [[toX(fx), toY(fy)]], 5.5, MARKER, colors.paper);
    pen.font = "bold 13px sans-serif";
    const inside = (v) => Math.min(toX(limit) - 14, Math.max(toX(-limit) + 18, v));
    const away = 2 * sigma * unit < 50 ? 2 * sigma * unit + 12 : 17; // from X, where there is room
    const below = (x[1] > fy && toY(fy) + away < toY(-limit) - 6) || toY(fy) - away < toY(limit) + 6;
    haloed(pen, "f(z)", inside(toX(fx)), toY(fy) + (below ? away : -away), colors);
    haloed(pen, "X", inside(toX(x[0]) + 17), toY(x[1]) + (x[1] > 0.9 * limit ? 14 : -13), colors);
  }

  // ---- the integrand along z ----

  const wide = 430, tall = 112, base = tall - 20, top = 18;
  const strip = canvas(wide, tall, { role: "img", "aria-label": "" });
  const toZ = (v) => wide / 2 + (v / 4) * (wide / 2 - 6);

  function drawStrip(joint) {
    const pen = strip.context, colors = theme(strip.node), peak = joint.reduce((a, b) => Math.max(a, b));
    pen.clearRect(0, 0, wide, tall);
    pen.fillStyle = colors.paper; pen.fillRect(0, 0, wide, tall);
    pen.font = "11px sans-serif"; pen.textBaseline = "top"; pen.textAlign = "center"; pen.fillStyle = colors.text;
    for (let tick = -3; tick <= 3; tick++) pen.fillText(`${tick}`.replace("-", "−"), toZ(tick), base + 7);
    pen.textAlign = "right"; pen.fillText("z", wide - 4, base + 7);
    // A curve of heights up to 1: every point where it is high, every sixteenth where it is flat.
    const outline = (height, fine) => {
      pen.beginPath(); pen.moveTo(toZ(-4), base);
      for (let i = 0; i < table.size; i++) {
        if (Math.abs(table.z[i]) <= 4 && (i % 16 === 0 || fine(i))) {
          pen.lineTo(toZ(table.z[i]), base - (base - top) * height(i));
        }
      }
      pen.lineTo(toZ(4), base);
    };
    outline((i) => Math.exp(-0.5 * table.z[i] ** 2), () => false);
    pen.strokeStyle = colors.text; pen.lineWidth = 1.2; pen.setLineDash([4, 3]); pen.stroke(); pen.setLineDash([]);
    outline((i) => Math.exp(joint[i] - peak), (i) => i % 2 === 0 && joint[i] > peak - 7);
    pen.globalAlpha = 0.25; pen.fillStyle = HEAVY; pen.fill();
    pen.globalAlpha = 1; pen.strokeStyle = HEAVY; pen.lineWidth = 1.8; pen.stroke();
    pen.lineWidth = 1;
    const rug = (indices, height, color) => {
      pen.strokeStyle = color; pen.beginPath();
      for (const i of indices) { pen.moveTo(toZ(draws[i]), base + 5); pen.lineTo(toZ(draws[i]), base + 5 - height); }
      pen.stroke();
    };
    rug(first(samples), 7, CURVE);
    rug(result.heavy.slice(0, SHOWN), 10, HEAVY);
    pen.strokeStyle = MARKER; pen.lineWidth = 2;
    pen.beginPath(); pen.moveTo(toZ(z), top - 4); pen.lineTo(toZ(z), base); pen.stroke();
    pen.textBaseline = "top"; pen.textAlign = "left"; pen.fillStyle = colors.text;
    pen.fillText("dashed: P(z)", 6, 4);
    pen.textAlign = "right";
    pen.fillText("filled: P(X|z) P(z), scaled to fit", wide - 6, 4);
  }

  // ---- numbers ----

  const cell = () => element("td", {});
  const cells = { exact: cell(), estimate: cell(), off: cell(), here: cell() };
  const label = element("th", { scope: "row" });
  const row = (name, value) => element("tr", {},
    typeof name === "string" ? element("th", { scope: "row" }, name) : name, value);
  const values = element("table", { class: "vae-values" }, element("tbody", {},
    row("log P(X), exact", cells.exact), row(label, cells.estimate), row("error of Monte Carlo", cells.off),
    row("log P(X|z) at the slider’s z", cells.here)));
  const finding = element("span", {});

  const nats = (v) => `${number(v, Math.abs(v) < 1000 ? 2 : 0)} nats`;
  const count = (n) => n.toLocaleString("en-US");

  let staleHeat = true;
  function draw() {
    result = monteCarlo(points.subarray(0, 2 * samples), x, sigma);
    const joint = logJoints(table, x, sigma), exact = logSumExp(joint) + Math.log(table.spacing);
    const [here] = logGaussians(Float64Array.from(curvePoint(table, z)), x, sigma);
    pad.set(x);
    if (staleHeat) pad.redraw();
    else pad.draw();
    staleHeat = false;
    drawStrip(joint);
    coordinates.forEach((c, axis) => c.set(x[axis]));
    controls.z.set(z);
    controls.sigma.set(Math.log10(sigma));
    controls.samples.set(Math.log10(samples));
    label.textContent = `Monte Carlo, S = ${count(samples)}`;
    cells.exact.textContent = nats(exact);
    cells.estimate.textContent = nats(result.estimate);
    cells.off.textContent = nats(result.estimate - exact);
    cells.here.textContent = nats(here);
    const heavy = result.heavy.length;
    finding.replaceChildren(element("b", {}, `${count(heavy)} of ${count(samples)}`),
      ` draw${samples === 1 ? "" : "s"} matter${heavy === 1 ? "s" : ""}: ${heavy === 1 ? "it carries" : "they carry"} `
      + "95 % of the sum.");
    const where = `X = (${x.map((v) => number(v)).join(", ")})`;
    strip.node.setAttribute("aria-label", `along z: the prior P(z), and the integrand P(X|z) P(z) at ${where}`);
    say(`${where}, log P(X) = ${nats(exact)}, Monte Carlo ${nats(result.estimate)}, ${finding.textContent}`);
  }
  const redraw = onFrame(draw);
  const changed = () => { redraw(); sync(); };

  const pad = plane({
    size: 392, limit, axes: ["X₁", "X₂"], backdrop: drawHeat, overlay: drawDots,
    move: (next) => { x = [...next]; changed(); },
    label: "plane of X: drag, or move X with the arrow keys; Shift for larger steps; Home for the origin",
  });
  const controls = {
    z: slider("z, the marker", {
      min: -3.5, max: 3.5, step: 0.01, value: z, describe: "z, the marker's place on the curve",
    }, (v) => { z = v; changed(); }),
    sigma: slider("σ of P(X|z)", {
      min: Math.log10(low), max: Math.log10(high), step: 0.005, value: Math.log10(sigma),
      format: (v) => number(10 ** v, 3), describe: "σ, the width of P(X|z)",
    }, (v) => { sigma = Math.min(high, Math.max(low, 10 ** v)); staleHeat = true; changed(); }),
    samples: slider("S, draws of z", {
      min: 0, max: 4, step: 0.02, value: Math.log10(samples), format: (v) => count(Math.round(10 ** v)),
      describe: "S, the number of Monte Carlo draws",
    }, (v) => { samples = Math.round(10 ** v); changed(); }),
  };
  // X by native sliders, too: the plane's own keys need sight of it.
  const coordinates = ["X₁", "X₂"].map((name, axis) =>
    slider(name, { min: -limit, max: limit, step: 0.01, value: x[axis] }, (v) => {
      x = x.map((old, i) => (i === axis ? v : old));
      changed();
    }));
  const fresh = element("button", { type: "button", title: "draw the z’s again from P(z)", click: () => {
    draws = Float32Array.from({ length: draws.length }, () => Math.max(-7.9, Math.min(7.9, normal())));
    points = image(draws);
    redraw();
  } }, "new draws");

  const key = (style, text) => element("span", {}, element("i", { style }), text);
  const keys = element("div", { class: "vae-keys" },
    element("span", {}, "P(X): 0", bar.node, most),
    key(`width:18px;height:3px;background:${CURVE}`, "curve f(z)"),
    key(`width:7px;height:7px;border-radius:4px;background:${CURVE}`, `f at draws of z (the first ${SHOWN})`),
    key(`width:9px;height:9px;border-radius:5px;background:${HEAVY}`, "draws that matter"),
    key(`width:14px;height:14px;border-radius:7px;border:2px solid ${MARKER}`,
      "P(X|z) at the slider’s z: σ, dashed 2σ"));

  el.classList.add("vae-explorer", "vae-curve");
  el.append(element("style", {}, CURVE_CSS),
    element("div", { class: "vae-row", role: "group", "aria-label": "curve in the plane explorer" },
      element("div", { class: "vae-column" }, pad.node, keys),
      element("div", { class: "vae-column vae-side" },
        controls.sigma.row, controls.z.row, controls.samples.row,
        ...coordinates.map((c) => c.row),
        values, element("div", { class: "vae-verdict" }, finding, fresh), strip.node),
      live));

  // One listener a trait: while this page sets them one after the other, the later ones are still the old ones.
  const listeners = Object.entries({
    x: (v) => { if (!pad.dragging) x = [...v]; },
    z: (v) => { z = v; },
    sigma: (v) => { staleHeat ||= v !== sigma; sigma = v; },
    samples: (v) => { samples = v; },
  }).map(([name, take]) => [`change:${name}`, () => { take(model.get(name)); redraw(); }]);
  listeners.forEach(([event, hear]) => model.on(event, hear));
  const stop = onThemeChange(() => { staleHeat = true; draw(); });
  requestAnimationFrame(draw);
  return () => { listeners.forEach(([event, hear]) => model.off(event, hear)); stop(); };
}

export default { render };
