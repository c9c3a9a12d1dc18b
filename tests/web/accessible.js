// Looks at a page: what is faint, what has no name, what is too small to touch, what is too wide,
// which heading skips a level.
() => {
  const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parts = (text) => text.match(/[\d.]+/g).map(Number);
  const bright = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const over = (top, under, a) => under.map((value, at) => value + (top[at] - value) * a);
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(parts(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((under, [r, g, b, a = 1]) => over([r, g, b], under, a), [255, 255, 255]);
  };
  const faint = (element) => {
    const style = getComputedStyle(element), under = ground(element);
    let shown = 1;
    for (let one = element; one; one = one.parentElement) shown *= Number(getComputedStyle(one).opacity);
    const [r, g, b, a = 1] = parts(style.color);
    const lights = [bright(over([r, g, b], under, a * shown)), bright(under)].sort((x, y) => y - x);
    const ratio = (lights[0] + 0.05) / (lights[1] + 0.05), size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return ratio < (isLarge ? 3 : 4.5) ? `${ratio.toFixed(2)}: ${element.outerHTML.slice(0, 90)}` : "";
  };
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("svg")
    && one.getBoundingClientRect().width > 1;
  const hasWords = (one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const all = [...document.body.querySelectorAll("*")].filter(isSeen);
  const touched = all.filter((one) => one.matches("button, input, select, summary, nav a, .tile, .feed, .who"));
  const named = (one) => one.ariaLabel || one.innerText || one.labels?.[0]?.innerText;
  const heads = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility());
  const level = (one) => one ? Number(one.tagName[1]) : 0;
  const small = (one) => { const box = one.getBoundingClientRect(); return box.width < 24 || box.height < 24; };
  return {
    faint: all.filter(hasWords).map(faint).filter(Boolean),
    nameless: touched.filter((one) => !named(one)).map((one) => one.outerHTML.slice(0, 90)),
    small: touched.filter(small).map((one) => one.outerHTML.slice(0, 90)),
    jumps: heads.filter((one, at) => level(one) > level(heads[at - 1]) + 1).map((one) => one.outerHTML.slice(0, 90)),
    wide: document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth}`] : [],
  };
}
