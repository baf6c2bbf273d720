// GaussianToRing: g(z) = z/10 + z/‖z‖ bends a Gaussian cloud into a ring; the image is computed here, in the page.
import {
  announcer, canvas, element, floats, haloed, number, onFrame, onThemeChange, plane, priorContours, slider, theme,
  throttle,
} from "./core.js";

const PLAY_SECONDS = 3; // from cloud to ring

// (1 − a) z + a g(z): a point keeps its direction, and its distance r from the origin becomes r (1 − 0.9 a) + a.
export function ringBend([x, y], amount) {
  const scale = 1 - 0.9 * amount + amount / Math.hypot(x, y);
  return [x * scale, y * scale];
}

// By how much lengths near z grow along the radius and across it; their product is the growth of areas.
export function ringStretch(z, amount) {
  const radial = 1 - 0.9 * amount;
  return { radial, across: radial + amount / Math.hypot(...z) };
}

// The point of the plane nearest to z that g accepts.
export function awayFromOrigin([x, y], nearest) {
  const norm = Math.hypot(x, y);
  if (norm >= nearest) return [x, y];
  return norm === 0 ? [nearest, 0] : [(x * nearest) / norm, (y * nearest) / norm];
}

// Place of an angle among n colors, from −π around.
export const hueOf = (x, y, n) => Math.floor((Math.atan2(y, x) / (2 * Math.PI) + 0.5) * n) % n;

const RING_CSS = `
.vae-ring .vae-slider { grid-template-columns: 9.4em minmax(90px, 1fr) 3.4em; }
.vae-ring .vae-panels { display: flex; flex-wrap: wrap; gap: 12px 20px; }
.vae-ring .vae-panels figure { flex: 0 1 380px; min-width: 0; }
.vae-ring .vae-panels figcaption { font-size: 13px; color: inherit; margin: 0 0 4px; }
.vae-ring .vae-edge { touch-action: none; }
.vae-ring .vae-controls { flex: 1 1 340px; max-width: 380px; }
.vae-ring .vae-values { width: 100%; }
.vae-ring .vae-note { max-width: 380px; }
.vae-ring .vae-play { display: grid; grid-template-columns: 4.6em 1fr; gap: 10px; align-items: center; }
.vae-ring .vae-play .vae-slider { grid-template-columns: minmax(0, max-content) minmax(60px, 1fr) 2.6em; }
`;

