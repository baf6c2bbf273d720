// RateDistortionDial: shows what Python computed for each setting of the dial; only places on the curve are found here.
import {
  announcer, canvas, digitCanvas, element, haloed, octets, onFrame, onThemeChange, slider, theme, throttle,
} from "./core.js";

const WIDTH = 380, CURVE = 250, BARS = 120; // CSS pixels
const MARGIN = { left: 48, right: 14, top: 12 }, FOOT = { curve: 38, bars: 24 };

// Places of numbers on a canvas whose plot ends at `floor`, for axes that end at their first and last tick.
export function scales(x, y, floor) {
  const along = (ticks, v) => (v - ticks[0]) / (ticks[ticks.length - 1] - ticks[0]);
  return {
    toX: (v) => MARGIN.left + along(x, v) * (WIDTH - MARGIN.left - MARGIN.right),
    toY: (v) => floor - along(y, v) * (floor - MARGIN.top),
    floor,
  };
}

// Which of the points [[x, y], ...] is nearest.
export function nearest(points, x, y) {
  const far = points.map(([px, py]) => Math.hypot(px - x, py - y));
  return far.indexOf(Math.min(...far));
}

function render({ model, el }) {
  const settings = model.get("_settings"), axes = model.get("_axes"), colors = model.get("_colors");
  const label = model.get("label"), rowNames = model.get("_rows");
  const [digits, reconstructions, samples] =
    ["_images", "_reconstructions", "_samples"].map((name) => octets(model.get(name)));
  const named = (i) => settings[i].rows[0][1];
  const shown = digits.length / 784, drawn = samples.length / 784 / settings.length;
  const place = () => settings.findIndex(({ value }) => value === model.get("value"));
  let index = place(), sending = false;

  const sync = throttle(() => {
    sending = true;
    model.set("value", settings[index].value);
    sending = false;
    model.save_changes();
  }, 100);
  const { node: live, say } = announcer();

  // ---- curve and bars ----

  function frame({ node, context: pen }, height, xAxis, yAxis, { toX, toY, floor }) {
    const ink = theme(node), right = WIDTH - MARGIN.right;
    pen.clearRect(0, 0, WIDTH, height);
    pen.fillStyle = ink.paper; pen.fillRect(0, 0, WIDTH, height);
    pen.font = "11px sans-serif"; pen.lineWidth = 1; pen.strokeStyle = ink.faint; pen.fillStyle = ink.text;
    const rule = (...ends) => {
      pen.globalAlpha = 0.45;
      pen.beginPath(); pen.moveTo(...ends[0]); pen.lineTo(...ends[1]); pen.stroke();
      pen.globalAlpha = 1;
    };
    pen.textAlign = "right"; pen.textBaseline = "middle";
    for (const tick of yAxis.ticks) {
      rule([MARGIN.left, toY(tick)], [right, toY(tick)]);
      pen.fillText(`${tick}`.replace("-", "−"), MARGIN.left - 5, toY(tick));
    }
    pen.textAlign = "center"; pen.textBaseline = "top";
    for (const tick of xAxis.ticks) {
      rule([toX(tick), MARGIN.top], [toX(tick), floor]);
      pen.fillText(`${tick}`, toX(tick), floor + 5);
    }
    pen.textBaseline = "bottom"; pen.fillText(xAxis.name, (MARGIN.left + right) / 2, height - 4);
    pen.save();
    pen.translate(10, (MARGIN.top + floor) / 2); pen.rotate(-Math.PI / 2);
    pen.textBaseline = "middle"; pen.fillText(yAxis.name, 0, 0);
    pen.restore();
    return ink;
  }

  const curve = canvas(WIDTH, CURVE, { role: "img", style: "cursor: pointer;" });
  const places = scales(axes.x.ticks, axes.y.ticks, CURVE - FOOT.curve);
  const points = settings.map(({ x, y }) => [places.toX(x), places.toY(y)]);
  curve.node.addEventListener("click", (event) => {
    const box = curve.node.getBoundingClientRect(), scale = WIDTH / box.width;
    go(nearest(points, (event.clientX - box.left) * scale, (event.clientY - box.top) * scale));
  });
  function drawCurve() {
    const pen = curve.context, ink = frame(curve, CURVE, axes.x, axes.y, places);
    pen.strokeStyle = ink.text; pen.globalAlpha = 0.6; pen.lineWidth = 1.5;
    pen.beginPath();
    points.forEach((point) => pen.lineTo(...point));
    pen.stroke();
    pen.globalAlpha = 1;
    points.forEach((point, i) => {
      pen.fillStyle = i === index ? colors.point : ink.text; pen.strokeStyle = ink.paper; pen.lineWidth = 2;
      pen.beginPath(); pen.arc(...point, i === index ? 8 : 4, 0, 2 * Math.PI); pen.fill(); pen.stroke();
    });
    // The chosen one's label last, over its neighbors'.
    for (const i of [...points.keys()].filter((k) => k !== index).concat(index)) {
      const text = i === index ? `${label} = ${named(i)}` : named(i);
      pen.font = i === index ? "bold 13px sans-serif" : "11px sans-serif";
      const half = pen.measureText(text).width / 2, [x, y] = points[i];
      haloed(pen, text, Math.min(x + 8 + half, WIDTH - half - 4), Math.max(y - 13, 10), ink);
    }
  }

  const bars = canvas(WIDTH, BARS, { role: "img" });
  const size = settings[0].kl.length;
  const barPlaces = scales([0, size], axes.bars.ticks, BARS - FOOT.bars);
  function drawBars() {
    const { kl, active } = settings[index], { toX, toY } = barPlaces, pen = bars.context;
    const ink = frame(bars, BARS, { name: "latent dimensions, most used first", ticks: [] }, axes.bars, barPlaces);
    kl.forEach((nats, i) => {
      pen.fillStyle = active[i] ? colors.active : ink.faint;
      const width = toX(1) - toX(0), top = Math.min(toY(nats), toY(0) - 1);
      pen.fillRect(toX(i) + 0.15 * width, top, 0.7 * width, toY(0) - top);
    });
    const text = `${active.filter(Boolean).length} of ${size} active`;
    pen.font = "bold 12px sans-serif";
    haloed(pen, text, WIDTH - MARGIN.right - pen.measureText(text).width / 2 - 4, MARGIN.top + 8, ink);
    bars.node.setAttribute("aria-label", `KL of each latent dimension in nats, most used first: `
      + kl.map((nats) => nats.toFixed(2)).join(", "));
  }

  // ---- digits ----

  const strips = [shown, shown, drawn].map((count, row) => {
    const cells = Array.from({ length: count }, () => digitCanvas(40, ""));
    cells.forEach(({ node }) => { node.removeAttribute("role"); node.setAttribute("aria-hidden", "true"); });
    const strip = element("div", {
      class: "vae-strip", role: "img", style: "justify-content: flex-start;",
    }, ...cells.map(({ node }) => node));
    const node = element("figure", {}, element("figcaption", { style: "margin: 0 0 3px;" }, rowNames[row]), strip);
    return { node, strip, cells };
  });
  const image = (bytes, k) => Float32Array.from(bytes.subarray(k * 784, (k + 1) * 784), (v) => v / 255);
  const paint = (row, bytes, first) => strips[row].cells.forEach((cell, k) => cell.paint(image(bytes, first + k)));

  // ---- the dial ----

  const dial = slider(label, {
    min: 0, max: settings.length - 1, step: 1, value: index, describe: `${label}, the dial`,
    format: named,
  }, go);
  dial.row.style.gridTemplateColumns = "auto minmax(90px, 1fr) 3.2em";
  const table = element("table", { class: "vae-values", style: "align-self: flex-start;" });

  function draw() {
    const { rows, words } = settings[index], at = `${label} = ${named(index)}`;
    drawCurve();
    drawBars();
    paint(1, reconstructions, index * shown);
    paint(2, samples, index * drawn);
    dial.set(index);
    const besides = { style: "padding-left: 6px; text-align: left;" };
    table.replaceChildren(...rows.map(([name, text, unit]) => element("tr", {},
      element("th", { scope: "row" }, name), element("td", {}, text), element("td", besides, unit))));
    rowNames.forEach((name, row) =>
      strips[row].strip.setAttribute("aria-label", row ? `${name}, at ${at}` : `${shown} ${name}`));
    curve.node.setAttribute("aria-label",
      `${axes.y.name} over ${axes.x.name} for ${settings.length} settings; ${words}`);
    say(words);
  }
  const redraw = onFrame(draw);
  function go(next) {
    index = next;
    redraw();
    sync();
  }

  el.classList.add("vae-explorer");
  el.append(element("div", { class: "vae-row", role: "group", "aria-label": "rate and distortion explorer" },
    element("div", { class: "vae-column", style: `width: ${WIDTH}px;` }, dial.row, curve.node, bars.node),
    element("div", { class: "vae-column vae-grow", style: "max-width: 460px;" },
      ...strips.map(({ node }) => node), table,
      element("p", { class: "vae-note", style: "max-width: none;" }, model.get("_caption"))),
    live));

  const fromPython = () => { if (!sending) { index = place(); redraw(); } };
  model.on("change:value", fromPython);
  const stop = onThemeChange(draw);
  paint(0, digits, 0);
  requestAnimationFrame(draw);
  return () => { model.off("change:value", fromPython); stop(); };
}

export default { render };
