// Pointers, keys and time: what moves an explorer.
import { button } from "./page.js";

// Follow one mouse, finger or pen from press to release, also outside the node. A finger that comes down where the node
// does not `take` it scrolls the page.
export function onDrag(node, start, move, end, take = () => true) {
  let pointer = null;
  const keep = (event) => take(event.changedTouches[0]) && event.preventDefault();
  node.addEventListener("touchstart", keep, { passive: false });
  node.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button > 0 || (event.pointerType === "touch" && !take(event))) return;
    pointer = event.pointerId;
    try { node.setPointerCapture(pointer); } catch { /* a pointer that a script made up cannot be captured */ }
    node.focus({ preventScroll: true });
    start(event);
    event.preventDefault();
  });
  node.addEventListener("pointermove", (event) => event.pointerId === pointer && move(event));
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    node.addEventListener(name, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      end(event);
    });
  }
}

// Arrow keys: `move([right, up], large)`, each −1, 0 or 1, large with Shift; other keys by their names.
export function onKeys(node, { move, ...others }) {
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  node.addEventListener("keydown", (event) => {
    if (ways[event.key]) move(ways[event.key], event.shiftKey);
    else if (others[event.key]) others[event.key]();
    else return;
    event.preventDefault();
  });
}

// A button that plays a number from 0 to 1 in some seconds and pauses it; `at()` says where it is, `go(t)` moves it.
// Smoothly, or in four still steps for readers who asked their system for less motion.
export function player(seconds, at, go) {
  let playing = null;
  const node = button("play", () => (playing ? pause() : play()), { class: "vae-play" });
  function pause() { playing = null; node.textContent = "play"; }
  function play() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches, mine = (playing = {});
    const later = () => (still ? setTimeout(step, 1000) : requestAnimationFrame(step));
    let before = performance.now();
    function step() {
      if (playing !== mine) return;
      const now = performance.now();
      go(Math.min(1, at() + (still ? 0.25 : (now - before) / (1000 * seconds))));
      before = now;
      if (at() < 1) later();
      else pause();
    }
    node.textContent = "pause";
    go(at() < 1 ? at() : 0);
    later();
  }
  return { node, pause };
}

// Handles on a chart: `handles()` lists them as they are at a press, each {at: [x, y] in CSS pixels, drag(moved, place)}.
// The nearest is grabbed, those with a `reach` only from within it; `drag` hears how far the pointer has moved since, and
// where it is. `hold(on)` hears that a drag is on. A handle may have a `cursor` that says what it does.
export function dragHandles({ board, holds }, handles, hold) {
  let grabbed = null, from = null;
  const nearest = (place) => {
    const far = ({ at }) => Math.hypot(at[0] - place[0], at[1] - place[1]);
    const near = handles().filter((handle) => far(handle) <= (handle.reach ?? Infinity));
    return near.reduce((best, one) => (best && far(best) <= far(one) ? best : one), null);
  };
  const follow = (event) => {
    const place = board.place(event);
    grabbed?.drag([place[0] - from[0], place[1] - from[1]], place);
  };
  board.node.addEventListener("pointermove", (event) => {
    if (!grabbed) board.node.style.cursor = nearest(board.place(event))?.cursor ?? "";
  });
  onDrag(board.node, (event) => {
    from = board.place(event);
    grabbed = nearest(from);
    hold(true);
    follow(event);
  }, follow, () => { grabbed = null; hold(false); }, (event) => holds(board.place(event)));
}
