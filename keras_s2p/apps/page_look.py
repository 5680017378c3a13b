"""How the web page looks, and the little that its browser does by itself."""

INTRODUCTION = """# keras_s2p
Colours an anime sketch in the colours of a painting you like."""
HELP = """**Colour it yourself.** Click the painting or the sketch: the area there takes
this colour; white leaves it blank. Click a reference to take a colour from it. Wheel or
two fingers zoom."""
CSS = """
.gradio-container { width: 100%; max-width: 1220px !important; margin: 0 auto; }
h1 { margin: 0 !important; }
/* Labels stand above their pictures, not on them. */
.label { font-weight: 600; margin-bottom: -8px; }
.apart { display: none; }
#sketches img, #references img { width: 64px; height: 64px; object-fit: cover; }
#sketches button, #references button { width: 64px; height: 64px; }
#painting img, #sketch-file img, #slots img { cursor: crosshair; }
#painting img { transform-origin: 0 0; touch-action: pan-x pan-y; }
#painting .zoomed { touch-action: none; }
#painting .zoom-frame { overflow: hidden; }
.error { color: #991b1b; background: #fef2f2; border-left: 4px solid #dc2626; }
.error { padding: 8px 12px; border-radius: 4px; }
/* Gradio gives the class to a block and to what is in it. */
.error .error { border: 0; padding: 0; }
#swatches .wrap { gap: 6px; }
#swatches label { width: 36px; height: 36px; padding: 0; border: 1px solid #78716c; }
#swatches label span { font-size: 0; }
#swatches label input { opacity: 0; width: 100%; height: 100%; margin: 0; }
#swatches label:has(:focus-visible) { outline: 3px dashed #1c1917; }
#hints .row, #downloads { gap: 8px; }
#history::before { content: "Last paintings: click one for its settings";
  font-weight: 600; }
#sketches .label, #references .label { margin-bottom: 4px; }
#history, #history .grid-wrap { height: auto; min-height: 0; }
#history .grid-container { display: flex; flex-wrap: wrap; gap: 8px; padding: 4px;
  height: auto; }
#history .gallery-item { width: 76px; height: 76px; }
#history .thumbnail-item { width: 76px; height: 76px; cursor: pointer; }
@media (max-width: 640px) {
  .gradio-container .fillable { padding: 8px 8px 72px !important; }
  #paint { position: fixed; bottom: 8px; left: 12px; right: 12px; z-index: 50;
    width: auto; box-shadow: 0 2px 12px #0006; }
}
footer { display: none !important; }
"""
CHOOSE_BRUSH = """() => {
  const timer = setInterval(() => {
    const brush = document.querySelector("#drawing [aria-label=Brush]");
    if (!brush) return;
    clearInterval(timer);
    if (!brush.classList.contains("highlight")) brush.click();
  }, 100);
}"""
SAVE = """file => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name || file.path.split(/[\\\\/]/).pop();
  document.body.append(link);
  link.click();
  link.remove();
}"""
SHOW_UPLOAD = """(slot, path, shown) =>
  shown && slot?.path === path ? shown : { __type__: "update" }"""  # nothing new
SHOW_PAINTING = """() => document.querySelector("#views").scrollIntoView(
  { behavior: "smooth", block: "nearest" })"""
SHOW_ERROR = """() => document.querySelector("#error [role=alert]:not(:empty)")
  ?.scrollIntoView({ behavior: "smooth", block: "center" })"""
