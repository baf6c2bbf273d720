// GaussianToRing: g(z) = z/10 + z/‖z‖ bends a Gaussian cloud into a ring; the image is computed here, in the page.
import { chart, haloed, haloedCircle, mark, outlined, ticks } from "../core/chart.js";
import { explorer } from "../core/explorer.js";
import { clamp, floats } from "../core/network.js";
import { beside, canvas, column, element, note, number, pair, slider, values } from "../core/page.js";
import { plane, priorContours } from "../core/plane.js";
import { player } from "../core/pointer.js";
import { awayFromOrigin, hueOf, ringBend, ringStretch } from "./numbers.js";

const SIZE = 380, PLAY_SECONDS = 3; // of each plane in CSS pixels, and from cloud to ring

// Both planes show the same cloud and the prior's contours, moved by `bend`, and directions, so that color is not the
// only cue.
function cloudOf(model) {
  const cloud = floats(model.get("_cloud")), colors = model.get("_colors");
  const points = Array.from({ length: cloud.length / 2 }, (_, i) => [cloud[2 * i], cloud[2 * i + 1]]);
  const hues = points.map(([x, y]) => colors[hueOf(x, y, colors.length)]);

  function draw(plot, ink, bend) {
    const { pen, toX, toY } = plot, reach = 1.24 * plot.x[1];
    points.map(bend).forEach(([x, y], i) => {
      pen.fillStyle = hues[i];
      pen.beginPath(); pen.arc(toX(x), toY(y), 2.6, 0, 2 * Math.PI); pen.fill();
    });
    priorContours(plot, ink, [1, 2, 3].map((radius) => bend([radius, 0])[0]));
    for (const degrees of [45, 135, 225, 315]) {
      const angle = (degrees * Math.PI) / 180;
      haloed(pen, `${degrees}°`, toX(reach * Math.cos(angle)), toY(reach * Math.sin(angle)), ink, 11, "normal");
    }
  }
  return { count: points.length, draw };
}

const circle = (at, radius) => Array.from({ length: 180 }, (_, k) =>
  [at[0] + radius * Math.cos((k * Math.PI) / 90), at[1] + radius * Math.sin((k * Math.PI) / 90)]);

// A gray area within polygons; one inside another is a hole.
function patch({ pen, toX, toY }, ink, width, polygons) {
  const outline = () => polygons.forEach((corners) => {
    corners.forEach(([x, y], k) => (k ? pen.lineTo(toX(x), toY(y)) : pen.moveTo(toX(x), toY(y))));
    pen.closePath();
  });
  pen.beginPath(); outline();
  pen.globalAlpha = 0.35; pen.fillStyle = ink.text; pen.fill("evenodd");
  pen.globalAlpha = 1;
  outlined(pen, ink, outline, [2.2 * width, width]);
}

// Left: z, and the disc around it with a square on its edge that sets the radius.
function source(app, cloud, limit) {
  // On the side with more room.
  const grip = ({ z: [x, y], radius }) => [x + (x + radius > 0.97 * limit ? -radius : radius), y];
  const onEdge = ({ toX, toY, fromX }) => {
    const { z } = app.state, [x, y] = grip(app.state), unit = fromX(1) - fromX(0);
    const resize = (_, place) =>
      app.go({ radius: unit * Math.hypot(place[0] - toX(z[0]), place[1] - toY(z[1])) });
    return [{ at: [toX(x), toY(y)], reach: 12, cursor: "ew-resize", drag: resize }];
  };
  return plane({
    size: SIZE, limit, axes: ["z₁", "z₂"], move: (z) => app.go({ z }), hold: app.hold, handles: onEdge,
    label: "plane of z: drag, or move z with the arrow keys; Shift for larger steps",
    backdrop: (plot, ink) => cloud.draw(plot, ink, (at) => at),
    overlay: (plot, ink) => {
      const { z, radius } = app.state, [x, y] = grip(app.state);
      patch(plot, ink, 2, [circle(z, radius)]);
      mark(plot.pen, ink, [plot.toX(x), plot.toY(y)], ink.accent, 6.5, "square");
    },
  });
}

