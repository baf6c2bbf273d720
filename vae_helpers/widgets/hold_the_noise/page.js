// HoldTheNoise: z = μ + σ·ε for one latent number while μ and σ are dragged, with the gradients of the expected loss.
import {
  announcer, canvas, element, haloed, normal, number, onDrag, onFrame, onThemeChange, slider, theme, throttle,
} from "./core.js";

// ---- the loss, its estimates and its expectation --------------------------------------------------------------------

const X = 1, BEND = 1.2; // as in hold_the_noise.py

// ℓ(z) = −log P(X|z) in nats, and its derivative.
export const loss = (z) => 0.5 * (X - z - BEND * Math.sin(2 * z)) ** 2 + 0.5 * Math.log(2 * Math.PI);
export const slope = (z) => (z + BEND * Math.sin(2 * z) - X) * (1 + 2 * BEND * Math.cos(2 * z));

const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

// The particles of some ε, the mean of their losses, and its path gradients: ε stays while μ and σ move.
export function particles(mu, sigma, eps) {
  const z = eps.map((e) => mu + sigma * e), losses = z.map(loss), slopes = z.map(slope);
  return {
    z, losses, slopes, estimate: mean(losses), dMu: mean(slopes), dSigma: mean(slopes.map((s, i) => s * eps[i])),
  };
}

// The trapezoid rule over ε; for a smooth loss this spacing leaves no error that a page could show.
const NODES = Array.from({ length: 321 }, (_, i) => -8 + 0.05 * i);
const WEIGHTS = NODES.map((e) => (0.05 / Math.sqrt(2 * Math.PI)) * Math.exp(-0.5 * e * e));
const expectation = (value) => NODES.reduce((sum, e, i) => sum + WEIGHTS[i] * value(e), 0);

export const exactLoss = (mu, sigma) => expectation((e) => loss(mu + sigma * e));
export const exact = (mu, sigma) => ({
  estimate: exactLoss(mu, sigma),
  dMu: expectation((e) => slope(mu + sigma * e)),
  dSigma: expectation((e) => e * slope(mu + sigma * e)),
});

// [[μ, mean loss], ...]: `rows` holds the ε for each μ, or one ε for all of them.
export function estimates(mus, sigma, rows) {
  return mus.map((mu, i) => [mu, mean((rows.length === 1 ? rows[0] : rows[i]).map((e) => loss(mu + sigma * e)))]);
}

// The line with the present point among its own: where that point stands, and the slope between its two neighbors.
export function through(line, [mu, value]) {
  const others = line.filter(([at]) => Math.abs(at - mu) > 1e-6);
  const right = others.findIndex(([at]) => at > mu);
  const place = right < 0 ? others.length : right;
  const points = [...others.slice(0, place), [mu, value], ...others.slice(place)];
  const [before, after] = [points[Math.max(0, place - 1)], points[Math.min(points.length - 1, place + 1)]];
  return { points, slope: (after[1] - before[1]) / (after[0] - before[0]) };
}

// One step of gradient descent in μ and in log σ, which keeps σ positive.
export const downhill = (mu, sigma, { dMu, dSigma }, rate) => ({
  mu: mu - rate * dMu, sigma: sigma * Math.exp(-rate * sigma * dSigma),
});

// ---- the signed bars ------------------------------------------------------------------------------------------------

const ROW = 24, BAR = 14; // CSS pixels

// An end of the bars' axis that holds v and does not change at every move.
export function roundEnd(v) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(v, 1)));
  return unit * [1, 2, 5, 10].find((times) => times * unit >= 0.999 * Math.max(v, 1));
}

