// RateDistortionDial: shows what Python computed for each setting of the dial; only places on the curve are found here.
import { chart, haloed, line, mark } from "../core/chart.js";
import { explorer } from "../core/explorer.js";
import { octets } from "../core/network.js";
import { canvas, column, element, note, row, slider, values } from "../core/page.js";
import { digitAt, digitStrip } from "../core/pixels.js";
import { nearest } from "./numbers.js";

const WIDTH = 380, SIDES = { left: 48, right: 14, top: 12 }; // CSS pixels

const ends = (ticks) => [ticks[0], ticks.at(-1)];

// The names of a chart's axes, below it and, turned, on its left.
function axisNames({ pen, margin, floor, right, board }, ink, below, beside) {
  pen.font = "11px sans-serif"; pen.fillStyle = ink.text; pen.textAlign = "center";
  pen.textBaseline = "bottom"; pen.fillText(below, (margin.left + right) / 2, board.height - 4);
  pen.save();
  pen.translate(10, (margin.top + floor) / 2); pen.rotate(-Math.PI / 2);
  pen.textBaseline = "middle"; pen.fillText(beside, 0, 0);
  pen.restore();
}

// Every setting's point on the curve; a click turns the dial to the nearest: `choose(index)`.
function tradeOff(app, settings, choose) {
  const label = app.model.get("label"), { x: across, y: up } = app.model.get("_axes");
  const { point: color } = app.model.get("_colors");
  const board = canvas(WIDTH, 250, { role: "img", class: "vae-dial-curve" });
  const plot = chart(board, { ...SIDES, bottom: 38 }, ends(across.ticks), ends(up.ticks)), { pen } = plot;
  const points = settings.map(({ x, y }) => [plot.toX(x), plot.toY(y)]);
  board.node.addEventListener("click", (event) => choose(nearest(points, board.place(event))));

  function draw(index) {
    const ink = plot.begin(across.ticks, up.ticks);
    axisNames(plot, ink, across.name, up.name);
    pen.globalAlpha = 0.6;
    line(pen, ink.text, 1.5, points);
    pen.globalAlpha = 1;
    points.forEach((at, i) => mark(pen, ink, at, i === index ? color : ink.text, i === index ? 8 : 4));
    // The chosen one's label last, over its neighbors'.
    for (const i of [...points.keys()].filter((k) => k !== index).concat(index)) {
      const [name] = settings[i].rows, text = i === index ? `${label} = ${name[1]}` : name[1];
      pen.font = i === index ? "bold 13px sans-serif" : "11px sans-serif";
      const half = pen.measureText(text).width / 2, [x, y] = points[i];
      haloed(pen, text, Math.min(x + 8 + half, WIDTH - half - 4), Math.max(y - 13, 10), ink, pen.font);
    }
    const words = `${up.name} over ${across.name} for ${settings.length} settings; ${settings[index].words}`;
    board.node.setAttribute("aria-label", words);
  }
  return { node: board.node, draw };
}

// The rate, one bar a latent dimension.
function dimensions(app, size) {
  const { bars: up } = app.model.get("_axes"), { active: color } = app.model.get("_colors");
  const board = canvas(WIDTH, 120, { role: "img" });
  const plot = chart(board, { ...SIDES, bottom: 24 }, [0, size], ends(up.ticks)), { pen, toX, toY } = plot;

  function draw({ kl, active }) {
    const ink = plot.begin([], up.ticks), width = toX(1) - toX(0);
    axisNames(plot, ink, "latent dimensions, most used first", up.name);
    kl.forEach((nats, i) => {
      const top = Math.min(toY(nats), plot.floor - 1);
      pen.fillStyle = active[i] ? color : ink.faint;
      pen.fillRect(toX(i) + 0.15 * width, top, 0.7 * width, plot.floor - top);
    });
    const text = `${active.filter(Boolean).length} of ${size} active`;
    pen.font = "bold 12px sans-serif";
    haloed(pen, text, plot.right - pen.measureText(text).width / 2 - 4, SIDES.top + 8, ink, pen.font);
    board.node.setAttribute("aria-label", `KL of each latent dimension in nats, most used first: `
      + kl.map((nats) => nats.toFixed(2)).join(", "));
  }
  return { node: board.node, draw };
}

// The digits, and what the setting makes of them and of the same z: a strip each.
function pictures(app, count) {
  const [digits, reconstructions, samples] =
    ["_images", "_reconstructions", "_samples"].map((name) => octets(app.model.get(name)));
  const shown = digits.length / 784, drawn = samples.length / 784 / count, names = app.model.get("_rows");
  const strips = [shown, shown, drawn].map((length) => digitStrip(length, { role: "img" }));
  strips[0].paint((k) => digitAt(digits, k));
  strips[0].node.setAttribute("aria-label", `${shown} ${names[0]}`);

  function draw(index, at) {
    strips[1].paint((k) => digitAt(reconstructions, index * shown + k));
    strips[2].paint((k) => digitAt(samples, index * drawn + k));
    for (const i of [1, 2]) strips[i].node.setAttribute("aria-label", `${names[i]}, at ${at}`);
  }
  const figure = ({ node }, i) => element("figure", {}, element("figcaption", {}, names[i]), node);
  return { nodes: strips.map(figure), draw };
}

function build(app) {
  const { model } = app, settings = model.get("_settings"), label = model.get("label");
  const place = () => settings.findIndex(({ value }) => value === app.state.value);
  const named = (index) => settings[index].rows[0][1];
  const choose = (index) => app.go({ value: settings[index].value });
  const range = { min: 0, max: settings.length - 1, step: 1, value: place() };
  const dial = slider(label, { ...range, describe: `${label}, the dial`, format: named }, choose);
  const curve = tradeOff(app, settings, choose), bars = dimensions(app, settings[0].kl.length);
  const digits = pictures(app, settings.length), [{ rows }] = settings;
  const table = values(rows.map(([name]) => name), rows.map(([, , unit]) => unit));

  function draw() {
    const index = place(), setting = settings[index];
    curve.draw(index);
    bars.draw(setting);
    digits.draw(index, `${label} = ${named(index)}`);
    dial.set(index);
    table.set(setting.rows.map(([, text]) => text));
    app.say(setting.words);
  }
  return {
    nodes: [row(column({ class: "vae-dial" }, dial.row, curve.node, bars.node),
      column({ class: "vae-grow vae-setting" }, ...digits.nodes, table.node, note(model.get("_caption"))))],
    draw,
  };
}

export default { render: (context) => explorer(context, { label: "rate and distortion", names: ["value"] }, build) };