# The wheel, or two fingers, enlarge the painting where they are; one finger, or the
# mouse with its button held, moves it. A click counts while the next painting comes.
ZOOM = """() => {
  const MOST = 12, DRAG = 5, PATIENCE = 60_000;  // times, pixels, milliseconds
  let scale = 1, left = 0, top = 0, size = "", moved = false, begun = false;
  const fingers = new Map();
  const picture = () => document.querySelector("#painting img");
  const isThere = image => image.complete && image.naturalWidth > 0;
  const show = () => {
    const image = picture();
    if (!image) return;
    const shape = image.naturalWidth + "x" + image.naturalHeight;
    if (isThere(image) && size !== shape) {
      if (size) scale = 1;
      size = shape;
    }
    if (scale <= 1.01) { scale = 1; left = top = 0; }
    const width = image.offsetWidth, height = image.offsetHeight;
    left = Math.min(0, Math.max(width * (1 - scale), left));
    top = Math.min(0, Math.max(height * (1 - scale), top));
    const wanted = scale === 1 ? ""
      : `translate(${left}px, ${top}px) scale(${scale})`;
    if (image.style.transform !== wanted) image.style.transform = wanted;
    image.classList.toggle("zoomed", scale > 1);
    image.parentElement.classList.add("zoom-frame");
    image.draggable = false;
  };
  const zoom = (factor, x, y) => {
    const box = picture().getBoundingClientRect();
    const before = scale;
    scale = Math.min(MOST, Math.max(1, scale * factor));
    left -= (x - box.left) * (scale / before - 1);
    top -= (y - box.top) * (scale / before - 1);
    show();
  };
  const inside = event => event.target === picture();
  const listen = (name, act) => document.addEventListener(
    name, act, { capture: true, passive: false });
  listen("wheel", event => {
    if (!inside(event) || (scale === 1 && event.deltaY > 0)) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  });
  listen("pointerdown", event => {
    begun = inside(event);
    if (!begun) return;
    if (!fingers.size) moved = false;
    fingers.set(event.pointerId, [event.clientX, event.clientY, 0]);
  });
  listen("pointermove", event => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const [x, y] = [event.clientX, event.clientY];
    const way = last[2] + Math.hypot(x - last[0], y - last[1]);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, [x, y, way]);
    if (other) {
      const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
      const grown = apart([x, y], other) / Math.max(apart(last, other), 1);
      zoom(grown, (x + other[0]) / 2, (y + other[1]) / 2);
      moved = true;
    } else if (scale > 1 && way > DRAG) {
      left += x - last[0];
      top += y - last[1];
      moved = true;
      show();
    }
  });
  for (const name of ["pointerup", "pointercancel"])
    listen(name, event => fingers.delete(event.pointerId));
  // Where on the screen a picture lies, in its box, as gradio takes it.
  const place = (image, width, height) => {
    const box = image.getBoundingClientRect();
    const shown = Math.min(box.width / width, box.height / height, 1);
    return { x: box.left + (box.width - width * shown) / 2, width: width * shown,
      y: box.top + (box.height - height * shown) / 2, height: height * shown };
  };
  // While the next painting comes the last one is seen, of which gradio finds no place.
  const waiting = [];
  let due = 0;
  const act = () => {
    const image = picture();
    if (!image || Date.now() > due) waiting.length = 0;
    else if (isThere(image)) waiting.shift()(image);
    if (waiting.length) setTimeout(act, 20);
  };
  const wait = next => {
    due = Date.now() + PATIENCE;
    if (waiting.push(next) === 1) act();
  };
  listen("click", event => {
    const image = picture();
    if (!event.isTrusted || !image) return;
    const button = event.target.closest?.("#undo, #redo, #clear");
    if (button && waiting.length) {
      event.stopPropagation();
      wait(() => button.click());
      return;
    }
    const isSame = event.target === image;  // not one that came during the click
    if (!size || !isSame && !(begun && event.target.contains(image))) return;
    if (!isSame || moved || scale > 1 || waiting.length || !isThere(image)) {
      event.stopPropagation();
      if (!moved) pass(image, event);
    }
    moved = false;  // the end of a movement is no hint
  });
  // Gradio finds the place of a click on a picture that is not enlarged.
  const pass = (image, event) => {
    const from = image.getBoundingClientRect();
    image.style.transform = "";
    const to = image.getBoundingClientRect(), box = place(image, ...size.split("x"));
    const x = (to.left + (event.clientX - from.left) / scale - box.x) / box.width;
    const y = (to.top + (event.clientY - from.top) / scale - box.y) / box.height;
    show();
    wait(next => {
      next.style.transform = "";
      const box = place(next, next.naturalWidth, next.naturalHeight);
      next.dispatchEvent(new MouseEvent("click", { bubbles: true,
        clientX: box.x + x * box.width, clientY: box.y + y * box.height }));
      show();
    });
  };
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true,
    attributes: true, attributeFilter: ["src"] });
  document.addEventListener("load", event => inside(event) && show(), true);
}"""