// Rows of label, bar from 0 and number over one axis; `set(values)` moves them.
function signedBars(rows) {
  const ink = "var(--jp-ui-font-color1, #222)", border = "var(--jp-border-color1, #bbb)";
  const track = element("div", {
    "aria-hidden": "true",
    style: `grid-column: 2; grid-row: 1 / span ${rows.length + 1}; position: relative; margin: 0 8px;`,
  });
  const piece = (style, ...text) => {
    const node = element("div", { style: `position: absolute; ${style}` }, ...text);
    track.append(node);
    return node;
  };
  const ends = [0, 50, 100].map((at) => {
    piece(`left: ${at}%; top: 0; height: ${ROW * rows.length}px; border-left: 1px solid ${at === 50 ? ink : border};`);
    return piece(`left: ${at}%; top: ${ROW * rows.length + 2}px; transform: translateX(-50%); font-size: 11px;`);
  });
  const bars = rows.map(({ color }, i) =>
    piece(`top: ${ROW * i + (ROW - BAR) / 2}px; height: ${BAR}px; border-radius: 2px; background: ${color};`));
  const numbers = [];
  const cells = rows.flatMap(({ label }, i) => {
    const at = (column) => `grid-column: ${column}; grid-row: ${i + 1}; align-self: center; white-space: nowrap;`;
    numbers.push(element("div", { style: `${at(3)} text-align: right; font-variant-numeric: tabular-nums;` }));
    return [element("div", { style: at(1) }, label), numbers[i]];
  });
  const node = element("div", {
    style: `display: grid; grid-template: repeat(${rows.length}, ${ROW}px) 20px / auto minmax(80px, 1fr) 4em;`,
  }, ...cells, track);

  function set(values) {
    const end = roundEnd(Math.max(...values.map(Math.abs)));
    ends.forEach((node, i) => (node.textContent = `${(i - 1) * end}`.replace("-", "−")));
    values.forEach((v, i) => {
      const share = (50 * Math.abs(v)) / end;
      bars[i].style.left = `${v < 0 ? 50 - share : 50}%`;
      bars[i].style.width = `max(1px, ${share}%)`;
      numbers[i].textContent = number(v, 3);
    });
  }
  return { node, set };
}

// ---- the explorer ---------------------------------------------------------------------------------------------------

const WIDTH = 430, LEFT = 30, RIGHT = 12, VIEW = 3.5, HIGHEST = 8; // z from −3.5 to 3.5, losses from 0 to 8 nats
const ARROW = 12, LONGEST = 46; // of an arrow: CSS pixels for a slope of 1, and at most
const MUS = Array.from({ length: 141 }, (_, i) => +(-VIEW + 0.05 * i).toFixed(2));