// Right: the image, on a scale that keeps the whole cloud in view.
function target(cloud, limit) {
  const board = canvas(SIZE, SIZE, { role: "img", "aria-label": "" });
  const plot = chart(board, { left: 46, right: 18, top: 32, bottom: 32 }, [-1, 1], [-1, 1]), { pen, toX, toY } = plot;

  function draw({ z, amount, radius }) {
    const bend = (at) => ringBend(at, amount), far = 1.05 * bend([limit, 0])[0], at = bend(z), [x, y] = at;
    plot.x = plot.y = [-far, far];
    const whole = ticks(-far, far, 8), ink = plot.begin(whole, whole), image = amount === 1 ? "g(z)" : "image";
    plot.names(`${image}₁`, `${image}₂`);
    plot.inside(() => {
      cloud.draw(plot, ink, bend);
      // Points of the disc that lie nearer to the origin than its edge leave a hole of radius a.
      const hole = Math.hypot(...z) < radius && amount > 0 ? [circle([0, 0], amount)] : [];
      patch(plot, ink, 1.4, [circle(z, radius).map((point) => bend(awayFromOrigin(point, 1e-6))), ...hole]);
      haloedCircle(pen, ink, [toX(x), toY(y)], toX(radius) - toX(0), ink.text, 1.2, [2, 4]);
      outlined(pen, ink, () => {
        pen.moveTo(toX(x) - 8, toY(y)); pen.lineTo(toX(x) + 8, toY(y));
        pen.moveTo(toX(x), toY(y) - 8); pen.lineTo(toX(x), toY(y) + 8);
      });
    });
    board.node.setAttribute("aria-label", `the image of the cloud; ${image} = ${pair(at)}`);
  }
  return { node: board.node, draw };
}

// z, its image, and what the map does near z.
function numbers() {
  const image = element("span"), norm = element("span");
  const table = values(["z", image, norm, "near z, lengths along the radius", "lengths across it", "areas",
    "density of points"]);

  function set({ z, amount }) {
    const at = ringBend(z, amount), length = number(Math.hypot(...at)), ring = amount === 1;
    const { radial, across } = ringStretch(z, amount), areas = number(radial * across, 3);
    image.textContent = ring ? "g(z)" : "its image";
    norm.textContent = ring ? "‖g(z)‖" : "the image’s norm";
    table.set([pair(z), pair(at), length, `× ${number(radial)}`, `× ${number(across)}`, `× ${areas}`,
      `× ${number(1 / (radial * across))}`]);
    return `z = ${pair(z)}, ${ring ? "g(z)" : "image"} = ${pair(at)}, norm ${length}, areas times ${areas}`;
  }
  return { node: table.node, set };
}

function controls(app, ranges) {
  const play = player(PLAY_SECONDS, () => app.state.amount, (amount) => app.go({ amount }));
  const made = (name, label, value, change, describe = label) =>
    slider(label, { min: ranges[name][0], max: ranges[name][1], step: 0.01, value, describe }, change);
  const axes = ["z₁", "z₂"].map((label, i) =>
    made("z", label, app.state.z[i], (v) => app.go({ z: app.state.z.with(i, v) })));
  const radius = made("radius", "radius of the disc", app.state.radius, (v) => app.go({ radius: v }));
  const bending = made("amount", "a", app.state.amount, (v) => {
    play.pause();
    app.go({ amount: v });
  }, "a, how far the cloud is bent into the ring");
  const node = column({},
    element("div", { class: "vae-ring-play" }, play.node, bending.row), ...axes.map((one) => one.row), radius.row);

  function set(state) {
    axes.forEach((one, i) => one.set(state.z[i]));
    radius.set(state.radius);
    bending.set(state.amount);
  }
  return { node, set, pause: play.pause };
}

function build(app) {
  const { model } = app, ranges = model.get("_ranges"), limit = ranges.z[1], cloud = cloudOf(model);
  const title = element("span"), left = source(app, cloud, limit), right = target(cloud, limit);
  const table = numbers(), moved = controls(app, ranges);

  function draw(state) {
    left.draw(state.z);
    right.draw(state);
    moved.set(state);
    title.textContent = state.amount === 1 ? "their images g(z) = z/10 + z/‖z‖" : "their images (1 − a) z + a g(z)";
    app.say(table.set(state));
  }
  const figure = (caption, node) => element("figure", {}, element("figcaption", {}, caption), node);
  const nodes = [column({ class: "vae-ring" },
    beside("vae-panels", figure(`${cloud.count} draws z ~ N(0, I)`, left.node),
      figure(title, right.node)),
    beside("vae-panels", moved.node, table.node),
    note("A point keeps its direction, and so its color. Dashed circles: 1, 2 and 3 standard deviations of P(z), and "
      + "where they go. Gray: a disc around z (drag the square on its edge) and its image; dotted: the disc’s size "
      + `before. g(0) is undefined: z stays ${model.get("_nearest")} away from the origin.`))];
  return { nodes, draw, repaint: left.repaint, end: moved.pause };
}

export default {
  render(context) {
    const ranges = context.model.get("_ranges"), nearest = context.model.get("_nearest");
    const settle = ({ z, amount, radius }) => ({
      z: awayFromOrigin(z, nearest), amount: clamp(amount, ranges.amount), radius: clamp(radius, ranges.radius),
    });
    return explorer(context, { label: "Gaussian to ring", names: ["z", "amount", "radius"], settle }, build);
  },
};