function render({ model, el }) {
  const cloud = floats(model.get("_cloud")), colors = model.get("_colors"), nearest = model.get("_nearest");
  const limit = model.get("_limit"), size = 380, count = cloud.length / 2;
  const [least, most] = model.get("_radii");
  const hues = Array.from({ length: count }, (_, i) => hueOf(cloud[2 * i], cloud[2 * i + 1], colors.length));
  let z = [...model.get("z")], amount = model.get("amount"), radius = model.get("radius"), playing = null;

  const sync = throttle(() => {
    for (const [name, value] of Object.entries({ z, amount, radius })) model.set(name, value);
    model.save_changes();
  }, 100);
  const { node: live, say } = announcer();

  // ---- what both planes show ----

  function points(pen, toX, toY, bend) {
    for (let i = 0; i < count; i++) {
      const [x, y] = bend([cloud[2 * i], cloud[2 * i + 1]]);
      pen.fillStyle = colors[hues[i]];
      pen.beginPath(); pen.arc(toX(x), toY(y), 2.6, 0, 2 * Math.PI); pen.fill();
    }
  }
  function polygon(pen, toX, toY, corners) {
    corners.forEach(([x, y], k) => (k ? pen.lineTo(toX(x), toY(y)) : pen.moveTo(toX(x), toY(y))));
    pen.closePath();
  }
  const circle = (at, r) => Array.from({ length: 180 }, (_, k) =>
    [at[0] + r * Math.cos((k * Math.PI) / 90), at[1] + r * Math.sin((k * Math.PI) / 90)]);
  function patch(pen, ink, line, outline) {
    pen.beginPath();
    outline();
    pen.globalAlpha = 0.35; pen.fillStyle = ink.text; pen.fill("evenodd");
    pen.globalAlpha = 1;
    for (const [width, style] of [[2.2 * line, ink.paper], [line, ink.text]]) {
      pen.lineWidth = width; pen.strokeStyle = style; pen.stroke();
    }
  }
  // Directions, so that color is not the only cue.
  function compass(pen, toX, toY, ink, reach) {
    pen.font = "11px sans-serif";
    for (const degrees of [45, 135, 225, 315]) {
      const angle = (degrees * Math.PI) / 180;
      haloed(pen, `${degrees}°`, toX(reach * Math.cos(angle)), toY(reach * Math.sin(angle)), ink);
    }
  }

  // ---- left: z ----

  const pad = plane({
    size, limit, axes: ["z₁", "z₂"], move: (next) => { go(next); },
    label: "plane of z: drag, or move z with the arrow keys; Shift for larger steps",
    backdrop: (pen, toX, toY, ink) => {
      points(pen, toX, toY, (at) => at);
      priorContours(pen, toX, toY, ink);
      compass(pen, toX, toY, ink, 1.24 * limit);
    },
    overlay: (pen, toX, toY, ink) => {
      patch(pen, ink, 2, () => polygon(pen, toX, toY, circle(z, radius)));
      const [x, y] = grip();
      pen.fillStyle = ink.accent; pen.strokeStyle = ink.paper; pen.lineWidth = 1.5;
      pen.beginPath(); pen.rect(toX(x) - 4.5, toY(y) - 4.5, 9, 9); pen.fill(); pen.stroke();
    },
  });
  // The square on the disc's edge, on the side with more room.
  const grip = () => [z[0] + (z[0] + radius > 0.97 * limit ? -radius : radius), z[1]];

  // A press on the square is meant for the radius: taken before the plane hears of it.
  const edge = element("div", { class: "vae-edge" }, pad.node);
  const place = (event) => {
    const box = pad.node.getBoundingClientRect(), scale = size / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  const onGrip = (event) => {
    const [px, py] = place(event), [x, y] = grip();
    return Math.hypot(px - pad.toX(x), py - pad.toY(y)) < 12;
  };
  let resizing = false;
  const widen = (event) => {
    const [px, py] = place(event), unit = pad.toX(1) - pad.toX(0);
    resize(Math.hypot(px - pad.toX(z[0]), py - pad.toY(z[1])) / unit);
  };
  edge.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || !onGrip(event)) return;
    event.stopPropagation(); event.preventDefault();
    resizing = true;
    try { edge.setPointerCapture(event.pointerId); } catch { /* a pointer that a script made up cannot be captured */ }
  }, true);
  edge.addEventListener("pointermove", (event) => {
    pad.node.style.cursor = resizing || onGrip(event) ? "ew-resize" : "";
    if (resizing) widen(event);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    edge.addEventListener(name, () => { resizing = false; });
  }

  // ---- right: its image, on a scale that keeps the whole cloud in view ----

  const right = canvas(size, size, { role: "img", "aria-label": "" });

  function drawImage() {
    const pen = right.context, ink = theme(right.node), margin = 26, span = size - 2 * margin;
    const far = 1.05 * (limit * (1 - 0.9 * amount) + amount);
    const toX = (x) => margin + ((x + far) / (2 * far)) * span, toY = (y) => margin + ((far - y) / (2 * far)) * span;
    const step = far < 2 ? 0.5 : 1;
    pen.clearRect(0, 0, size, size);
    pen.fillStyle = ink.paper; pen.fillRect(0, 0, size, size);
    pen.font = "11px sans-serif"; pen.lineWidth = 1;
    for (let k = -Math.floor(far / step); k * step <= far; k++) {
      const tick = k * step, text = number(tick, step < 1 ? 1 : 0);
      pen.strokeStyle = ink.faint; pen.globalAlpha = k === 0 ? 1 : 0.35;
      pen.beginPath();
      pen.moveTo(toX(tick), toY(-far)); pen.lineTo(toX(tick), toY(far));
      pen.moveTo(toX(-far), toY(tick)); pen.lineTo(toX(far), toY(tick));
      pen.stroke();
      pen.globalAlpha = 1; pen.fillStyle = ink.text;
      pen.textAlign = "center"; pen.textBaseline = "top"; pen.fillText(text, toX(tick), size - margin + 4);
      pen.textAlign = "right"; pen.textBaseline = "middle"; pen.fillText(text, margin - 3, toY(tick));
    }
    const bend = (at) => ringBend(at, amount);
    pen.save();
    pen.beginPath(); pen.rect(margin, margin, span, span); pen.clip();
    points(pen, toX, toY, bend);
    pen.strokeStyle = ink.text; pen.lineWidth = 1; pen.setLineDash([4, 4]); pen.globalAlpha = 0.55;
    for (const r of [1, 2, 3]) {
      pen.beginPath(); pen.arc(toX(0), toY(0), toX(bend([r, 0])[0]) - toX(0), 0, 2 * Math.PI); pen.stroke();
    }
    pen.setLineDash([]); pen.globalAlpha = 1;
    compass(pen, toX, toY, ink, 1.24 * far);
    const at = bend(z);
    patch(pen, ink, 1.4, () => {
      // Points of the disc that lie nearer to the origin than its edge leave a hole of radius a.
      polygon(pen, toX, toY, circle(z, radius).map((p) => bend(awayFromOrigin(p, 1e-6))));
      if (Math.hypot(...z) < radius && amount > 0) polygon(pen, toX, toY, circle([0, 0], amount));
    });
    for (const [width, style, dash] of [[3, ink.paper, []], [1.2, ink.text, [2, 4]]]) {
      pen.setLineDash(dash); pen.lineWidth = width; pen.strokeStyle = style; pen.globalAlpha = width === 3 ? 0.5 : 1;
      pen.beginPath(); pen.arc(toX(at[0]), toY(at[1]), toX(radius) - toX(0), 0, 2 * Math.PI); pen.stroke();
    }
    pen.setLineDash([]); pen.globalAlpha = 1;
    const [px, py] = [toX(at[0]), toY(at[1])];
    for (const [width, style] of [[5, ink.paper], [2, ink.text]]) {
      pen.lineWidth = width; pen.strokeStyle = style;
      pen.beginPath();
      pen.moveTo(px - 8, py); pen.lineTo(px + 8, py); pen.moveTo(px, py - 8); pen.lineTo(px, py + 8);
      pen.stroke();
    }
    pen.restore();
  }

  // ---- numbers and controls ----

  const cell = () => element("td", {});
  const cells = { z: cell(), g: cell(), norm: cell(), radial: cell(), across: cell(), area: cell(), density: cell() };
  const row = (name, value) => element("tr", {}, element("th", { scope: "row" }, name), value);
  const nameOfImage = element("span", {}), nameOfNorm = element("span", {}), title = element("span", {});
  const values = element("table", { class: "vae-values" }, element("tbody", {},
    row("z", cells.z), row(nameOfImage, cells.g), row(nameOfNorm, cells.norm),
    row("near z, lengths along the radius", cells.radial), row("lengths across it", cells.across),
    row("areas", cells.area), row("density of points", cells.density)));
  const pair = (v) => `(${v.map((c) => number(c)).join(", ")})`;

  const options = {
    z: { min: -limit, max: limit, step: 0.01 }, amount: { min: 0, max: 1, step: 0.01 },
    radius: { min: least, max: most, step: 0.01 },
  };
  const axes = ["z₁", "z₂"].map((name, axis) => slider(name, { ...options.z, value: z[axis] }, (v) =>
    go(z.map((old, i) => (i === axis ? v : old)))));
  const extent = slider("radius of the disc", { ...options.radius, value: radius }, (v) => resize(v));
  const bending = slider("a", {
    ...options.amount, value: amount, describe: "a, how far the cloud is bent into the ring",
  }, (v) => { pause(); bendTo(v); });
  const playButton = element("button", { type: "button", click: () => (playing ? pause() : play()) }, "play");

  function draw() {
    pad.set(z);
    pad.draw();
    drawImage();
    axes.forEach((s, i) => s.set(z[i]));
    extent.set(radius);
    bending.set(amount);
    const image = ringBend(z, amount), { radial, across } = ringStretch(z, amount);
    const name = amount === 1 ? "g(z)" : "image";
    title.textContent = amount === 1 ? "its image g(z) = z/10 + z/‖z‖" : "its image (1 − a) z + a g(z)";
    nameOfImage.textContent = amount === 1 ? "g(z)" : "its image";
    nameOfNorm.textContent = amount === 1 ? "‖g(z)‖" : "the image’s norm";
    cells.z.textContent = pair(z);
    cells.g.textContent = pair(image);
    cells.norm.textContent = number(Math.hypot(...image));
    cells.radial.textContent = `× ${number(radial)}`;
    cells.across.textContent = `× ${number(across)}`;
    cells.area.textContent = `× ${number(radial * across, 3)}`;
    cells.density.textContent = `× ${number(1 / (radial * across))}`;
    right.node.setAttribute("aria-label", `the image of the cloud; ${name} = ${pair(image)}`);
    say(`z = ${pair(z)}, ${name} = ${pair(image)}, norm ${number(Math.hypot(...image))}, areas times `
      + `${number(radial * across, 3)}`);
  }
  const redraw = onFrame(draw);
  const go = (next) => { z = awayFromOrigin(next, nearest); redraw(); sync(); };
  const resize = (v) => { radius = Math.min(most, Math.max(least, v)); redraw(); sync(); };
  const bendTo = (v) => { amount = v; redraw(); sync(); };
  function pause() {
    playing = null;
    playButton.textContent = "play";
  }
  // Smoothly, or in four still steps for readers who asked their system for less motion.
  function play() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches, mine = (playing = {});
    const later = () => (still ? setTimeout(step, 1000) : requestAnimationFrame(step));
    let before = performance.now();
    function step() {
      if (playing !== mine) return;
      const now = performance.now();
      bendTo(Math.min(1, amount + (still ? 0.25 : (now - before) / (1000 * PLAY_SECONDS))));
      before = now;
      if (amount < 1) later();
      else pause();
    }
    playButton.textContent = "pause";
    bendTo(amount < 1 ? amount : 0);
    later();
  }

  el.classList.add("vae-explorer", "vae-ring");
  el.append(element("style", {}, RING_CSS),
    element("div", { class: "vae-column", role: "group", "aria-label": "Gaussian to ring explorer" },
      element("div", { class: "vae-panels" },
        element("figure", {}, element("figcaption", {}, `${count} draws z ~ N(0, I)`), edge),
        element("figure", {}, element("figcaption", {}, title), right.node)),
      element("div", { class: "vae-row" },
        element("div", { class: "vae-column vae-controls" },
          element("div", { class: "vae-play" }, playButton, bending.row),
          ...axes.map((s) => s.row), extent.row),
        element("div", { class: "vae-column vae-controls" }, values)),
      element("p", { class: "vae-note", style: "max-width: 780px" },
        "A point keeps its direction, and so its color. Dashed circles: 1, 2 and 3 standard deviations of P(z), and "
        + "where they go. Gray: a disc around z (drag the square on its edge) and its image; dotted: the disc’s size before. "
        + `g(0) is undefined: z stays ${nearest} away from the origin.`),
      live));

  // One listener a trait: while this page sets them one after the other, the later ones are still the old ones.
  const listeners = Object.entries({
    z: (v) => { if (!pad.dragging) z = awayFromOrigin(v, nearest); },
    amount: (v) => { amount = v; },
    radius: (v) => { radius = v; },
  }).map(([name, take]) => [`change:${name}`, () => { take(model.get(name)); redraw(); }]);
  listeners.forEach(([event, hear]) => model.on(event, hear));
  const stop = onThemeChange(() => { pad.redraw(); draw(); });
  requestAnimationFrame(() => { pad.redraw(); draw(); });
  return () => { pause(); listeners.forEach(([event, hear]) => model.off(event, hear)); stop(); };
}

export default { render };