function render({ model, el }) {
  const ranges = model.get("_ranges"), colors = model.get("_colors"), rate = model.get("_rate");
  const names = ["mu", "sigma", "eps", "hold"];
  const read = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const fresh = (count) => Array.from({ length: count }, normal);
  let state = read(), dragging = false, sending = false, expected = null;
  // One row of ε for every μ of the jagged line. It stays while μ moves: a line that also flickers shows no more.
  let rows = MUS.map(() => fresh(state.eps.length));

  const sync = throttle(() => {
    sending = true;
    for (const name of names) model.set(name, state[name]);
    sending = false;
    model.save_changes();
  }, 100);
  const { node: live, say } = announcer();
  const toX = (z) => LEFT + ((z + VIEW) / (2 * VIEW)) * (WIDTH - LEFT - RIGHT);

  const HEIGHT = 280, LOW = 190, TOP = 12;
  const bottom = (height) => (height === HEIGHT ? 36 : 24); // above, μ has a line of its own below the numbers
  const level = (height) => (value) => height - bottom(height) - (value / HIGHEST) * (height - TOP - bottom(height));

  function axes({ context: pen, node }, height, name) {
    const ink = theme(node), y = level(height), foot = height - bottom(height);
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
    for (let z = -3; z <= 3; z++) {
      rule(toX(z), 4, toX(z), foot, 0.35);
      pen.fillText(`${z}`.replace("-", "−"), toX(z), foot + 8);
    }
    pen.font = "bold 12px sans-serif";
    pen.fillText(name, toX(VIEW) - 6, foot + 7);
    pen.font = "11px sans-serif"; pen.textAlign = "right"; pen.textBaseline = "middle";
    for (let value = 0; value <= HIGHEST; value += 2) {
      rule(LEFT, y(value), WIDTH - RIGHT, y(value), value === 0 ? 1 : 0.35);
      pen.fillText(`${value}`, LEFT - 5, y(value));
    }
    return ink;
  }

  // Last of all, over whatever is steep enough to pass there.
  function unit(pen, ink) {
    pen.font = "11px sans-serif";
    haloed(pen, "nats", LEFT + 17, TOP - 1, ink);
  }

  function inside(pen, height, paint) {
    pen.save();
    pen.beginPath(); pen.rect(LEFT, 2, WIDTH - LEFT - RIGHT, height - bottom(height) - 2); pen.clip();
    paint();
    pen.restore();
  }

  function stroke(pen, color, width, points, dashes = []) {
    pen.strokeStyle = color; pen.lineWidth = width; pen.setLineDash(dashes); pen.lineJoin = "round";
    pen.beginPath();
    for (const point of points) pen.lineTo(...point);
    pen.stroke();
    pen.setLineDash([]);
  }

  // ---- the loss and the particles ----

  const plot = canvas(WIDTH, HEIGHT, {
    class: "vae-plane", role: "application", tabindex: 0,
    "aria-label": "particles on the loss: left and right arrows move μ, up makes σ smaller and down larger; Shift for "
      + "larger steps; Home to start again",
  });

  function drawPlot(now) {
    const pen = plot.context, ink = axes(plot, HEIGHT, "z"), y = level(HEIGHT), { mu, sigma } = state;
    const zs = Array.from({ length: 351 }, (_, i) => -VIEW + 0.02 * i);
    inside(pen, HEIGHT, () => {
      const peak = 1 / (sigma * Math.sqrt(2 * Math.PI)), high = Math.min(110, 80 * peak);
      pen.beginPath();
      pen.moveTo(toX(-VIEW), y(0));
      // Finer around μ than the screen's own spacing, for a narrow bell.
      for (let u = -5; u <= 5.001; u += 0.1) {
        pen.lineTo(toX(mu + sigma * u), y(0) - high * Math.exp(-0.5 * u * u));
      }
      pen.lineTo(toX(VIEW), y(0));
      pen.fillStyle = colors.estimate; pen.globalAlpha = 0.25; pen.fill(); pen.globalAlpha = 1;
      stroke(pen, ink.text, 1, [[toX(mu), y(0)], [toX(mu), y(0) - high]], [2, 3]);
      stroke(pen, ink.text, 1.8, zs.map((z) => [toX(z), y(loss(z))]));
      pen.globalAlpha = 0.6;
      now.z.forEach((z, i) => stroke(pen, colors.estimate, 1, [[toX(z), y(0)], [toX(z), y(now.losses[i])]], [2, 3]));
      pen.globalAlpha = 1;
      now.z.forEach((z, i) => {
        if (now.losses[i] > HIGHEST) return; // no arrow without its particle
        const length = Math.sign(-now.slopes[i]) * Math.min(LONGEST, ARROW * Math.abs(now.slopes[i]));
        arrow(pen, toX(z), y(now.losses[i]), length);
      });
      for (const [z, value] of now.z.map((z, i) => [z, now.losses[i]])) dot(pen, ink, toX(z), y(value), 4);
    });
    for (const z of now.z) {
      if (Math.abs(z) <= VIEW) dot(pen, ink, toX(z), y(0), 4);
      else outside(pen, Math.sign(z), y(0));
    }
    pen.font = "bold 13px sans-serif";
    haloed(pen, "ℓ(z)", toX(-2.28), y(7), ink);
    haloed(pen, "μ", toX(mu), y(0) + 28, ink);
    unit(pen, ink);
  }

  function dot(pen, ink, x, y, radius) {
    pen.fillStyle = colors.estimate; pen.strokeStyle = ink.paper; pen.lineWidth = 1;
    pen.beginPath(); pen.arc(x, y, radius, 0, 2 * Math.PI); pen.fill(); pen.stroke();
  }

  // A particle beyond the view: a mark at the edge that points to it.
  function outside(pen, side, y) {
    const x = toX(side * VIEW) + side;
    pen.fillStyle = colors.estimate;
    pen.beginPath(); pen.moveTo(x + 8 * side, y); pen.lineTo(x, y - 5); pen.lineTo(x, y + 5); pen.closePath();
    pen.fill();
  }

  function arrow(pen, x, y, length) {
    if (Math.abs(length) < 1) return;
    const tip = x + length, head = Math.sign(length) * Math.min(7, Math.abs(length));
    stroke(pen, colors.gradient, 2, [[x, y], [tip - 0.7 * head, y]]);
    pen.fillStyle = colors.gradient;
    pen.beginPath(); pen.moveTo(tip, y); pen.lineTo(tip - head, y - 4); pen.lineTo(tip - head, y + 4); pen.closePath();
    pen.fill();
  }

  let grabbed = null;
  onDrag(plot.node, (event) => {
    grabbed = { x: event.clientX, y: event.clientY, width: plot.node.getBoundingClientRect().width, ...state };
    dragging = true;
  }, (event) => {
    const scale = WIDTH / grabbed.width, toTheRight = scale * (event.clientX - grabbed.x);
    go({
      mu: grabbed.mu + (toTheRight / (WIDTH - LEFT - RIGHT)) * 2 * VIEW,
      sigma: grabbed.sigma * Math.exp((scale * (event.clientY - grabbed.y)) / 70),
    });
  }, () => (dragging = false));
  plot.node.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 5 : 1;
    if (event.key === "ArrowLeft") go({ mu: state.mu - 0.05 * step });
    else if (event.key === "ArrowRight") go({ mu: state.mu + 0.05 * step });
    else if (event.key === "ArrowUp") go({ sigma: state.sigma * Math.exp(-0.05 * step) });
    else if (event.key === "ArrowDown") go({ sigma: state.sigma * Math.exp(0.05 * step) });
    else if (event.key === "Home") go(model.get("_start"));
    else return;
    event.preventDefault();
  });

  // ---- the estimate as a function of μ ----

  const below = canvas(WIDTH, LOW, { role: "img" });

  function drawBelow(now, line) {
    const pen = below.context, ink = axes(below, LOW, "μ"), y = level(LOW), place = ([mu, v]) => [toX(mu), y(v)];
    if (expected?.sigma !== state.sigma) {
      expected = { sigma: state.sigma, points: MUS.map((mu) => [mu, exactLoss(mu, state.sigma)]) };
    }
    const [x, height] = place([state.mu, now.estimate]);
    inside(pen, LOW, () => {
      stroke(pen, colors.estimate, 2, line.points.map(place));
      stroke(pen, colors.exact, 2, expected.points.map(place), [6, 4]);
      if (state.hold) {
        const [dx, dy] = [toX(1) - toX(0), y(now.dMu) - y(0)], half = 55 / Math.hypot(dx, dy);
        stroke(pen, colors.gradient, 2.5, [-half, half].map((t) => [x + t * dx, height + t * dy]));
      }
      stroke(pen, ink.text, 1, [[x, height], [x, y(0)]], [2, 3]);
      dot(pen, ink, x, height, 6);
    });
    unit(pen, ink);
    below.node.setAttribute("aria-label", state.hold
      ? `the mean loss as a function of μ while ε is held: a smooth curve of slope ${number(now.dMu)} at μ`
      : "the mean loss as a function of μ with fresh ε at every μ: a jagged line around the exact curve");
  }

  // ---- controls and readout ----

  const bars = signedBars([
    { label: "∂/∂μ, these ε", color: colors.gradient },
    { label: "∂/∂μ, exact", color: colors.exact },
    { label: "∂/∂σ, these ε", color: colors.gradient },
    { label: "∂/∂σ, exact", color: colors.exact },
  ]);
  const sliderOf = (name, label, describe) => {
    const [min, max] = ranges[name];
    return [name, slider(label, { min, max, step: 0.01, value: state[name], describe }, (v) => go({ [name]: v }))];
  };
  const sliders = Object.fromEntries([
    sliderOf("mu", "μ", "μ, the mean of Q"), sliderOf("sigma", "σ", "σ, the standard deviation of Q"),
  ]);
  const readout = element("div", { class: "vae-readout", style: "white-space: normal;" });
  const button = (name, title, click) => element("button", { type: "button", title, click }, name);
  const modes = [[true, "hold ε", "the same ε at every μ"], [false, "fresh ε at every μ", "new ε at every move"]]
    .map(([hold, name, title]) => [hold, button(name, title, () => go({ hold, eps: state.eps }))]);
  const row = (label, ...buttons) => element("div", { class: "vae-buttons", role: "group", "aria-label": label },
    ...buttons);
  const drawAgain = () => {
    rows = MUS.map(() => fresh(state.eps.length));
    go({ eps: fresh(state.eps.length) });
  };
  const actions = row("moves",
    button("draw new ε", "other standard normal numbers", drawAgain),
    button("one step downhill", `μ and log σ against their gradients, at a rate of ${rate}`,
      () => go(downhill(state.mu, state.sigma, particles(state.mu, state.sigma, state.eps), rate))),
    button("reset", "μ and σ back to the start", () => go(model.get("_start"))));

  const key = (style, ...text) => element("span", { style: "white-space: nowrap;" },
    element("i", { style: `display: inline-block; width: 18px; margin-right: 5px; vertical-align: middle; ${style}` }),
    ...text);
  const legend = element("div", { style: "display: flex; flex-wrap: wrap; gap: 2px 16px;" },
    key(`height: 9px; width: 9px; border-radius: 5px; background: ${colors.estimate};`, "z = μ + σε, drag them"),
    key(`border-top: 3px solid ${colors.gradient};`, "downhill, −ℓ′(z)"),
    key(`height: 10px; background: ${colors.estimate}; opacity: 0.4;`, "Q(z) = N(μ, σ²)"));
  const tangent = key(`border-top: 3px solid ${colors.gradient};`, "slope ∂/∂μ, ε held");
  const legendBelow = element("div", { style: "display: flex; flex-wrap: wrap; gap: 2px 16px;" },
    key(`border-top: 3px solid ${colors.estimate};`, "mean of ℓ(μ + σε)"),
    key(`border-top: 2px dashed ${colors.exact};`, "E[ℓ(z)], exact"), tangent);

  function draw() {
    const { mu, sigma, eps, hold } = state, now = particles(mu, sigma, eps), truth = exact(mu, sigma);
    const line = through(estimates(MUS, sigma, hold ? [eps] : rows), [mu, now.estimate]);
    drawPlot(now);
    drawBelow(now, line);
    for (const name of ["mu", "sigma"]) sliders[name].set(state[name]);
    for (const [choice, node] of modes) node.setAttribute("aria-pressed", String(choice === hold));
    tangent.style.visibility = hold ? "" : "hidden";
    bars.set([now.dMu, truth.dMu, now.dSigma, truth.dSigma]);
    const away = now.z.filter((z) => Math.abs(z) > VIEW).length;
    readout.replaceChildren(
      element("div", {}, `mean loss of ${eps.length} particles: ${number(now.estimate, 3)} nats`
        + (away ? ` (${away} outside the view)` : "")),
      element("div", {}, `E[ℓ(z)], exact: ${number(truth.estimate, 3)} nats`),
      element("div", {}, hold
        ? `slope of the curve at μ: ${number(now.dMu, 3)}, the path gradient`
        : `slope of the jagged line at μ: ${number(line.slope, 1)}, mostly noise`));
    say(`μ = ${number(mu)}, σ = ${number(sigma)}, ${hold ? "ε held" : "fresh ε at every μ"}; mean loss `
      + `${number(now.estimate, 3)} nats; gradient by μ ${number(now.dMu, 3)}, exact ${number(truth.dMu, 3)}; gradient `
      + `by σ ${number(now.dSigma, 3)}, exact ${number(truth.dSigma, 3)}`);
  }
  const redraw = onFrame(draw);
  function become(next) {
    if (next.eps.length !== rows[0].length) rows = MUS.map(() => fresh(next.eps.length));
    state = next;
    redraw();
  }
  function go(change) {
    const next = { ...state, ...change };
    for (const name of ["mu", "sigma"]) next[name] = Math.min(ranges[name][1], Math.max(ranges[name][0], next[name]));
    if (!next.hold && !change.eps) next.eps = fresh(next.eps.length);
    become(next);
    sync();
  }

  const style = (width) => `flex: 1 1 ${width}px; max-width: ${WIDTH}px;`;
  el.classList.add("vae-explorer");
  el.append(element("div", { class: "vae-row", role: "group", "aria-label": "hold the noise explorer" },
    element("div", { class: "vae-column", style: style(380) }, legend, plot.node,
      row("what ε does while μ moves", ...modes.map(([, node]) => node)), legendBelow, below.node),
    element("div", { class: "vae-column", style: style(330) }, bars.node,
      element("div", { style: "text-align: right; margin-top: -8px;" }, "nats per unit of μ or σ"), readout,
      sliders.mu.row, sliders.sigma.row, actions,
      element("p", { class: "vae-note", style: "max-width: none;" },
        "Drag the particles sideways to move μ, up to make σ smaller, down larger. While ε is held, each keeps its ε "
        + "and glides along the loss: ∂z/∂μ = 1 and ∂z/∂σ = ε, so that ∂/∂μ is the mean of ℓ′(z), and ∂/∂σ the "
        + "mean of ε·ℓ′(z)."),
      element("p", { class: "vae-note", style: "max-width: none;" },
        "With fresh ε at every μ, two neighbors differ by their noise, not by μ. A step downhill moves μ and log σ "
        + "against their gradients; nothing here holds σ up, as the KL term does in (5).")),
    live));

  const fromPython = () => { if (!dragging && !sending) become(read()); };
  for (const name of names) model.on(`change:${name}`, fromPython);
  const stop = onThemeChange(draw);
  requestAnimationFrame(draw);
  return () => { for (const name of names) model.off(`change:${name}`, fromPython); stop(); };
}

export default { render };
